// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVaultHooks} from "lifeboat/interfaces/ISatellites.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Excuses, Phase, Quorum, Reason, SignerSet, Terms} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice What the service says about itself, the backup key of its beats, and who may do what to the vault.
contract AnnouncementsTest is VaultTest {
    function setUp() public override {
        super.setUp();
        openService();
    }

    // ------------------------------------------------------------------ announcements

    function test_announce_everyReasonInEveryPhase() public {
        bytes32 before = keccak256(abi.encode(vault.timeline()));
        for (uint8 reason = 0; reason < 7; ++reason) {
            if (reason == 2) toSuspected();
            if (reason == 4) toLatched();
            if (reason == 6) toReturning();
            bytes memory data = announceCall(reason, reason);
            vm.expectEmit(address(safeguards()));
            emit ISafeguards.Announced(
                reason, Reason(reason), keccak256("what is the matter"), "ipfs://text", now_() + 1 days
            );
            perform(stranger, data);
        }
        assertEq(safeguards().announcements(), 7, "counted");
        assertEq(keccak256(abi.encode(vault.timeline())), before, "and nothing else");
    }

    function test_announce_unknownReason() public {
        refuse(stranger, announceCall(0, 7), abi.encodeWithSelector(Errors.Safeguards_UnknownReason.selector, uint8(7)));
    }

    function test_announce_onceEachInOrder() public {
        bytes memory first = announceCall(0, 0);
        refuse(stranger, announceCall(1, 0), err(Errors.Signature_SequenceUsed.selector, 1, 0));
        perform(stranger, first);
        refuse(stranger, first, err(Errors.Signature_SequenceUsed.selector, 0, 1));
    }

    function test_announce_byTheOperatorAsSigned() public {
        bytes32 hash = Typed.announcement(0, 1, "t", "u", 5);
        bytes memory good = sig(operatorKey, digestOf(hash));
        bytes memory why = err(Errors.Signature_Invalid.selector, vm.addr(operatorKey));
        bytes memory other = sig(backupKey, digestOf(hash));
        refuse(stranger, abi.encodeCall(ISafeguards.announce, (0, 1, "t", "u", 5, other)), why);
        refuse(stranger, abi.encodeCall(ISafeguards.announce, (0, 2, "t", "u", 5, good)), why);
        refuse(stranger, abi.encodeCall(ISafeguards.announce, (0, 1, "x", "u", 5, good)), why);
        refuse(stranger, abi.encodeCall(ISafeguards.announce, (0, 1, "t", "x", 5, good)), why);
        refuse(stranger, abi.encodeCall(ISafeguards.announce, (0, 1, "t", "u", 6, good)), why);
        perform(stranger, abi.encodeCall(ISafeguards.announce, (0, 1, "t", "u", 5, good)));
    }

    // ------------------------------------------------------------------ wind-down

    function test_windDown_announcedByTheSafeguards() public {
        uint40 latchAt = now_() + 30 days;
        bytes memory data = windDownCall(latchAt, soon());
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.WindDownAnnounced(latchAt);
        perform(stranger, data);
        assertEq(vault.liveness().windDownAt, latchAt, "stored");
        refuse(
            stranger,
            windDownCall(latchAt + 1, soon()),
            err(Errors.Liveness_WindDownAnnounced.selector, uint256(latchAt))
        );
        // The vault itself does not know it.
        vm.prank(stranger);
        (bool ok,) = address(vault).call(data);
        assertFalse(ok, "not at the vault");
    }

    // ------------------------------------------------------------------ beats of the backup key

    function test_backup_beatsAndNothingElse() public {
        warpBy(20 hours);
        vm.roll(block_() + 1);
        perform(stranger, beatCall(backupKey, block_() - 1, blockhash(block_() - 1)));
        assertEq(vault.liveness().lastBeat, now_(), "beaten");
        uint256 operator = operatorKey;
        operatorKey = backupKey;
        bytes memory why = err(Errors.Signature_Invalid.selector, vm.addr(operator));
        refuse(stranger, commitCall(inputFor(ETH, threeUsers(1 ether))), why);
        fund(ETH, 1 ether);
        refuse(stranger, hotReleaseCall(ETH, hotWallet, 1), why);
        refuse(stranger, maintenanceCall(now_() + 1 days, now_() + 1 days + 1), why);
        refuse(stranger, majeureCall(now_() + 1 days), why);
        refuse(stranger, announceCall(0, 0), why);
    }

    function test_backup_noneNamedIsNobody() public {
        Terms memory terms = termsFor(token);
        terms.backupOperator = address(0);
        vault = deploy(terms);
        vm.roll(block_() + 1);
        bytes32 hash = blockhash(block_() - 1);
        bytes memory why = err(Errors.Signature_Invalid.selector, vm.addr(operatorKey));
        refuse(stranger, beatCall(backupKey, block_() - 1, hash), why);
        // What recovers to nobody is not the backup that is not there.
        refuse(stranger, abi.encodeWithSignature("beat(uint256,bytes32,bytes)", block_() - 1, hash, new bytes(65)), why);
        refuse(stranger, abi.encodeWithSignature("beat(uint256,bytes32,bytes)", block_() - 1, hash, ""), why);
        perform(stranger, beatCall());
    }

    // ------------------------------------------------------------------ doors of the vault

    /// @notice What the safeguards may do to the vault is theirs alone.
    function test_hooks_onlyTheSafeguards() public {
        Excuses memory excuses;
        SignerSet memory set;
        bytes[4] memory calls = [
            abi.encodeCall(IVaultHooks.excusesChanged, (excuses)),
            abi.encodeCall(IVaultHooks.outflowFrozen, (now_() + 1 days)),
            abi.encodeCall(IVaultHooks.windDownAnnounced, (now_() + 1 days)),
            abi.encodeCall(IVaultHooks.signersChanged, (set))
        ];
        address[4] memory senders = [stranger, registry(), vm.addr(operatorKey), address(vault)];
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < senders.length; ++j) {
                refuse(senders[j], calls[i], err(Errors.Safeguards_OnlySafeguards.selector));
            }
        }
    }
}
