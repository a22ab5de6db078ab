// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Phase, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice A service with ETH and one token, and the whole way of the token's money through the vault.
abstract contract TokenTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 internal daveKey = keyOf("dave");
    address internal dave = actor("dave");
    address internal erin = actor("erin");
    address internal bobsOther = actor("bob's other address");
    address internal relayer = actor("relayer");
    /// Base units that Alice is owed a hundred of, Bob fifty, Carol twenty-five.
    uint128 internal unit;

    /// @notice New money of the token under test.
    function mint(address to, uint256 amount) internal virtual;

    /// @notice The token is listed beside ETH; both ledgers are backed in full and final.
    function serveWith(address token_, uint128 unit_) internal {
        (token, unit) = (token_, unit_);
        vault = deploy(termsFor(token));
        mint(address(vault), 175 * uint256(unit));
        fund(ETH, 175 ether);
        post(ETH, threeUsers(1 ether));
        attest(ETH);
        postFinal(token, threeUsers(unit));
        beat();
    }

    function approveVault(address from, uint256 amount) internal {
        vm.prank(from);
        (bool ok,) = token.call(abi.encodeWithSignature("approve(address,uint256)", address(vault), amount));
        assertTrue(ok, "approved");
    }

    /// @notice Gives an account so much, and has it deposit this to its own balance in the vault.
    function depositNew(address from, uint256 amount) internal {
        mint(from, amount);
        approveVault(from, amount);
        perform(from, depositCall(token, from, amount));
    }

    function depositNewToLedger(address from, uint256 amount) internal returns (uint256 entry) {
        mint(from, amount);
        approveVault(from, amount);
        entry = abi.decode(perform(from, abi.encodeCall(IVaultCore.depositToLedger, (token, from, amount))), (uint256));
    }

    function latchAndOpen() internal returns (Round memory round) {
        toReturning();
        round = openRound(token);
    }

    /// @notice The token's money by every route that there is, to the unit: in to the account's own and to the ledger, out by payout, order,
    /// release, refund, claim, signed claim with a fee, push, withdrawal, and what is left as the service's own.
    function walkThrough() internal {
        depositNew(dave, 7 * unit);
        assertEq(vault.segregatedOf(token, dave), 7 * unit, "his own");
        uint256 entry = depositNewToLedger(erin, 3 * unit);
        assertEq(vault.book(token).pending, 3 * unit, "on its way");
        perform(stranger, spendCall(daveKey, token, dave, hotWallet, 2 * unit, newNonce(), soon()));
        _has(hotWallet, 2, "spent by order");
        mint(address(vault), 5 * uint256(unit));
        perform(stranger, releaseCall(token, hotWallet, unit));
        _has(hotWallet, 3, "released");
        payOut(token, 0, 10 * unit);
        _has(alice, 10, "paid out");
        assertBacked(token);

        toLatched();
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        perform(stranger, abi.encodeCall(IVaultCore.refundPending, (token, entry)));
        _has(erin, 3, "refunded");
        perform(stranger, countCall(finalTree(token), token, 0));
        assertBacked(token);

        Round memory round = latchAndOpen();
        assertEq(round.numerator, 165 * unit, "all that is owed");
        claim(token, round, 0);
        _has(alice, 100, "claimed");
        perform(relayer, claimToCall(bobKey, finalTree(token), token, round, 1, bobsOther, unit));
        _has(bobsOther, 49, "claimed to elsewhere");
        _has(relayer, 1, "for a fee");
        toPushes();
        push(token, round, 0);
        _has(carol, 25, "pushed");
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 5 * unit)));
        _has(dave, 5, "withdrawn");
        assertBacked(token);

        perform(stranger, abi.encodeCall(IVaultCore.tally, (token, round.id, new uint32[](1))));
        vm.warp(uint256(vault.timeline().returnAt) + 30 days);
        perform(stranger, equityCall(token, hotWallet, 4 * uint256(unit), newNonce()));
        _has(hotWallet, 7, "what was above everything owed");
        assertEq(balanceOf(token, address(vault)), 0, "and nothing is left behind");
    }

    function _has(address account, uint256 units, string memory why) private view {
        assertEq(balanceOf(token, account), units * unit, why);
    }

    /// @notice Whatever the token does, ETH goes home in full.
    function assertEthGoesHome() internal {
        assertPhase(Phase.Returning, "the return");
        Round memory round = openRound(ETH);
        if (now_() < vault.timeline().pushAt) toPushes();
        push(ETH, round, 0);
        assertEq(alice.balance, 100 ether, "Alice's ETH");
        assertEq(bob.balance, 50 ether, "Bob's ETH");
        assertEq(carol.balance, 25 ether, "Carol's ETH");
    }
}
