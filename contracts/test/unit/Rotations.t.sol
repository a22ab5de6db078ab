// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Phase, Quorum, Rotation, SignerSet} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice The signers exchange themselves, with notice, while the service lives.
contract RotationsTest is VaultTest {
    uint256[] private next = memberKeys("next", 4);

    function setUp() public override {
        super.setUp();
        vault = deploy(patientTerms());
        openService();
        fund(ETH, 10 ether);
    }

    function _announce() private {
        perform(stranger, rotationCall(idsOf(next), 3, 4, safeguards().rotations(), soon()));
    }

    function _activate() private pure returns (bytes memory) {
        return abi.encodeCall(ISafeguards.activateRotation, ());
    }

    function _byNext(address to, uint256 amount, uint256 count) private view returns (bytes memory) {
        uint256 nonce = nextNonce(ETH);
        Quorum memory q = quorum(next, count, Typed.release(ETH, to, amount, nonce, soon()));
        return abi.encodeWithSignature(
            "releaseFreeReserveTo(address,address,uint256,uint256,uint256,(bytes32[],bytes))",
            ETH,
            to,
            amount,
            nonce,
            soon(),
            q
        );
    }

    function test_rotation_afterItsNotice() public {
        bytes memory data = rotationCall(idsOf(next), 3, 4, 0, soon());
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.RotationAnnounced(idsOf(next), 3, 4, now_() + 7 days);
        perform(stranger, data);
        assertEq(safeguards().rotations(), 1, "numbered");
        Rotation memory pending = safeguards().pendingRotation();
        assertEq(pending.announcedAt, now_(), "announced");
        assertEq(pending.readyAt, now_() + 7 days, "ready");
        stayPatiently(7 days - 1);
        refuse(stranger, _activate(), err(Errors.Safeguards_TooSoon.selector, now_(), pending.readyAt));
        perform(stranger, releaseCall(ETH, hotWallet, 1));
        warpBy(1);

        bytes memory old = releaseCall(ETH, hotWallet, 1);
        bytes32 members = keccak256(abi.encodePacked(idsOf(next)));
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.Rotated(members);
        perform(stranger, _activate());
        SignerSet memory present = vault.signers();
        assertEq(present.membersHash, members, "they");
        assertEq(present.threshold, 3, "three");
        assertEq(present.coldThreshold, 4, "or all");
        refuse(stranger, old, err(Errors.Signature_UnknownMembers.selector));
        refuse(stranger, _byNext(hotWallet, 1, 2), err(Errors.Signature_QuorumNotMet.selector, 2, 3));
        perform(stranger, _byNext(hotWallet, 1, 3));
        assertEq(hotWallet.balance, 2, "old before, new after");
        refuse(stranger, _activate(), err(Errors.Safeguards_NothingAnnounced.selector));
    }

    /// @notice Everything the signers sign: payouts, cancellations, wind-down, cold releases, the next rotation, equity.
    function test_rotation_everythingIsTheNewSigners() public {
        bytes memory rotation = rotationCall(idsOf(signerKeys), 2, 3, 1, soon());
        bytes memory windDown = windDownCall(now_() + 50 days, soon());
        bytes memory cancel = cancelReleaseCall(ETH, 5);
        bytes memory payout = payOutCall(finalTree(ETH), ETH, 0, 1);
        bytes memory queue = queueCall(ETH, hotWallet, 1, 1);
        _announce();
        stayPatiently(7 days);
        perform(stranger, _activate());
        bytes memory unknown = err(Errors.Signature_UnknownMembers.selector);
        refuse(stranger, rotation, unknown);
        refuse(stranger, windDown, unknown);
        refuse(stranger, cancel, unknown);
        refuse(stranger, payout, unknown);
        refuse(stranger, queue, unknown);

        uint256[] memory first = signerKeys;
        signerKeys = next;
        Quorum memory q = quorum(next, 3, Typed.windDown(now_() + 50 days, soon()));
        perform(stranger, abi.encodeCall(ISafeguards.announceWindDown, (now_() + 50 days, soon(), q)));
        q = quorum(next, 3, Typed.payOut(ETH, 0, alice, 1, 1, soon()));
        q = quorum(next, 4, Typed.rotation(idsOf(first), 2, 3, 1, soon()));
        perform(
            stranger, abi.encodeCall(ISafeguards.announceRotation, (idsOf(first), 2, 3, 1, soon(), otherRoles(), q))
        );
        stayPatiently(7 days);
        perform(stranger, _activate());
        signerKeys = first;
        perform(stranger, releaseCall(ETH, hotWallet, 1));
    }

    function test_rotation_needsAsManyAsAColdRelease() public {
        bytes32 hash = Typed.rotation(idsOf(next), 3, 4, 0, soon());
        Quorum memory two = bySigners(hash);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.announceRotation, (idsOf(next), 3, 4, 0, soon(), otherRoles(), two)),
            err(Errors.Signature_QuorumNotMet.selector, 2, 3)
        );
        Quorum memory three = quorum(signerKeys, 3, hash);
        bytes memory why = err(Errors.Signature_NotAMember.selector, 0);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.announceRotation, (idsOf(next), 2, 4, 0, soon(), otherRoles(), three)),
            why
        );
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.announceRotation, (idsOf(next), 3, 3, 0, soon(), otherRoles(), three)),
            why
        );
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.announceRotation, (idsOf(next), 3, 4, 0, soon() + 1, otherRoles(), three)),
            why
        );
        refuse(
            stranger,
            abi.encodeCall(
                ISafeguards.announceRotation, (idsOf(memberKeys("thief", 4)), 3, 4, 0, soon(), otherRoles(), three)
            ),
            why
        );
    }

    function test_rotation_sequenceAndDeadline() public {
        bytes memory first = rotationCall(idsOf(next), 3, 4, 0, soon());
        refuse(stranger, rotationCall(idsOf(next), 3, 4, 1, soon()), err(Errors.Signature_SequenceUsed.selector, 1, 0));
        refuse(
            stranger, rotationCall(idsOf(next), 3, 4, 0, now_() - 1), err(Errors.Signature_Expired.selector, now_() - 1)
        );
        perform(stranger, first);
        refuse(stranger, first, err(Errors.Signature_SequenceUsed.selector, 0, 1));
        stayPatiently(7 days);
        perform(stranger, _activate());
        refuse(stranger, first, err(Errors.Signature_SequenceUsed.selector, 0, 1));
    }

    /// @notice A later announcement takes the place of an earlier one, with a notice of its own.
    function test_rotation_replaced() public {
        _announce();
        stayPatiently(6 days);
        uint256[] memory better = memberKeys("better", 3);
        perform(stranger, rotationCall(idsOf(better), 1, 2, 1, soon()));
        stayPatiently(1 days);
        refuse(stranger, _activate(), err(Errors.Safeguards_TooSoon.selector, now_(), now_() + 6 days));
        stayPatiently(6 days);
        perform(stranger, _activate());
        assertEq(vault.signers().membersHash, keccak256(abi.encodePacked(idsOf(better))), "the later ones");
    }

    function test_rotation_lapses() public {
        _announce();
        uint256 readyAt = now_() + 7 days;
        stayPatiently(7 days);
        stayPatiently(14 days);
        uint256 world = vm.snapshotState();
        perform(stranger, _activate());
        vm.revertToState(world);
        assertEq(now_(), readyAt + 14 days, "the last second");
        warpBy(1);
        refuse(stranger, _activate(), err(Errors.Safeguards_RotationLapsed.selector));
    }

    function test_rotation_voidOnceSuspected() public {
        _announce();
        vm.warp(safeguards().pendingRotation().readyAt);
        assertPhase(Phase.Suspected, "silent and stale");
        refuse(stranger, _activate(), err(Errors.Liveness_WrongPhase.selector, 1));
        refuse(stranger, rotationCall(idsOf(next), 3, 4, 1, soon()), err(Errors.Liveness_WrongPhase.selector, 1));
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        assertPhase(Phase.Live, "cured");
        refuse(stranger, _activate(), err(Errors.Safeguards_RotationLapsed.selector));
        // Announced in the second of the cure is not after it.
        _announce();
        uint256 world = vm.snapshotState();
        stayPatiently(7 days);
        refuse(stranger, _activate(), err(Errors.Safeguards_RotationLapsed.selector));
        vm.revertToState(world);
        warpBy(1);
        _announce();
        stayPatiently(7 days);
        perform(stranger, _activate());
    }

    function test_rotation_neverAfterTheLatch() public {
        _announce();
        toReturning();
        refuse(stranger, _activate(), err(Errors.Liveness_WrongPhase.selector, 3));
        refuse(stranger, rotationCall(idsOf(next), 3, 4, 1, soon()), err(Errors.Liveness_WrongPhase.selector, 3));
    }

    // ------------------------------------------------------------------ who may be a signer

    function test_rotation_noKeyWithTwoRoles() public {
        uint256[6] memory taken =
            [operatorKey, backupKey, auditorKeys[0], watcherKeys[0], guardianKeys[0], auditorKeys[1]];
        for (uint256 i = 0; i < taken.length; ++i) {
            bytes32[] memory ids = new bytes32[](1);
            ids[0] = bytes32(uint256(uint160(vm.addr(taken[i]))));
            refuse(
                stranger,
                rotationCall(ids, 1, 1, 0, soon()),
                abi.encodeWithSelector(Errors.Terms_RolesOverlap.selector, ids[0])
            );
        }
        // An old signer may stay.
        perform(stranger, rotationCall(idsOf(signerKeys), 3, 3, 0, soon()));
    }

    function test_rotation_otherRolesAreThoseOfTheTerms() public {
        bytes32[][3] memory others = otherRoles();
        Quorum memory q = quorum(signerKeys, 3, Typed.rotation(idsOf(next), 3, 4, 0, soon()));
        for (uint256 i = 0; i < 3; ++i) {
            bytes32[] memory right = others[i];
            others[i] = new bytes32[](0);
            refuse(
                stranger,
                abi.encodeCall(ISafeguards.announceRotation, (idsOf(next), 3, 4, 0, soon(), others, q)),
                err(Errors.Signature_UnknownMembers.selector)
            );
            others[i] = right;
        }
    }

    function test_rotation_rulesOfTheConstructor() public {
        bytes32[] memory ids = idsOf(next);
        _refuseIds(ids, 0, 4, abi.encodeWithSelector(Errors.Terms_ThresholdOutOfRange.selector, "signers", 0, 4));
        _refuseIds(ids, 5, 5, abi.encodeWithSelector(Errors.Terms_ThresholdOutOfRange.selector, "signers", 5, 4));
        _refuseIds(ids, 3, 2, abi.encodeWithSelector(Errors.Terms_ThresholdOutOfRange.selector, "signers", 2, 4));
        _refuseIds(ids, 3, 5, abi.encodeWithSelector(Errors.Terms_ThresholdOutOfRange.selector, "signers", 5, 4));
        (ids[0], ids[1]) = (ids[1], ids[0]);
        _refuseIds(ids, 3, 4, abi.encodeWithSelector(Errors.Terms_MembersNotAscending.selector, "signers"));
        ids = idsOf(next);
        ids[3] = bytes32(uint256(7) << 248 | 1);
        _refuseIds(ids, 3, 4, abi.encodeWithSelector(Errors.Terms_UnknownSignerKind.selector, ids[3]));
        ids[3] = bytes32(uint256(1) << 248 | 0x123456);
        ids[2] = bytes32(uint256(1) << 248 | 0x123455);
        _refuseIds(ids, 3, 4, abi.encodeWithSelector(Errors.Terms_TooManyContractSigners.selector, 2, 4));
    }

    function _refuseIds(bytes32[] memory ids, uint8 threshold, uint8 cold, bytes memory why) private {
        refuse(stranger, rotationCall(ids, threshold, cold, 0, soon()), why);
    }
}
