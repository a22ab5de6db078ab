// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf, Phase, Round} from "lifeboat/types/Types.sol";

import {IDisputes} from "lifeboat/interfaces/IDisputes.sol";

import {DisputesTest} from "../base/DisputesTest.sol";

/// @notice Money rule 4: whoever of operator, signers, auditors and watchers has vanished, whether guardians freeze or not, and whatever
/// the arbitrator does, a leaf holder is paid by a stranger's calls.
contract VanishedRolesTest is DisputesTest {
    uint256 private constant OPERATOR = 1;
    uint256 private constant SIGNERS = 2;
    uint256 private constant AUDITORS = 4;
    uint256 private constant WATCHERS = 8;
    /// These do not vanish: they freeze whenever they may.
    uint256 private constant GUARDIANS = 16;

    /// The arbitrator is asked, and takes the fee and never answers; or decides against the user, and against the newest ledger in the last
    /// second, which delays most.
    uint256 private constant UNASKED = 0;
    uint256 private constant SILENT = 1;
    uint256 private constant HOSTILE = 2;

    function setUp() public override {
        super.setUp();
        performWith(bob, 8 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 8 ether)));
        performWith(carol, 9 ether, depositCall(ETH, carol, 9 ether));
    }

    /// @notice All thirty-two subsets, with three kinds of arbitrators each. Who is left goes on for five days, if he can; once the service
    /// lies still, everybody is paid.
    function test_everySubsetOfVanishedRoles() public {
        uint256 world = vm.snapshotState();
        uint256 disputed = 0;
        for (uint256 arbiter = UNASKED; arbiter <= HOSTILE; ++arbiter) {
            for (uint256 vanished = 0; vanished < 32; ++vanished) {
                _live(vanished);
                // The whole service serves on and needs no exit; otherwise time alone latches.
                if (vanished & (OPERATOR | AUDITORS) == 0) {
                    assertPhase(Phase.Live, "operator and auditors are enough to stay alive");
                    if (vanished & SIGNERS != 0) _forceByRequest(vanished & GUARDIANS, arbiter);
                }
                if (_leave(arbiter)) ++disputed;
                vm.revertToState(world);
            }
        }
        // Whenever there is another final ledger: operator and auditors are there, in 8 of 32, under two arbitrators.
        assertEq(disputed, 16, "disputes were really held");
    }

    /// @dev Five days in which those who are left do their part.
    function _live(uint256 vanished) private {
        for (uint256 day = 0; day < 10; ++day) {
            warpBy(12 hours);
            if (vault.phase() >= Phase.Latched) return;
            if (vanished & GUARDIANS != 0) _freeze();
            if (vanished & OPERATOR == 0) beat();
            if (vanished & (OPERATOR | AUDITORS) != 0) continue;
            post(ETH, _withBobsDeposit());
            post(token, threeUsers(1e6));
            if (vanished & WATCHERS != 0) continue;
            attest(ETH);
            attest(token);
        }
    }

    /// @dev Refused while they must rest.
    function _freeze() private {
        vm.prank(stranger);
        (bool ok,) = address(safeguards()).call(freezeCall(now_() + 72 hours));
        ok;
    }

    function _withBobsDeposit() private view returns (Leaf[] memory leaves) {
        Leaf[] memory users = threeUsers(1 ether);
        users[1].balance += 8 ether;
        leaves = new Leaf[](4);
        (leaves[0], leaves[1], leaves[2]) = (users[0], users[1], users[2]);
        // Of nobody's money, so that no two ledgers are the same.
        leaves[3] = Leaf(disputer, 0, now_());
    }

    /// @dev The signers are gone, so nobody can be paid while the bots beat on: an exit request ends that.
    function _forceByRequest(uint256 guardians, uint256 arbiter) private {
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        if (arbiter != UNASKED) {
            uint256 id = disputeRequest(ETH, carol);
            if (arbiter == HOSTILE) {
                toSettled(id, 1);
                perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
            }
        }
        for (uint256 half = 0; half < 14; ++half) {
            _live(SIGNERS | WATCHERS | guardians);
            if (vault.phase() >= Phase.Latched) return;
            if (now_() < vault.exitRequest(ETH, carol).due || vault.exitRequest(ETH, carol).reported) continue;
            perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        }
        assertPhase(Phase.Latched, "latched against a living operator");
    }

    function _leave(uint256 arbiter) private returns (bool disputed) {
        if (vault.phase() < Phase.Latched) toLatched();
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        if (arbiter != UNASKED) disputed = _dispute(arbiter);
        if (vault.phase() < Phase.Returning) toReturning();
        Round memory ethers = openRound(ETH);
        Round memory tokens = openRound(token);
        claim(ETH, ethers, 0);
        if (now_() < pushesFrom(ETH)) vm.warp(pushesFrom(ETH));
        push(ETH, ethers, 0);
        push(token, tokens, 0);
        assertEq(alice.balance, 100 ether, "Alice's ETH");
        assertEq(balanceOf(token, alice), 100e6, "Alice's tokens");
        assertEq(balanceOf(token, bob), 50e6, "Bob's tokens");
        assertEq(balanceOf(token, carol), 25e6, "Carol's tokens");
        assertEq(carol.balance, 25 ether, "Carol's ETH");
        _leavePending();
        perform(carol, abi.encodeCall(IVaultCore.withdraw, (ETH, carol, 9 ether)));
        assertEq(carol.balance, 34 ether, "and her own");
    }

    /// @dev A stranger disputes the newest ledger, if there is another, and carries out what comes of it.
    function _dispute(uint256 arbiter) private returns (bool) {
        vm.deal(disputer, 1 ether);
        vm.prank(disputer);
        (bool open, bytes memory result) =
            address(disputes).call{value: 1 ether}(abi.encodeCall(IDisputes.disputeLedger, (ETH)));
        if (!open) return false;
        uint256 id = abi.decode(result, (uint256));
        warpBy(RULING_TIME);
        if (arbiter == HOSTILE) rule(id, TAKE_OLDER);
        warpBy(1);
        settle(id);
        vm.warp(vault.recovery(ETH).roundsFrom);
        return true;
    }

    /// @dev Bob's deposit is in the ledger that counts, or it comes back.
    function _leavePending() private {
        bool covered = vault.book(ETH).absorbed == 1;
        assertEq(bob.balance, covered ? 58 ether : 50 ether, "by the ledger that counts");
        if (!covered) perform(stranger, abi.encodeCall(IVaultCore.refundPending, (ETH, 0)));
        assertEq(bob.balance, 58 ether, "Bob's ETH");
    }
}
