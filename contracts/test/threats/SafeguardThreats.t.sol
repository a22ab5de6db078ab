// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Phase, Quorum, Round, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {BurnerWallet, YesWallet} from "../twins/Signers.sol";

/// @notice Roles that use their safeguards against users, or each other.
contract SafeguardThreatsTest is VaultTest {
    using SumTree for SumTree.Tree;

    function setUp() public override {
        super.setUp();
        openService();
    }

    function _request(address account, uint32 index) private {
        perform(account, requestCall(finalTree(ETH), ETH, index, 1 ether));
    }

    function _report(address account) private {
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, account)));
    }

    function _aliceIsPaid() private {
        if (vault.phase() < Phase.Returning) toReturning();
        Round memory round = openRound(ETH);
        claim(ETH, round, 0);
        assertEq(alice.balance, 100 ether, "out");
    }

    // ------------------------------------------------------------------ liveness

    /// @notice The operator's key is gone: the second key beats on, for a day and for another.
    function test_T2_backupKeyBeatsOn() public {
        for (uint256 i = 0; i < 2; ++i) {
            warpBy(23 hours);
            vm.roll(block_() + 1);
            perform(actor("anybody"), beatCall(backupKey, block_() - 1, blockhash(block_() - 1)));
        }
        assertPhase(Phase.Live, "46 hours without the operator");
    }

    /// @notice An outage of a day and a half: suspicion, then a beat and fresh ledgers within the window. Downtime is remembered.
    function test_T3_shortOutageIsCured() public {
        warpBy(36 hours);
        assertPhase(Phase.Suspected, "anyone can see it");
        beat();
        assertPhase(Phase.Live, "cured");
        assertEq(vault.conduct().downtime, 12 hours, "from the end of the grace");
    }

    /// @notice One beat just before each challenge ends, for ever: the fourth suspicion within thirty days has no end but one.
    function test_T4_flickerEnds() public {
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(vault.timeline().latchedAt - 1);
            beat();
            post(ETH, threeUsers(1 ether));
            attest(ETH);
            post(token, threeUsers(1e6));
            attest(token);
            assertPhase(Phase.Live, "at the last moment");
        }
        assertGt(vault.conduct().downtime, 6 days - 1 hours, "six days of three times three");
        toSuspected();
        assertPhase(Phase.Latched, "no fourth time");
        _aliceIsPaid();
    }

    /// @notice Watchers who call a healthy service dead as often as they may: it answers by beating, and they move nothing.
    function test_T5_watchersCannotLatchAServiceThatAnswers() public {
        for (uint256 i = 0; i < 6; ++i) {
            perform(stranger, alarmCall(now_() + 1 days));
            assertPhase(Phase.Suspected, "they start it");
            warpBy(1 hours);
            beat();
            assertPhase(Phase.Live, "a beat ends it");
            refuse(
                stranger,
                alarmCall(now_() + 1 days),
                err(Errors.Safeguards_TooSoon.selector, now_(), now_() + 7 days - 1 hours + 1)
            );
            stayAlive(7 days);
        }
        assertEq(vault.excuses().flickerUntil, 0, "and nothing is held against it");
        // They sign for no release, veto and freeze nothing.
        uint256[] memory signers = signerKeys;
        signerKeys = watcherKeys;
        guardianKeys = watcherKeys;
        bytes memory unknown = err(Errors.Signature_UnknownMembers.selector);
        fund(ETH, 1 ether);
        refuse(stranger, releaseCall(ETH, hotWallet, 1), unknown);
        refuse(stranger, freezeCall(now_() + 1 hours), unknown);
        signerKeys = signers;
    }

    /// @notice Windows one after the other hide nothing: no request, no stale ledger, no more than twelve hours of silence each.
    function test_T7_maintenanceHidesNothing() public {
        perform(alice, requestCall(finalTree(ETH), ETH, 0, 100 ether));
        uint40 due = vault.exitRequest(ETH, alice).due;
        // As many windows as fit, up to the day on which the request is due.
        while (now_() + 37 hours < due) {
            perform(stranger, maintenanceCall(now_() + 24 hours, now_() + 36 hours));
            stayAlive(37 hours);
        }
        stayAlive(due - now_());
        _report(alice);
        assertPhase(Phase.Suspected, "whatever was announced");
        refuse(
            stranger, maintenanceCall(now_() + 24 hours, now_() + 36 hours), err(Errors.Liveness_WrongPhase.selector, 1)
        );
        for (uint256 i = 0; i < 3; ++i) {
            warpBy(16 hours);
            if (vault.phase() < Phase.Latched) beat();
        }
        _aliceIsPaid();
    }

    /// @notice Force majeure for two weeks, then silence: the cap comes whatever was declared, and once a year is once.
    function test_T8_forceMajeureEnds() public {
        perform(stranger, majeureCall(now_() + 14 days));
        uint256 most = uint256(vault.liveness().lastBeat) + 21 days;
        assertLe(vault.timeline().suspectedAt, most, "never beyond the cap");
        refuse(
            stranger,
            majeureCall(now_() + 14 days),
            err(Errors.Safeguards_TooSoon.selector, now_(), uint256(now_()) + 365 days)
        );
        toSuspected();
        refuse(
            stranger, maintenanceCall(now_() + 24 hours, now_() + 36 hours), err(Errors.Liveness_WrongPhase.selector, 1)
        );
        _aliceIsPaid();
    }

    /// @notice A sequencer is back after twelve hours, and the clock jumps: with the grace longer than that nobody is suspected; after a
    /// day and a half everybody is, with the whole challenge window before him.
    function test_T9_clockJumpLeavesTheChallengeWindow() public {
        uint256 world = vm.snapshotState();
        warpBy(12 hours);
        assertPhase(Phase.Live, "within the grace");
        vm.revertToState(world);
        warpBy(36 hours);
        assertPhase(Phase.Suspected, "and not more than that");
        assertGt(vault.timeline().latchedAt, now_() + 35 hours, "time to beat");
        beat();
        assertPhase(Phase.Live, "back");
    }

    // ------------------------------------------------------------------ signatures and tiers

    /// @notice Everything for the reserve ends: by deadline, by nonce, by cancellation, by suspicion, by rotation.
    function test_T46_nothingSignedOutlivesItsTime() public {
        fund(ETH, 50 ether);
        bytes memory release = releaseCall(ETH, hotWallet, 1 ether, 5, soon());
        perform(stranger, cancelReleaseCall(ETH, 5));
        refuse(stranger, release, nonceError(ETH, 5));
        perform(stranger, queueCall(ETH, hotWallet, 40 ether, 1));
        perform(stranger, alarmCall(now_() + 1 days));
        warpBy(1);
        beat();
        stayAlive(48 hours);
        refuse(
            stranger,
            executeCall(ETH, hotWallet, 40 ether, 1),
            abi.encodeWithSelector(Errors.Gate_ReleaseLapsed.selector, Typed.coldRelease(ETH, hotWallet, 40 ether, 1))
        );
    }

    /// @notice Wallets among the signers that agree to all or burn all gas: a minority, asked without rights and with bounded gas.
    function test_T48_contractSignersAreBounded() public {
        Terms memory terms = termsFor(token);
        bytes32[] memory ecdsa = terms.signers;
        address wallet = address(new YesWallet());
        terms.signers = new bytes32[](3);
        (terms.signers[0], terms.signers[1]) = (ecdsa[0], ecdsa[1]);
        terms.signers[2] = bytes32(uint256(1) << 248 | uint160(wallet));
        vault = deploy(terms);
        openService();
        fund(ETH, 1 ether);
        bytes32 hash = Typed.release(ETH, hotWallet, 1, 1, soon());
        Quorum memory q;
        q.members = terms.signers;
        bytes memory head = abi.encodePacked(terms.signers[2], uint256(130), uint8(0));
        // Alone it is nobody, twice over too.
        q.signatures = bytes.concat(head, head, hex"0000");
        bytes memory data = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), q));
        refuse(stranger, data, err(Errors.Signature_NotAMember.selector, 1));
        vm.etch(wallet, address(new BurnerWallet()).code);
        q.signatures = bytes.concat(sig(signerKeys[0], digestOf(hash)), head, hex"0000");
        data = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), q));
        uint256 left = gasleft();
        refuse(stranger, data, err(Errors.Signature_NotAMember.selector, 1));
        assertLe(left - gasleft(), 1_600_000, "bounded");
        q.signatures = bytes.concat(sig(signerKeys[0], digestOf(hash)), sig(signerKeys[1], digestOf(hash)));
        data = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), q));
        perform(stranger, data);
        // And precompiles, which answer to everything, cannot be named.
        terms.signers[2] = bytes32(uint256(1) << 248 | 4);
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_ReservedAddress.selector, "signers", address(4)));
    }

    /// @notice A hundred small releases are one large one.
    function test_T50_splittingDoesNotHelp() public {
        fund(ETH, 100 ether);
        uint256 total = 0;
        for (uint256 i = 0; i < 100; ++i) {
            vm.prank(stranger);
            (bool ok,) = address(vault).call(hotReleaseCall(ETH, hotWallet, 0.1 ether));
            if (ok) total += 0.1 ether;
        }
        assertEq(total, 1.7 ether, "one per cent of 175, whatever the pieces");
        uint256 window = now_() / 1 days;
        stayAlive((window + 1) * 1 days - now_());
        refuse(
            stranger,
            hotReleaseCall(ETH, hotWallet, 0.1 ether),
            err(
                Errors.Gate_AboveCap.selector,
                uint256(vault.gate(ETH).current) + _units(0.1 ether),
                _units(1.75 ether) - 1
            )
        );
    }

    function _units(uint256 amount) private pure returns (uint256) {
        return ((amount << 40) + 175 ether - 1) / 175 ether;
    }

    /// @notice All guardians together, as long and as often as they can: outflow rests for at most 21 days of a year, exits never do.
    function test_T51_guardiansCannotHoldAnybody() public {
        vault = deploy(patientTerms());
        openService();
        performWith(alice, 5 ether, depositCall(ETH, alice, 5 ether));
        uint256 frozen = 0;
        uint256 end = now_() + 300 days;
        while (now_() < end) {
            vm.prank(stranger);
            (bool ok,) = address(safeguards()).call(freezeCall(now_() + 72 hours));
            if (ok) {
                frozen += 72 hours;
                perform(alice, abi.encodeCall(IVaultCore.withdraw, (ETH, hotWallet, 0.1 ether)));
            }
            stayPatiently(72 hours);
        }
        assertEq(frozen, 21 days, "and no more");
        // Frozen into the return.
        vm.warp(end + 100 days);
        _aliceIsPaid();
    }

    /// @notice A freeze in the week in which a request is due leaves half of it to serve.
    function test_T51_freezeCannotMakeARequestDue() public {
        _request(alice, 0);
        uint40 due = vault.exitRequest(ETH, alice).due;
        perform(stranger, freezeCall(now_() + 72 hours));
        stayAlive(72 hours);
        refuse(
            stranger,
            freezeCall(now_() + 72 hours),
            err(Errors.Safeguards_TooSoon.selector, now_(), uint256(now_()) + 144 hours)
        );
        stayAlive(due - now_() - 1);
        payOut(ETH, 0, 1 ether);
        assertEq(vault.exitRequest(ETH, alice).target, 0, "served in time");
    }

    /// @notice Guardians who look away: a thief with the operator's key gets one per cent a day, with the signers' keys a window's cap
    /// and then must wait two days in public; never below the floor.
    function test_T52_withoutGuardiansLossIsBounded() public {
        Terms memory terms = termsFor(token);
        terms.warmCapBps = 1000;
        terms.coverageFloorBps = 5000;
        vault = deploy(terms);
        openService();
        uint256 stolen = _steal(true);
        assertLe(stolen, 1.75 ether, "by the operator's key");
        stolen += _steal(false);
        assertLe(stolen, 17.5 ether, "by two signers' keys too");
        bytes32 release = Typed.coldRelease(ETH, hotWallet, 80 ether, 1);
        perform(stranger, queueCall(ETH, hotWallet, 80 ether, 1));
        refuse(
            stranger,
            releaseCall(ETH, hotWallet, 80 ether),
            err(Errors.Gate_ReserveBelowFloor.selector, 175 ether - stolen - 80 ether, 87.5 ether)
        );
        refuse(
            stranger,
            executeCall(ETH, hotWallet, 60 ether, 1),
            abi.encodeWithSelector(Errors.Gate_ReleaseUnknown.selector, Typed.coldRelease(ETH, hotWallet, 60 ether, 1))
        );
        assertGt(safeguards().queuedRelease(release).readyAt, now_() + 47 hours, "seen two days ahead");
    }

    /// @dev Halves what is refused.
    function _steal(bool alone) private returns (uint256 stolen) {
        uint256 amount = 20 ether;
        while (amount > 1 gwei) {
            bytes memory data = alone ? hotReleaseCall(ETH, hotWallet, amount) : releaseCall(ETH, hotWallet, amount);
            vm.prank(stranger);
            (bool ok,) = address(vault).call(data);
            if (ok) stolen += amount;
            else amount /= 2;
        }
    }

    /// @notice What was queued or announced in good days cannot be kept for bad ones.
    function test_T54_nothingQueuedIsHoarded() public {
        vault = deploy(patientTerms());
        openService();
        fund(ETH, 50 ether);
        perform(stranger, queueCall(ETH, hotWallet, 50 ether, 1));
        uint256[] memory next = memberKeys("next", 3);
        perform(stranger, rotationCall(idsOf(next), 2, 3, 0, soon()));
        stayPatiently(7 days + 14 days + 1);
        refuse(
            stranger, abi.encodeCall(ISafeguards.activateRotation, ()), err(Errors.Safeguards_RotationLapsed.selector)
        );
        refuse(
            stranger,
            executeCall(ETH, hotWallet, 50 ether, 1),
            abi.encodeWithSelector(Errors.Gate_ReleaseLapsed.selector, Typed.coldRelease(ETH, hotWallet, 50 ether, 1))
        );
    }

    /// @notice No parameter can be changed: the signers are all that can be exchanged, with notice and not under suspicion.
    function test_T53_onlySignersCanBeExchanged() public {
        vault = deploy(patientTerms());
        openService();
        bytes32 terms = vault.termsHash();
        uint256[] memory next = memberKeys("next", 3);
        perform(stranger, rotationCall(idsOf(next), 1, 1, 0, soon()));
        stayPatiently(7 days - 1);
        refuse(
            stranger,
            abi.encodeCall(ISafeguards.activateRotation, ()),
            err(Errors.Safeguards_TooSoon.selector, now_(), now_() + 1)
        );
        stayPatiently(1);
        perform(stranger, abi.encodeCall(ISafeguards.activateRotation, ()));
        assertEq(vault.termsHash(), terms, "the terms stand");
        toReturning();
        _aliceIsPaid();
    }

    // ------------------------------------------------------------------ the service's own money

    /// @notice After the latch the service's own money comes last: not before everybody's share is set aside, and a month of return.
    function test_T60_ownMoneyComesLast() public {
        fund(ETH, 20 ether);
        toReturning();
        openRound(ETH);
        uint256 at_ = uint256(vault.timeline().returnAt) + 30 days;
        refuse(stranger, equityCall(ETH, hotWallet, 20 ether, 1), err(Errors.Return_EquityTooEarly.selector, at_));
        vm.warp(at_);
        refuse(
            stranger,
            equityCall(ETH, hotWallet, 20 ether + 1, 1),
            err(Errors.Gate_ReserveTooLow.selector, 20 ether, 20 ether + 1)
        );
        perform(stranger, equityCall(ETH, hotWallet, 20 ether, 1));
        refuse(stranger, equityCall(token, hotWallet, 1, 2), err(Errors.Return_StillOwed.selector, uint256(175e6)));
        Round memory round = Round(0, 175 ether, 175 ether);
        claim(ETH, round, 0);
        claim(ETH, round, 1);
        claim(ETH, round, 2);
        assertEq(address(vault).balance, 0, "to the wei");
    }
}
