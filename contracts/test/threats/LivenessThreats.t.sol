// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Phase, Round} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice Services that look alive, or want to come back.
contract LivenessThreatsTest is VaultTest {
    function setUp() public override {
        super.setUp();
        openService();
    }

    /// @notice Withdrawals are dead, the bot beats and posts on: the unserved request latches.
    function test_T1_beatingBotWithDeadWithdrawals() public {
        perform(carol, requestCall(finalTree(ETH), ETH, 2, 25 ether));
        stayAlive(7 days);
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
        stayAlive(48 hours - 1);
        warpBy(1);
        assertPhase(Phase.Latched, "beats prove nothing");
    }

    /// @notice The operator's account cannot send: anybody relays the signed beat.
    function test_T2_stuckOperatorAccountIsRelayed() public {
        warpBy(23 hours);
        vm.roll(block_() + 1);
        perform(actor("anybody"), beatCall());
        assertPhase(Phase.Live, "relayed in time");
    }

    /// @notice Watchers never sign anything: silence and requests still latch, and old roots still count.
    function test_T6_nothingDependsOnWatchers() public {
        vault = deploy(termsFor(token));
        fund(ETH, 175 ether);
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(0));
        warpBy(20 hours);
        beat();
        warpBy(20 hours);
        beat();
        warpBy(8 hours);
        toReturning();
        Round memory round = openRound(ETH);
        claim(ETH, round, 0);
        assertEq(alice.balance, 100 ether, "an unattested root of 48 hours is final");
    }

    /// @notice Blocks may stand still or race: only seconds count.
    function test_T10_blocksDoNotMoveTheClock() public {
        bytes32 before = keccak256(abi.encode(vault.timeline()));
        vm.roll(block_() + 10_000_000);
        assertEq(keccak256(abi.encode(vault.timeline())), before, "the timeline");
        assertPhase(Phase.Live, "the phase");
        vm.roll(1);
        toLatched();
        assertPhase(Phase.Latched, "time alone");
    }

    /// @notice A trustee holds every key after the latch. No signature of any role leads back.
    function test_T14_noRoleUndoesTheLatch() public {
        bytes memory windDown = windDownCall(now_() + 60 days, soon());
        toLatched();
        bytes32 before = keccak256(abi.encode(vault.timeline()));
        bytes memory wrong = err(Errors.Liveness_WrongPhase.selector, 2);
        vm.roll(block_() + 1);
        refuse(stranger, beatCall(), wrong);
        refuse(stranger, commitCall(inputFor(ETH, threeUsers(1 ether))), wrong);
        refuse(stranger, windDown, wrong);
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 0, 1), wrong);
        refuse(stranger, releaseCall(ETH, hotWallet, 1), wrong);
        warpBy(3650 days);
        assertPhase(Phase.Returning, "ten years on");
        assertEq(keccak256(abi.encode(vault.timeline())), before, "the same times");
    }

    /// @notice A year of beats cannot be signed ahead, and old ones cannot be spared.
    function test_T14b_beatsCannotBeSignedAheadOrSaved() public {
        uint256 future = block_() + 100;
        bytes memory guessed = beatCall(operatorKey, future, keccak256("a guess"));
        vm.roll(block_() + 1);
        bytes memory saved = beatCall();
        uint256 number = block_() - 1;
        vm.roll(future + 1);
        refuse(stranger, guessed, err(Errors.Liveness_BlockHashMismatch.selector, future));
        perform(stranger, saved);
        vm.roll(block_() + 1);
        bytes memory fresh = beatCall();
        vm.roll(number + 300);
        refuse(stranger, saved, err(Errors.Liveness_BeatNotNewer.selector, number, number));
        vm.roll(block_() + 300);
        refuse(stranger, fresh, err(Errors.Liveness_BlockHashMismatch.selector, future + 1));
    }

    /// @notice Beats without ledgers: the newest root grows stale and the vault is suspected.
    function test_T24_staleRootWhateverTheBeatsSay() public {
        for (uint256 i = 0; i < 4; ++i) {
            warpBy(12 hours);
            beat();
        }
        assertPhase(Phase.Suspected, "48 hours without a root");
    }

    /// @notice Releases signed in good days are worthless in bad ones.
    function test_T46_signaturesFromBeforeTheCrisis() public {
        fund(ETH, 10 ether);
        bytes memory release = releaseCall(ETH, hotWallet, 10 ether);
        bytes memory payout = payOutCall(finalTree(ETH), ETH, 0, 1 ether);
        bytes memory short = releaseCall(ETH, hotWallet, 1 ether, newNonce(), now_() + 1 hours);
        warpBy(1 hours + 1);
        refuse(stranger, short, err(Errors.Signature_Expired.selector, now_() - 1));
        toSuspected();
        refuse(stranger, release, err(Errors.Liveness_WrongPhase.selector, 1));
        refuse(stranger, payout, err(Errors.Liveness_WrongPhase.selector, 1));
        toReturning();
        refuse(stranger, release, err(Errors.Liveness_WrongPhase.selector, 3));
    }
}
