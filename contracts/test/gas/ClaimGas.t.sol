// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {IMerkleDistributor} from "../peers/IPeers.sol";
import {GasBase} from "./GasBase.sol";
import {WideLedger} from "./WideLedger.sol";

/// @notice Single claims in a ledger of 131,072 leaves, beside the usual Merkle distributor with as many.
/// forge-config: default.isolate = true
contract ClaimGasTest is GasBase {
    using SumTree for SumTree.Tree;
    using WideLedger for WideLedger.Ledger;

    /// 58,305 of it are the protocol's and the token's; the sums in the proof, which a plain Merkle tree lacks, are about 2,100.
    uint256 private constant TOKEN_CLAIM_BUDGET = 66_100;
    /// The same where the 32 nodes of level 12 are anchored: 850,000 gas once, 6.5 a leaf.
    uint256 private constant ANCHORED_CLAIM_BUDGET = 62_000;
    uint256 private constant ANCHOR_LEVEL = 12;
    /// A leaf whose cell is unused, then its neighbour.
    uint256 private constant FIRST = 76;
    uint256 private constant SECOND = 77;
    address private constant RELAYER = 0xCAfEcAfeCAfECaFeCaFecaFecaFECafECafeCaFe;

    function test_gas_claim_ERC20() public {
        (WideLedger.Ledger memory ledger, Round memory round) = _open(token);
        _claim(token, ledger, round, FIRST, "claim ERC-20, fresh cell, existing holder");
        uint256 ours = _claim(token, ledger, round, SECOND, "claim ERC-20, used cell, existing holder");
        _distributor();
        assertLe(ours, TOKEN_CLAIM_BUDGET, "budget");
    }

    function test_gas_claim_ERC20_anchored() public {
        (WideLedger.Ledger memory ledger, Round memory round) = _open(token);
        for (uint256 level = WideLedger.DEPTH; level > ANCHOR_LEVEL; --level) {
            (bytes memory nodes, uint32 above) = ledger.pair(level - 1);
            perform(stranger, abi.encodeCall(IVaultCore.anchor, (token, round, uint8(level), above, nodes)));
        }
        for (uint256 position = FIRST; position <= SECOND; ++position) {
            Leaf memory leaf = ledger.word.leaves[position];
            bytes memory proof = ledger.proofUpTo(position, ANCHOR_LEVEL);
            bytes memory data =
                abi.encodeCall(IVaultCore.claim, (token, round, WideLedger.indexOf(position), leaf, proof));
            perform(stranger, data);
        }
        uint256 ours = record("vault", "claim ERC-20, used cell, existing holder, anchored");
        assertLe(ours, ANCHORED_CLAIM_BUDGET, "budget");
    }

    /// @notice What anchoring costs once: 32 nodes five levels below a root, whatever the tree's depth.
    function test_gas_anchor() public {
        postFinal(ETH, threeUsers(1 ether));
        toReturning();
        Round memory round = openRound(ETH);
        SumTree.Tree memory tree = finalTree(ETH);
        bytes memory nodes;
        for (uint256 i = 0; i < 32; ++i) {
            nodes = abi.encodePacked(nodes, tree.node(3, i).hash, tree.node(3, i).sum);
        }
        perform(stranger, abi.encodeCall(IVaultCore.anchor, (ETH, round, 8, 0, nodes)));
        record("vault", "anchor, 32 nodes");
    }

    function test_gas_claim_ETH() public {
        (WideLedger.Ledger memory ledger, Round memory round) = _open(ETH);
        _claim(ETH, ledger, round, FIRST, "claim ETH, fresh cell, existing account");
        _claim(ETH, ledger, round, SECOND, "claim ETH, used cell, existing account");
    }

    function test_gas_claimTo_ERC20() public {
        (WideLedger.Ledger memory ledger, Round memory round) = _open(token);
        _claim(token, ledger, round, FIRST, "claim ERC-20, fresh cell, existing holder");
        use(RELAYER);
        address to = newAccounts()[3];
        uint128 fee = 0.5e6;
        bytes32 structHash = Typed.claim(token, 0, WideLedger.indexOf(SECOND), to, fee, soon());
        bytes memory signature = sig(aliceKey, digestOf(structHash));
        bytes memory data = abi.encodeCall(
            IVaultCore.claimTo,
            (
                token,
                round,
                WideLedger.indexOf(SECOND),
                ledger.word.leaves[SECOND],
                ledger.proof(SECOND),
                to,
                fee,
                soon(),
                signature
            )
        );
        perform(RELAYER, data);
        record("vault", "claimTo ERC-20 with fee, used cell, existing holders");
        assertEq(balanceOf(token, RELAYER), fee + 1, "the fee");
    }

    function _open(address asset) private returns (WideLedger.Ledger memory ledger, Round memory round) {
        address[] memory accounts = usedAccounts();
        accounts[SECOND] = alice;
        use(alice);
        return openWide(asset, accounts);
    }

    function _claim(
        address asset,
        WideLedger.Ledger memory ledger,
        Round memory round,
        uint256 position,
        string memory name
    ) private returns (uint256 gasUsed) {
        Leaf memory leaf = ledger.word.leaves[position];
        uint256 before = balanceOf(asset, leaf.account);
        perform(
            stranger,
            abi.encodeCall(IVaultCore.claim, (asset, round, WideLedger.indexOf(position), leaf, ledger.proof(position)))
        );
        gasUsed = record("vault", name);
        assertEq(balanceOf(asset, leaf.account) - before, leaf.balance, "paid");
    }

    /// @dev The same depth, index, account and amount.
    function _distributor() private {
        uint256 index = WideLedger.indexOf(SECOND);
        uint256 amount = WideLedger.balanceOf(token, SECOND);
        bytes32 first = keccak256(abi.encodePacked(index - 1, alice, amount));
        bytes32 second = keccak256(abi.encodePacked(index, alice, amount));
        bytes32[] memory above = new bytes32[](WideLedger.DEPTH);
        bytes32 root = _sorted(first, second);
        for (uint256 k = 1; k < WideLedger.DEPTH; ++k) {
            above[k] = keccak256(abi.encode("sibling", k));
            root = _sorted(root, above[k]);
        }
        IMerkleDistributor distributor =
            IMerkleDistributor(vm.deployCode("MerkleDistributor.sol:MerkleDistributor", abi.encode(token, root)));
        give(token, address(distributor), 3 * amount);
        above[0] = second;
        distributor.claim(index - 1, alice, amount, above);
        above[0] = first;
        distributor.claim(index, alice, amount, above);
        record("peers", "Merkle distributor claim ERC-20, used word, existing holder");
    }

    function _sorted(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }
}
