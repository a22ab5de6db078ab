// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {ISafeguardsHooks} from "lifeboat/interfaces/ISatellites.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Quorum, Terms} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {Reentrant, Reverter} from "../twins/Recipients.sol";

/// @notice Releases above the warm cap: queued by more signers, executed after two days by anybody, unless somebody stops them.
contract ColdReleasesTest is VaultTest {
    uint256 private constant AMOUNT = 100 ether;
    bytes32 private release;

    function setUp() public override {
        super.setUp();
        Terms memory terms = patientTerms();
        terms.warmCapBps = 1000;
        vault = deploy(terms);
        openService();
        fund(ETH, AMOUNT);
        release = Typed.coldRelease(ETH, hotWallet, AMOUNT, 1);
    }

    function _queue() private returns (uint40 readyAt) {
        perform(stranger, queueCall(ETH, hotWallet, AMOUNT, 1));
        return now_() + 48 hours;
    }

    function _execute() private view returns (bytes memory) {
        return executeCall(ETH, hotWallet, AMOUNT, 1);
    }

    function _error(bytes4 selector) private view returns (bytes memory) {
        return abi.encodeWithSelector(selector, release);
    }

    // ------------------------------------------------------------------ the way through

    function test_cold_waitsAndGoes() public {
        bytes memory data = queueCall(ETH, hotWallet, AMOUNT, 1);
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.ReleaseQueued(release, ETH, hotWallet, AMOUNT, 1, Typed.NO_DEADLINE, now_() + 48 hours);
        perform(stranger, data);
        uint40 readyAt = now_() + 48 hours;
        assertEq(safeguards().queuedRelease(release).readyAt, readyAt, "ready at");
        vm.warp(readyAt - 1);
        refuse(stranger, _execute(), err(Errors.Gate_ReleaseNotReady.selector, readyAt));
        vm.warp(readyAt);
        vm.expectEmit(address(vault));
        emit IVaultCore.Released(ETH, hotWallet, AMOUNT, 1);
        perform(stranger, _execute());
        assertEq(hotWallet.balance, AMOUNT, "paid");
        assertEq(vault.gate(ETH).current, 0, "it waited, so no cap counts it");
        fund(ETH, AMOUNT);
        refuse(stranger, _execute(), _error(Errors.Gate_ReleaseUnknown.selector));
        refuse(stranger, data, _error(Errors.Gate_ReleaseQueued.selector));
    }

    function test_cold_needsMoreSigners() public {
        Quorum memory two = bySigners(release);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.queueRelease, (ETH, hotWallet, AMOUNT, 1, Typed.NO_DEADLINE, two)),
            err(Errors.Signature_QuorumNotMet.selector, 2, 3)
        );
        Quorum memory alone = byOperator(release);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.queueRelease, (ETH, hotWallet, AMOUNT, 1, Typed.NO_DEADLINE, alone)),
            err(Errors.Signature_UnknownMembers.selector)
        );
    }

    function test_cold_everyFieldIsSigned() public {
        Quorum memory q = quorum(signerKeys, 3, release);
        bytes memory why = err(Errors.Signature_NotAMember.selector, 0);
        refuse(
            stranger, abi.encodeCall(ISafeguards.queueRelease, (token, hotWallet, AMOUNT, 1, Typed.NO_DEADLINE, q)), why
        );
        refuse(
            stranger, abi.encodeCall(ISafeguards.queueRelease, (ETH, stranger, AMOUNT, 1, Typed.NO_DEADLINE, q)), why
        );
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.queueRelease, (ETH, hotWallet, AMOUNT + 1, 1, Typed.NO_DEADLINE, q)),
            why
        );
        refuse(
            stranger, abi.encodeCall(ISafeguards.queueRelease, (ETH, hotWallet, AMOUNT, 2, Typed.NO_DEADLINE, q)), why
        );
    }

    /// @notice What was signed and never brought is nobody's to bring for ever.
    function test_cold_queuedByItsDeadline() public {
        uint256 deadline = now_() + 1 days;
        bytes memory data = queueCall(ETH, hotWallet, AMOUNT, 1, deadline);
        Quorum memory q = quorum(signerKeys, 3, Typed.coldRelease(ETH, hotWallet, AMOUNT, 1, deadline));
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.queueRelease, (ETH, hotWallet, AMOUNT, 1, deadline + 1, q)),
            err(Errors.Signature_NotAMember.selector, 0)
        );
        vm.warp(deadline + 1);
        refuse(stranger, data, err(Errors.Signature_Expired.selector, deadline));
        vm.warp(deadline);
        perform(stranger, data);
        warpBy(48 hours);
        refuse(stranger, _execute(), abi.encodeWithSelector(Errors.Gate_ReleaseUnknown.selector, release));
        perform(stranger, abi.encodeCall(IVaultCore.executeRelease, (ETH, hotWallet, AMOUNT, 1, deadline)));
        assertEq(hotWallet.balance, AMOUNT, "after the deadline, for it was queued before");
    }

    function test_cold_executedAsQueuedOnly() public {
        vm.warp(_queue());
        bytes4 unknown = Errors.Gate_ReleaseUnknown.selector;
        refuse(
            stranger,
            executeCall(ETH, stranger, AMOUNT, 1),
            abi.encodeWithSelector(unknown, Typed.coldRelease(ETH, stranger, AMOUNT, 1))
        );
        refuse(
            stranger,
            executeCall(ETH, hotWallet, AMOUNT - 1, 1),
            abi.encodeWithSelector(unknown, Typed.coldRelease(ETH, hotWallet, AMOUNT - 1, 1))
        );
        refuse(
            stranger,
            executeCall(ETH, hotWallet, AMOUNT, 2),
            abi.encodeWithSelector(unknown, Typed.coldRelease(ETH, hotWallet, AMOUNT, 2))
        );
    }

    function test_cold_takenByTheVaultOnly() public {
        vm.warp(_queue());
        address at_ = address(safeguards());
        vm.prank(stranger);
        vm.expectRevert(Errors.Safeguards_OnlyVault.selector);
        ISafeguardsHooks(at_).takeRelease(release);
    }

    function test_cold_lapsesAfterFourteenDays() public {
        uint40 readyAt = _queue();
        stayPatiently(readyAt - now_());
        stayPatiently(14 days);
        uint256 world = vm.snapshotState();
        perform(stranger, _execute());
        vm.revertToState(world);
        warpBy(1);
        refuse(stranger, _execute(), _error(Errors.Gate_ReleaseLapsed.selector));
    }

    // ------------------------------------------------------------------ what stops it

    function test_cold_veto() public {
        uint40 readyAt = _queue();
        bytes memory veto = vetoCall(release);
        vm.expectEmit(address(safeguards()));
        emit ISafeguards.ReleaseVetoed(release);
        perform(stranger, veto);
        vm.warp(readyAt);
        refuse(stranger, _execute(), _error(Errors.Gate_ReleaseUnknown.selector));
        refuse(stranger, vetoCall(release), _error(Errors.Gate_ReleaseUnknown.selector));
        refuse(stranger, queueCall(ETH, hotWallet, AMOUNT, 1), _error(Errors.Gate_ReleaseQueued.selector));
        // Another one, with time to look at it again.
        perform(stranger, queueCall(ETH, hotWallet, AMOUNT, 2));
    }

    function test_cold_vetoIsTheGuardians() public {
        refuse(stranger, vetoCall(release), _error(Errors.Gate_ReleaseUnknown.selector));
        _queue();
        Quorum memory one = quorum(guardianKeys, 1, Typed.veto(release));
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.vetoRelease, (release, one)),
            err(Errors.Signature_QuorumNotMet.selector, 1, 2)
        );
        Quorum memory signers = quorum(signerKeys, 3, Typed.veto(release));
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.vetoRelease, (release, signers)),
            err(Errors.Signature_UnknownMembers.selector)
        );
        perform(stranger, queueCall(ETH, hotWallet, AMOUNT, 2));
        Quorum memory two = quorum(guardianKeys, 2, Typed.veto(release));
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.vetoRelease, (Typed.coldRelease(ETH, hotWallet, AMOUNT, 2), two)),
            err(Errors.Signature_NotAMember.selector, 0)
        );
    }

    function test_cold_withoutGuardiansNobodyVetoes() public {
        Terms memory terms = termsFor(token);
        terms.guardians = new address[](0);
        terms.guardianThreshold = 0;
        vault = deploy(terms);
        openService();
        fund(ETH, AMOUNT);
        _queue();
        guardianKeys = new uint256[](0);
        Quorum memory nobody = quorum(guardianKeys, 0, 0);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.vetoRelease, (release, nobody)),
            err(Errors.Safeguards_NoSuchRole.selector)
        );
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.freeze, (now_() + 1, 0, nobody)),
            err(Errors.Safeguards_NoSuchRole.selector)
        );
    }

    function test_cold_frozen() public {
        vm.warp(_queue());
        perform(stranger, freezeCall(now_() + 72 hours));
        refuse(stranger, _execute(), err(Errors.Gate_Frozen.selector, now_() + 72 hours));
        warpBy(72 hours);
        perform(stranger, _execute());
    }

    function test_cold_suspicionStopsIt() public {
        _queue();
        toSuspected();
        refuse(stranger, _execute(), err(Errors.Liveness_WrongPhase.selector, 1));
        refuse(stranger, queueCall(ETH, hotWallet, AMOUNT, 2), err(Errors.Liveness_WrongPhase.selector, 1));
        toReturning();
        refuse(stranger, _execute(), err(Errors.Liveness_WrongPhase.selector, 3));
    }

    /// @notice Cured or not: whatever was queued before a suspicion is void, for nobody was there to look at it.
    function test_cold_voidAfterASuspicion() public {
        _queue();
        toSuspected();
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        assertEq(vault.conduct().curedAt, now_(), "cured");
        refuse(stranger, _execute(), _error(Errors.Gate_ReleaseLapsed.selector));
        // Queued in the second of the cure is not after it.
        perform(stranger, queueCall(ETH, hotWallet, AMOUNT, 2));
        warpBy(1);
        perform(stranger, queueCall(ETH, hotWallet, AMOUNT, 3));
        warpBy(48 hours);
        refuse(
            stranger,
            executeCall(ETH, hotWallet, AMOUNT, 2),
            abi.encodeWithSelector(Errors.Gate_ReleaseLapsed.selector, Typed.coldRelease(ETH, hotWallet, AMOUNT, 2))
        );
        perform(stranger, executeCall(ETH, hotWallet, AMOUNT, 3));
    }

    /// @notice The watchers' alarm too, though it is not held against the service otherwise.
    function test_cold_voidAfterAnAlarm() public {
        vm.warp(_queue());
        perform(stranger, alarmCall(now_() + 1 days));
        warpBy(1);
        beat();
        assertEq(vault.conduct().lastCure, 0, "no flicker");
        refuse(stranger, _execute(), _error(Errors.Gate_ReleaseLapsed.selector));
    }

    function test_cold_voidAfterARotation() public {
        uint256[] memory next = memberKeys("next", 3);
        perform(stranger, rotationCall(idsOf(next), 2, 3, 0, soon()));
        stayPatiently(6 days);
        _queue();
        stayPatiently(1 days);
        perform(stranger, abi.encodeCall(ISafeguards.activateRotation, ()));
        stayPatiently(2 days);
        refuse(stranger, _execute(), _error(Errors.Gate_ReleaseLapsed.selector));
        refuse(stranger, queueCall(ETH, hotWallet, AMOUNT, 2), err(Errors.Signature_UnknownMembers.selector));
        signerKeys = next;
        perform(stranger, queueCall(ETH, hotWallet, AMOUNT, 2));
        warpBy(48 hours);
        perform(stranger, executeCall(ETH, hotWallet, AMOUNT, 2));
    }

    // ------------------------------------------------------------------ what it can never do

    function test_cold_neverBelowTheFloor() public {
        perform(stranger, queueCall(ETH, hotWallet, AMOUNT + 1, 7));
        perform(stranger, queueCall(ETH, hotWallet, 1000 ether, 8));
        warpBy(48 hours);
        refuse(
            stranger,
            executeCall(ETH, hotWallet, AMOUNT + 1, 7),
            err(Errors.Gate_ReserveBelowFloor.selector, 175 ether - 1, 175 ether)
        );
        refuse(
            stranger,
            executeCall(ETH, hotWallet, 1000 ether, 8),
            err(Errors.Gate_ReserveTooLow.selector, 275 ether, 1000 ether)
        );
        // What it was queued for is there later.
        fund(ETH, 1);
        perform(stranger, executeCall(ETH, hotWallet, AMOUNT + 1, 7));
    }

    function test_cold_neverOtherPeoplesBooks() public {
        performWith(alice, 50 ether, depositCall(ETH, alice, 50 ether));
        performWith(alice, 50 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 50 ether)));
        perform(stranger, queueCall(ETH, hotWallet, 276 ether, 7));
        warpBy(48 hours);
        refuse(
            stranger,
            executeCall(ETH, hotWallet, 276 ether, 7),
            err(Errors.Gate_ReserveTooLow.selector, 275 ether, 276 ether)
        );
    }

    function test_cold_neverToReservedAddressesOrOfUnlistedAssets() public {
        address[2] memory reserved = [address(9), address(vault)];
        for (uint256 i = 0; i < 2; ++i) {
            perform(stranger, queueCall(ETH, reserved[i], 1, i));
        }
        perform(stranger, queueCall(ETH, hotWallet, 0, 3));
        address twin = newToken("TestToken.sol:TestToken");
        perform(stranger, queueCall(twin, hotWallet, 1, 4));
        warpBy(48 hours);
        for (uint256 i = 0; i < 2; ++i) {
            refuse(
                stranger, executeCall(ETH, reserved[i], 1, i), err(Errors.Books_ReservedAddress.selector, reserved[i])
            );
        }
        refuse(stranger, executeCall(ETH, hotWallet, 0, 3), err(Errors.Books_ZeroAmount.selector));
        refuse(stranger, executeCall(twin, hotWallet, 1, 4), err(Errors.Books_AssetNotListed.selector, twin));
    }

    function test_cold_recipientCannotReenterNorFail() public {
        Reentrant thief = new Reentrant();
        thief.arm(address(vault), executeCall(ETH, address(thief), 1 ether, 2));
        address reverter = address(new Reverter());
        perform(stranger, queueCall(ETH, address(thief), 1 ether, 1));
        perform(stranger, queueCall(ETH, address(thief), 1 ether, 2));
        perform(stranger, queueCall(ETH, reverter, 1 ether, 3));
        warpBy(48 hours);
        perform(stranger, executeCall(ETH, address(thief), 1 ether, 1));
        assertTrue(thief.called() && !thief.succeeded(), "one at a time");
        assertEq(address(thief).balance, 1 ether, "once");
        refuse(
            stranger, executeCall(ETH, reverter, 1 ether, 3), err(Errors.Books_TransferFailed.selector, ETH, reverter)
        );
        assertFalse(safeguards().queuedRelease(Typed.coldRelease(ETH, reverter, 1 ether, 3)).closed, "as it was");
    }
}
