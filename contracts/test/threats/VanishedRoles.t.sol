// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf, Phase, Round} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice Money rule 4: whoever of operator, signers, auditors and watchers has vanished, and whether guardians freeze or not, a leaf holder is paid by a stranger's calls.
contract VanishedRolesTest is VaultTest {
    uint256 private constant OPERATOR = 1;
    uint256 private constant SIGNERS = 2;
    uint256 private constant AUDITORS = 4;
    uint256 private constant WATCHERS = 8;
    /// These do not vanish: they freeze whenever they may.
    uint256 private constant GUARDIANS = 16;

    function setUp() public override {
        super.setUp();
        openService();
        performWith(bob, 8 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 8 ether)));
        performWith(carol, 9 ether, depositCall(ETH, carol, 9 ether));
    }

    /// @notice All thirty-two subsets. Who is left goes on for five days, if he can; once the service lies still, everybody is paid.
    function test_everySubsetOfVanishedRoles() public {
        uint256 world = vm.snapshotState();
        for (uint256 vanished = 0; vanished < 32; ++vanished) {
            _live(vanished);
            // The whole service serves on and needs no exit; otherwise time alone latches.
            if (vanished & (OPERATOR | AUDITORS) == 0) {
                assertPhase(Phase.Live, "operator and auditors are enough to stay alive");
                if (vanished & SIGNERS != 0) _forceByRequest(vanished & GUARDIANS);
            }
            _leave();
            vm.revertToState(world);
        }
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
        leaves = threeUsers(1 ether);
        leaves[1].balance += 8 ether;
    }

    /// @dev The signers are gone, so nobody can be paid while the bots beat on: an exit request ends that.
    function _forceByRequest(uint256 guardians) private {
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        for (uint256 half = 0; half < 14; ++half) {
            _live(SIGNERS | WATCHERS | guardians);
            if (vault.phase() >= Phase.Latched) return;
            if (now_() < vault.exitRequest(ETH, carol).due || vault.exitRequest(ETH, carol).reported) continue;
            perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        }
        assertPhase(Phase.Latched, "latched against a living operator");
    }

    function _leave() private {
        if (vault.phase() < Phase.Latched) toLatched();
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        if (vault.phase() < Phase.Returning) toReturning();
        Round memory ethers = openRound(ETH);
        Round memory tokens = openRound(token);
        claim(ETH, ethers, 0);
        toPushes();
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

    /// @dev Bob's deposit is in the ledger that counts, or it comes back.
    function _leavePending() private {
        bool covered = vault.book(ETH).absorbed == 1;
        assertEq(bob.balance, covered ? 58 ether : 50 ether, "by the ledger that counts");
        if (!covered) perform(stranger, abi.encodeCall(IVaultCore.refundPending, (ETH, 0)));
        assertEq(bob.balance, 58 ether, "Bob's ETH");
    }
}
