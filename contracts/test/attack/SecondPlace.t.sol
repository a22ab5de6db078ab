// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Round, SumNode} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Authors of a ledger who hang a second leaf with a victim's index into it, a level deeper, to have the victim's bit set.
contract SecondPlaceTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint32 private constant VICTIM = 256;

    function test_secondPlace_aProofIsAsLongAsTheTreeIsDeep() public {
        bytes32 domain = SumTree.domain(address(vault), ETH);
        Leaf memory victim = Leaf(alice, 100 ether, 0);
        Leaf memory sham = Leaf(bob, 1, 0);
        // Nine levels for 512 leaves: the victim is the first leaf of the right half. The left half is a level too deep.
        SumNode memory right = _leftmost(SumTree.leafNode(domain, VICTIM, victim));
        SumNode memory deep = _leftmost(SumTree.leafNode(domain, VICTIM, sham));
        SumNode memory left = SumTree.parent(SumNode(0, 0), deep);
        fund(ETH, 101 ether);
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        (input.left, input.right, input.count) = (left, right, 512);
        perform(address(this), commitCall(input));
        attest(ETH);
        warpBy(1 hours);
        toReturning();
        Round memory round = openRound(ETH);

        bytes memory empty = new bytes(8 * 48);
        bytes memory deepProof = abi.encodePacked(empty, new bytes(48), right.hash, right.sum);
        bytes memory call = abi.encodeCall(IVaultCore.claim, (ETH, round, VICTIM, sham, deepProof));
        refuse(stranger, call, err(Errors.Ledger_ProofInvalid.selector));
        bytes memory proof = abi.encodePacked(empty, left.hash, left.sum);
        perform(stranger, abi.encodeCall(IVaultCore.claim, (ETH, round, VICTIM, victim, proof)));
        assertEq(alice.balance, 100 ether, "the victim is paid");
    }

    /// @notice A leaf hashed with an index beyond the tree could ask for its money, and never claim it.
    function test_secondPlace_anIndexBeyondTheTreeIsNoPlace() public {
        Leaf memory victim = Leaf(alice, 100 ether, 0);
        SumNode memory node = SumTree.leafNode(SumTree.domain(address(vault), ETH), VICTIM, victim);
        for (uint256 i = 0; i < 7; ++i) {
            node = SumTree.parent(node, SumNode(0, 0));
        }
        fund(ETH, 100 ether);
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        (input.left, input.right, input.count) = (node, SumNode(0, 0), 1);
        perform(address(this), commitCall(input));
        attest(ETH);
        warpBy(1 hours);
        bytes memory proof = new bytes(8 * 48);
        bytes memory ask = abi.encodeCall(IRegistry.requestExit, (ETH, VICTIM, victim, proof, 1));
        refuse(alice, ask, err(Errors.Ledger_ProofInvalid.selector));
    }

    /// @dev The node of a word that has only a first leaf.
    function _leftmost(SumNode memory leaf) private pure returns (SumNode memory node) {
        node = leaf;
        for (uint256 i = 0; i < 8; ++i) {
            node = SumTree.parent(node, SumNode(0, 0));
        }
    }
}
