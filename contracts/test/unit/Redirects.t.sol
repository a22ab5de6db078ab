// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Shares that go elsewhere than to the leaf's account, as it said ahead.
contract RedirectsTest is VaultTest {
    using SumTree for SumTree.Tree;

    address private safe = actor("alice's safe");

    function setUp() public override {
        super.setUp();
        openService();
    }

    function redirectCall(uint32 index, address to) private view returns (bytes memory) {
        SumTree.Tree memory tree = finalTree(ETH);
        return abi.encodeCall(IRegistry.setRedirect, (ETH, index, tree.leaves[index], tree.proof(index), to));
    }

    function test_T26_claimsByAnyoneGoWhereTheAccountSaid() public {
        vm.expectEmit(registry());
        emit IRegistry.RedirectSet(alice, ETH, 0, safe);
        perform(alice, redirectCall(0, safe));
        assertEq(vault.redirectOf(ETH, alice), safe, "stored");
        assertEq(vault.redirectOf(token, alice), address(0), "of this asset only");
        toReturning();
        Round memory round = openRound(ETH);
        uint256 before = alice.balance;
        claim(ETH, round, 0);
        assertEq(safe.balance, 100 ether, "where she said");
        assertEq(alice.balance, before, "and nothing to the account");
    }

    function test_T26_pushesPassRedirectedLeavesOver() public {
        perform(alice, redirectCall(0, safe));
        toPushes();
        Round memory round = openRound(ETH);
        uint256 before = alice.balance;
        push(ETH, round, 0);
        assertEq(alice.balance, before, "not pushed to the account");
        assertEq(bob.balance, 50 ether, "its neighbours are paid");
        claim(ETH, round, 0);
        assertEq(safe.balance, 100 ether, "claimed by a stranger, sent where she said");
        assertEq(address(vault).balance, 0, "nothing is left");
    }

    function test_redirect_canBeTakenBackUntilTheLatch() public {
        perform(alice, redirectCall(0, safe));
        perform(alice, redirectCall(0, address(0)));
        toPushes();
        Round memory round = openRound(ETH);
        uint256 before = alice.balance;
        push(ETH, round, 0);
        assertEq(alice.balance - before, 100 ether, "to the account again");
    }

    function test_redirect_conditions() public {
        bytes memory data = redirectCall(0, safe);
        refuse(bob, data, abi.encodeWithSelector(Errors.Ledger_NotTheAccount.selector, bob, alice));
        refuse(alice, redirectCall(0, address(vault)), err(Errors.Books_ReservedAddress.selector, address(vault)));
        refuse(alice, redirectCall(0, address(7)), err(Errors.Books_ReservedAddress.selector, address(7)));
        SumTree.Tree memory tree = finalTree(ETH);
        refuse(
            alice,
            abi.encodeCall(IRegistry.setRedirect, (ETH, 1, tree.leaves[0], tree.proof(0), safe)),
            err(Errors.Ledger_ProofInvalid.selector)
        );
        toLatched();
        refuse(alice, data, err(Errors.Liveness_WrongPhase.selector, 2));
    }

    function test_redirect_doesNotChangeWhatIsDue() public {
        perform(alice, redirectCall(0, safe));
        payOut(ETH, 0, 30 ether);
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        assertEq(vault.recovery(ETH).owed, 145 ether, "counted as ever");
        toReturning();
        Round memory round = openRound(ETH);
        claim(ETH, round, 0);
        assertEq(safe.balance, 70 ether, "what was left of her leaf");
    }

    function test_redirect_onlyTheRegistryTellsTheVault() public {
        bytes memory hook = abi.encodeWithSignature("redirectSet(address,uint32,address,address)", ETH, 0, alice, bob);
        refuse(bob, hook, err(Errors.Registry_OnlyRegistry.selector));
    }
}
