// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Phase, Profile, Round, Terms, Timeline} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice The table of section 1 of the specification: every entry point, at the last and the first second of every phase.
/// @dev The world is prepared so that each call succeeds wherever the table allows it.
contract PhaseTableTest is VaultTest {
    using SumTree for SumTree.Tree;

    enum Entry {
        Deposit,
        DepositFor,
        Withdraw,
        Spend,
        CancelRelease,
        VetoRelease,
        Announce,
        CancelNonce,
        Beat,
        BackupBeat,
        Freeze,
        Commit,
        Attest,
        Sync,
        CancelExit,
        ReportUnserved,
        AnswerExit,
        RequestExit,
        PayOutRequested,
        PayOutOther,
        Release,
        DepositToLedger,
        OperatorRelease,
        ExecuteRelease,
        QueueRelease,
        AnnounceMaintenance,
        DeclareForceMajeure,
        RaiseAlarm,
        AnnounceRotation,
        ActivateRotation,
        AnnounceWindDown,
        Latch,
        RefundPending,
        FlagPayout,
        CountWord,
        CountPacked,
        OpenRound
    }

    uint256 private constant ENTRIES = uint256(type(Entry).max) + 1;

    function setUp() public override {
        super.setUp();
        Terms memory terms = termsFor(token);
        terms.timers.serveDeadline = 1 days;
        terms.timers.freezeMax = 12 hours;
        terms.profile = Profile.Testnet;
        terms.timers.rotationNotice = 1 hours;
        terms.timers.coldDelay = 1 hours;
        terms.timers.unattestedFinality = 12 hours;
        vault = deploy(terms);
        openService();
        fund(ETH, 10 ether);
        payOut(ETH, 0, 1 ether);
        performWith(alice, 10 ether, depositCall(ETH, alice, 10 ether));
        performWith(alice, 1 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 1 ether)));
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 50 ether));
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));

        // The second ledger: Alice at another index with her payout forgotten, Bob owed less than he asks, the entry not yet in it.
        Leaf[] memory leaves = new Leaf[](4);
        leaves[1] = Leaf(bob, 10 ether, 0);
        leaves[2] = Leaf(carol, 25 ether, 0);
        leaves[3] = Leaf(alice, 100 ether, 0);
        CommitmentInput memory input = inputFor(ETH, leaves);
        input.depositCursor = 0;
        perform(stranger, commitCall(input));
        attest(ETH);
        post(token, threeUsers(1e6));
        perform(stranger, queueCall(ETH, hotWallet, 1, 1));
        perform(stranger, rotationCall(idsOf(signerKeys), 2, 3, 0, soon()));
        warpBy(20 hours);
        beat();
    }

    function _tree() private view returns (SumTree.Tree memory) {
        Leaf[] memory leaves = new Leaf[](4);
        leaves[1] = Leaf(bob, 10 ether, 0);
        leaves[2] = Leaf(carol, 25 ether, 0);
        leaves[3] = Leaf(alice, 100 ether, 0);
        return SumTree.build(address(vault), ETH, leaves);
    }

    function test_everyEntryPoint_atEveryEdge() public {
        Timeline memory line = vault.timeline();
        uint40[8] memory times = [
            line.suspectedAt - 1,
            line.suspectedAt,
            line.suspectedAt + 1,
            line.latchedAt - 1,
            line.latchedAt,
            line.returnAt - 1,
            line.returnAt,
            line.pushAt
        ];
        Phase[8] memory phases = [
            Phase.Live,
            Phase.Suspected,
            Phase.Suspected,
            Phase.Suspected,
            Phase.Latched,
            Phase.Latched,
            Phase.Returning,
            Phase.Returning
        ];
        for (uint256 t = 0; t < times.length; ++t) {
            for (uint256 e = 0; e < ENTRIES; ++e) {
                uint256 world = vm.snapshotState();
                vm.warp(times[t]);
                assertPhase(phases[t], "phase at the edge");
                _check(Entry(e), phases[t]);
                vm.revertToState(world);
            }
        }
    }

    function _check(Entry entry, Phase phase) private {
        (address from, uint256 value, bytes memory data) = _callOf(entry);
        if (_allowed(entry, phase)) {
            performWith(from, value, data);
        } else if ((entry == Entry.CountWord || entry == Entry.CountPacked) && phase == Phase.Returning) {
            refuse(from, data, err(Errors.Return_CountingClosed.selector));
        } else {
            refuseWith(from, value, data, err(Errors.Liveness_WrongPhase.selector, uint256(phase)));
        }
    }

    /// @dev The table itself.
    function _allowed(Entry entry, Phase phase) private pure returns (bool) {
        if (entry <= Entry.CancelNonce) return true;
        if (entry <= Entry.PayOutRequested) return phase <= Phase.Suspected;
        if (entry <= Entry.AnnounceWindDown) return phase == Phase.Live;
        if (entry <= Entry.FlagPayout) return phase >= Phase.Latched;
        if (entry <= Entry.CountPacked) return phase == Phase.Latched;
        return phase == Phase.Returning;
    }

    function _callOf(Entry entry) private returns (address from, uint256 value, bytes memory data) {
        from = stranger;
        if (entry == Entry.Deposit) return (alice, 1, abi.encodeWithSignature("depositForSelf()"));
        if (entry == Entry.DepositFor) return (alice, 1, depositCall(ETH, bob, 1));
        if (entry == Entry.Withdraw) return (alice, 0, abi.encodeCall(IVaultCore.withdraw, (ETH, bob, 1)));
        if (entry == Entry.Spend) data = spendCall(aliceKey, ETH, alice, hotWallet, 1, newNonce(), soon());
        if (entry == Entry.CancelNonce) data = abi.encodeCall(IVaultCore.cancelNonce, (newNonce()));
        if (entry == Entry.CancelRelease) data = cancelReleaseCall(ETH, nextNonce(ETH));
        if (entry == Entry.VetoRelease) data = vetoCall(Typed.coldRelease(ETH, hotWallet, 1, 1));
        if (entry == Entry.Announce) data = announceCall(0, 0);
        if (entry == Entry.Beat || entry == Entry.BackupBeat) {
            vm.roll(block_() + 1);
            uint256 key = entry == Entry.Beat ? operatorKey : backupKey;
            data = beatCall(key, block_() - 1, blockhash(block_() - 1));
        }
        if (entry == Entry.Freeze) data = freezeCall(now_() + 12 hours);
        if (entry == Entry.OperatorRelease) data = hotReleaseCall(ETH, hotWallet, 1);
        if (entry == Entry.ExecuteRelease) data = executeCall(ETH, hotWallet, 1, 1);
        if (entry == Entry.QueueRelease) data = queueCall(ETH, hotWallet, 1, 2);
        if (entry == Entry.AnnounceMaintenance) data = maintenanceCall(now_() + 24 hours, now_() + 36 hours);
        if (entry == Entry.DeclareForceMajeure) data = majeureCall(now_() + 1 days);
        if (entry == Entry.RaiseAlarm) data = alarmCall(now_());
        if (entry == Entry.AnnounceRotation) data = rotationCall(idsOf(signerKeys), 2, 3, 1, soon());
        if (entry == Entry.ActivateRotation) data = abi.encodeCall(ISafeguards.activateRotation, ());
        if (entry == Entry.Commit) data = commitCall(inputFor(ETH, threeUsers(1)));
        if (entry == Entry.Attest) data = attestCall(token, 2);
        if (entry == Entry.Sync) data = abi.encodeCall(IRegistry.sync, (ETH));
        if (entry == Entry.CancelExit) return (carol, 0, abi.encodeCall(IRegistry.cancelExit, (ETH)));
        if (entry == Entry.ReportUnserved) data = abi.encodeCall(IRegistry.reportUnserved, (ETH, carol));
        if (entry == Entry.AnswerExit) data = answerCall(_tree(), ETH, 1);
        if (entry == Entry.PayOutRequested) data = payOutCall(_tree(), ETH, 2, 25 ether);
        if (entry == Entry.PayOutOther) data = payOutCall(_tree(), ETH, 3, 1);
        if (entry == Entry.Release) data = releaseCall(ETH, hotWallet, 1);
        if (entry == Entry.DepositToLedger) {
            return (alice, 1, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 1)));
        }
        if (entry == Entry.RequestExit) return (alice, 0, requestCall(_tree(), ETH, 3, 1));
        if (entry == Entry.AnnounceWindDown) data = windDownCall(now_() + 30 days, soon());
        if (entry == Entry.Latch) data = abi.encodeCall(IVaultCore.latch, ());
        if (entry == Entry.RefundPending) data = abi.encodeCall(IVaultCore.refundPending, (ETH, 0));
        if (entry == Entry.FlagPayout) data = flagCall(_tree(), ETH, 3);
        if (entry == Entry.CountWord) data = countCall(_tree(), ETH, 0);
        if (entry == Entry.CountPacked) data = countPackedCall(_tree(), ETH, 0);
        if (entry == Entry.OpenRound) data = abi.encodeCall(IVaultCore.openRound, (ETH));
    }

    /// @notice Claims and tallies have no phase check: an open round is the proof that the return has begun.
    function test_claims_needAnOpenRoundInEveryPhase() public {
        Round memory round = Round(0, 1, 1);
        uint32[] memory cells = new uint32[](1);
        bytes memory unknown = err(Errors.Return_RoundUnknown.selector, 0);
        Timeline memory line = vault.timeline();
        uint40[4] memory times = [line.suspectedAt - 1, line.suspectedAt, line.latchedAt, line.returnAt];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            refuse(carol, claimCall(_tree(), ETH, round, 2), unknown);
            refuse(carol, claimToCall(carolKey, _tree(), ETH, round, 2, hotWallet, 0), unknown);
            refuse(carol, abi.encodeCall(IVaultCore.tally, (ETH, 0, cells)), unknown);
        }
        round = openRound(ETH);
        perform(carol, claimCall(_tree(), ETH, round, 2));
        perform(carol, claimToCall(bobKey, _tree(), ETH, round, 1, hotWallet, 0));
        perform(carol, abi.encodeCall(IVaultCore.tally, (ETH, 0, cells)));
    }

    function test_pushes_waitForTheHeadStart() public {
        Timeline memory line = vault.timeline();
        bytes memory early = err(Errors.Return_PushTooEarly.selector, line.pushAt);
        uint40[4] memory times = [line.suspectedAt - 1, line.suspectedAt, line.latchedAt, line.returnAt];
        for (uint256 i = 0; i < times.length; ++i) {
            vm.warp(times[i]);
            refuse(stranger, pushCall(_tree(), ETH, Round(0, 1, 1), 0), early);
        }
        Round memory round = openRound(ETH);
        vm.warp(line.pushAt - 1);
        refuse(stranger, pushCall(_tree(), ETH, round, 0), early);
        vm.warp(line.pushAt);
        perform(stranger, pushCall(_tree(), ETH, round, 0));
    }
}
