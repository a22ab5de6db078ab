// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVault} from "lifeboat/interfaces/IVault.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Parameters, Phase, Profile, Terms, Timeline, Timers} from "lifeboat/types/Types.sol";

import {Vm} from "../base/Vm.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice What the constructor refuses, and what it fixes for ever.
contract TermsTest is VaultTest {
    uint256 private constant ROOT_MAX_AGE = 4;

    struct Bound {
        string timer;
        uint40 min;
        uint40 max;
    }

    // ------------------------------------------------------------------ what it fixes

    function test_deployed_vaultCommitsToItsTerms() public {
        Terms memory terms = termsFor(token);
        vm.recordLogs();
        IVault fresh = deploy(terms);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(fresh.termsHash(), keccak256(abi.encode(terms)), "terms hash");
        assertEq(logs[0].topics[0], IVaultCore.VaultCreated.selector, "event");
        assertEq(logs[0].topics[1], fresh.termsHash(), "hash in the event");
        assertEq(
            keccak256(logs[0].data),
            keccak256(
                abi.encode(
                    fresh.gasTank(),
                    vm.computeCreateAddress(address(fresh), 2),
                    vm.computeCreateAddress(address(fresh), 3),
                    terms
                )
            ),
            "terms in the event"
        );
        assertEq(fresh.assets().length, 2, "assets");
        assertEq(fresh.assets()[0], ETH, "ETH first");
        assertEq(fresh.assets()[1], token, "then the token");
        assertTrue(fresh.book(token).listed, "listed");
        assertGt(fresh.gasTank().code.length, 0, "tank deployed");
    }

    function test_deployed_parametersTellAllInOneCall() public {
        Terms memory terms = termsFor(token);
        Parameters memory all = vault.parameters();
        assertEq(all.chainId, block.chainid, "chain");
        assertEq(all.vault, address(vault), "vault");
        assertEq(all.registry, registry(), "registry");
        assertEq(all.safeguards, address(safeguards()), "safeguards");
        assertEq(all.gasTank, vault.gasTank(), "gas tank");
        assertEq(all.vaultCode, address(vault).codehash, "vault's code");
        assertEq(all.registryCode, registry().codehash, "registry's code");
        assertEq(all.safeguardsCode, address(safeguards()).codehash, "safeguards' code");
        assertEq(all.termsHash, keccak256(abi.encode(terms)), "terms hash");
        assertEq(keccak256(abi.encode(all.terms)), all.termsHash, "terms");
        assertEq(all.deployedAt, START, "deployed at");
        assertEq(all.bond.code.length + all.disputes.code.length, 0, "not created yet");
        createSatellite("Bond.sol:Bond");
        assertGt(all.bond.code.length, 0, "bond");
        createSatellite("Disputes.sol:Disputes");
        assertGt(all.disputes.code.length, 0, "disputes");
    }

    function test_deployed_clockStartsAtDeployment() public view {
        Timeline memory line = vault.timeline();
        assertEq(line.suspectedAt, START + 24 hours, "grace runs from deployment");
        assertEq(line.latchedAt, START + 72 hours, "challenge window");
        assertEq(line.returnAt, START + 144 hours, "return delay");
        assertEq(line.pushAt, START + 216 hours, "head start");
        assertPhase(Phase.Live, "live at birth");
        assertEq(vault.liveness().lastBeat, START, "last beat");
        assertEq(vault.liveness().rootsAt, START, "roots at");
    }

    function test_deployed_termsHashCoversEveryField() public {
        Terms memory terms = termsFor(token);
        bytes32 hash = vault.termsHash();
        terms.agreementHash = keccak256("another agreement");
        assertFalse(deploy(terms).termsHash() == hash, "agreement");
        terms = termsFor(token);
        terms.timers.grace += 1;
        assertFalse(deploy(terms).termsHash() == hash, "timer");
    }

    function test_deployed_withoutWatchers() public {
        Terms memory terms = termsFor(token);
        terms.watchers = new address[](0);
        terms.watcherThreshold = 0;
        vault = deploy(terms);
        fund(ETH, 175 ether);
        post(ETH, threeUsers(1 ether));
        watcherKeys = new uint256[](0);
        bytes memory empty = abi.encodeCall(IRegistry.attest, (ETH, 1, quorum(watcherKeys, 0, 0)));
        refuse(stranger, empty, err(Errors.Signature_QuorumNotMet.selector, 0, 0));
    }

    // ------------------------------------------------------------------ timers

    function test_timers_boundsOfProduction() public {
        Bound[16] memory bounds = [
            Bound("grace", 6 hours, 7 days),
            Bound("serveDeadline", 1 days, 14 days),
            Bound("challengeWindow", 12 hours, 7 days),
            Bound("returnDelay", 24 hours, 14 days),
            Bound("rootMaxAge", 12 hours, 7 days),
            Bound("attestedFinality", 10 minutes, 7 days),
            Bound("unattestedFinality", 12 hours, 7 days),
            Bound("headStart", 0, 30 days),
            Bound("windDownNotice", 7 days, 365 days),
            Bound("silenceCap", 48 hours, 30 days),
            Bound("releaseWindow", 1 hours, 30 days),
            Bound("coldDelay", 12 hours, 14 days),
            Bound("freezeMax", 1 hours, 72 hours),
            Bound("rotationNotice", 3 days, 30 days),
            Bound("answerWindow", 6 hours, 3 days),
            Bound("unbonding", 13 days, 365 days)
        ];
        for (uint256 i = 0; i < bounds.length; ++i) {
            _checkBound(Profile.Production, i, bounds[i]);
        }
    }

    function test_timers_boundsOfTestnet() public {
        Bound[16] memory bounds = [
            Bound("grace", 60, 7 days),
            Bound("serveDeadline", 60, 14 days),
            Bound("challengeWindow", 60, 7 days),
            Bound("returnDelay", 60, 14 days),
            Bound("rootMaxAge", 60, 7 days),
            Bound("attestedFinality", 10, 7 days),
            Bound("unattestedFinality", 30, 7 days),
            Bound("headStart", 0, 30 days),
            Bound("windDownNotice", 60, 365 days),
            Bound("silenceCap", 48 hours, 30 days),
            Bound("releaseWindow", 60, 30 days),
            Bound("coldDelay", 60, 14 days),
            Bound("freezeMax", 30, 72 hours),
            Bound("rotationNotice", 60, 30 days),
            Bound("answerWindow", 60, 3 days),
            Bound("unbonding", 13 days, 365 days)
        ];
        for (uint256 i = 0; i < bounds.length; ++i) {
            _checkBound(Profile.Testnet, i, bounds[i]);
        }
    }

    /// @dev Both edges pass, one second beyond either does not. The other timers stay wide enough not to interfere.
    function _checkBound(Profile profile, uint256 timer, Bound memory limit) private {
        deploy(_withTimer(profile, timer, limit.min));
        deploy(_withTimer(profile, timer, limit.max));
        if (limit.min > 0) _refuseTimer(profile, timer, limit.min - 1, limit);
        _refuseTimer(profile, timer, limit.max + 1, limit);
    }

    function _refuseTimer(Profile profile, uint256 timer, uint40 value, Bound memory limit) private {
        refuseTerms(_withTimer(profile, timer, value), _timerError(limit.timer, value, limit.min, limit.max));
    }

    /// @dev Sets timer number `i` in the order of the bounds above.
    function _withTimer(Profile profile, uint256 i, uint40 value) private view returns (Terms memory terms) {
        bool testnet = profile == Profile.Testnet;
        terms = termsFor(token);
        terms.profile = profile;
        Timers memory timers = terms.timers;
        timers.attestedFinality = testnet ? 10 : 10 minutes;
        if (i == 0) timers.grace = value;
        if (i == 1) {
            timers.serveDeadline = value;
            timers.freezeMax = testnet ? 30 : 1 hours;
            timers.unattestedFinality = testnet ? 30 : 12 hours;
        }
        if (i == 2) timers.challengeWindow = value;
        if (i == 3) timers.returnDelay = value;
        if (i == ROOT_MAX_AGE) {
            timers.rootMaxAge = value;
            timers.unattestedFinality = testnet ? 30 : 12 hours;
        }
        if (i == 5 || i == 6) {
            timers.unattestedFinality = 7 days;
            timers.rootMaxAge = 7 days;
            timers.serveDeadline = 8 days;
        }
        if (i == 5) timers.attestedFinality = value;
        if (i == 6) timers.unattestedFinality = value;
        if (i == 7) timers.headStart = value;
        if (i == 8) timers.windDownNotice = value;
        if (i == 9) timers.silenceCap = value;
        if (i == 10) timers.releaseWindow = value;
        if (i == 11) timers.coldDelay = value;
        if (i == 12) timers.freezeMax = value;
        if (i == 13) timers.rotationNotice = value;
        if (i == 14) timers.answerWindow = value;
        if (i == 15) timers.unbonding = value;
    }

    /// @notice A freeze ends before a request that it keeps from being served is due: it may take half of the time.
    function test_timers_freezeLeavesTimeToServe() public {
        Terms memory terms = termsFor(token);
        terms.timers.serveDeadline = 4 days;
        terms.timers.freezeMax = 2 days;
        deploy(terms);
        terms.timers.freezeMax = 2 days + 1;
        refuseTerms(terms, _timerError("freezeMax", 2 days + 1, 1 hours, 2 days));
    }

    /// @notice No announcement excuses more than the cap, so the cap is at least what needs no excuse.
    function test_timers_silenceCapCoversGraceAndRootAge() public {
        Terms memory terms = termsFor(token);
        terms.timers.grace = 5 days;
        terms.timers.silenceCap = 5 days;
        deploy(terms);
        terms.timers.silenceCap = 5 days - 1;
        refuseTerms(terms, _timerError("silenceCap", 5 days - 1, 5 days, 30 days));
        terms = termsFor(token);
        terms.timers.rootMaxAge = 6 days;
        terms.timers.silenceCap = 6 days - 1;
        refuseTerms(terms, _timerError("silenceCap", 6 days - 1, 6 days, 30 days));
    }

    /// @notice The bond stays for detection, challenge, return and dispute.
    function test_timers_unbondingOutlastsEveryWindow() public {
        Terms memory terms = termsFor(token);
        terms.timers.grace = 7 days;
        terms.timers.serveDeadline = 14 days;
        terms.timers.challengeWindow = 7 days;
        terms.timers.returnDelay = 14 days;
        terms.timers.unbonding = 42 days;
        deploy(terms);
        terms.timers.unbonding = 42 days - 1;
        refuseTerms(terms, _timerError("unbonding", 42 days - 1, 42 days, 365 days));
    }

    function _timerError(string memory timer, uint256 value, uint256 min, uint256 max)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(Errors.Terms_TimerOutOfBounds.selector, timer, value, min, max);
    }

    function test_timers_attestedFinalityIsTheFastPath() public {
        Terms memory terms = termsFor(token);
        terms.timers.unattestedFinality = 12 hours;
        terms.timers.attestedFinality = 12 hours;
        deploy(terms);
        terms.timers.attestedFinality = 12 hours + 1;
        refuseTerms(terms, err(Errors.Terms_AttestedFinalityAboveUnattested.selector));
    }

    function test_timers_finalityWithinTheKeptHistory() public {
        Terms memory terms = termsFor(token);
        terms.timers.rootMaxAge = 30 hours;
        terms.timers.unattestedFinality = 30 hours;
        deploy(terms);
        terms.timers.unattestedFinality = 30 hours + 1;
        refuseTerms(terms, err(Errors.Terms_FinalityOutlivesHistory.selector));
    }

    function test_timers_finalityInTimeToAnswerRequests() public {
        Terms memory terms = termsFor(token);
        terms.timers.serveDeadline = 40 hours;
        terms.timers.freezeMax = 20 hours;
        terms.timers.unattestedFinality = 35 hours;
        deploy(terms);
        terms.timers.unattestedFinality = 35 hours + 1;
        refuseTerms(terms, err(Errors.Terms_FinalityOutlivesRequests.selector));
    }

    // ------------------------------------------------------------------ roles

    function test_roles_operatorMustHoldAKey() public {
        Terms memory terms = termsFor(token);
        terms.operator = address(0xffff);
        refuseTerms(
            terms, abi.encodeWithSelector(Errors.Terms_ReservedAddress.selector, "operator", address(uint160(0xffff)))
        );
        terms.operator = address(0x10000);
        deploy(terms);
    }

    function test_roles_thresholds() public {
        _thresholds("signers", 0, 3);
        _thresholds("auditors", 1, 2);
        _thresholds("watchers", 2, 3);
        _thresholds("guardians", 3, 3);
        Terms memory terms = termsFor(token);
        terms.watchers = new address[](0);
        terms.watcherThreshold = 1;
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_ThresholdOutOfRange.selector, "watchers", 1, 0));
        terms = termsFor(token);
        terms.guardians = new address[](0);
        terms.guardianThreshold = 1;
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_ThresholdOutOfRange.selector, "guardians", 1, 0));
        terms.guardianThreshold = 0;
        deploy(terms);
    }

    function _thresholds(string memory role, uint256 which, uint8 members) private {
        deploy(_withThreshold(which, members));
        refuseTerms(
            _withThreshold(which, 0),
            abi.encodeWithSelector(Errors.Terms_ThresholdOutOfRange.selector, role, 0, uint256(members))
        );
        refuseTerms(
            _withThreshold(which, members + 1),
            abi.encodeWithSelector(
                Errors.Terms_ThresholdOutOfRange.selector, role, uint256(members) + 1, uint256(members)
            )
        );
    }

    function _withThreshold(uint256 which, uint8 value) private view returns (Terms memory terms) {
        terms = termsFor(token);
        if (which == 0) terms.signerThreshold = value;
        if (which == 1) terms.auditorThreshold = value;
        if (which == 2) terms.watcherThreshold = value;
        if (which == 3) terms.guardianThreshold = value;
    }

    function test_roles_membersAscendStrictly() public {
        Terms memory terms = termsFor(token);
        (terms.signers[0], terms.signers[1]) = (terms.signers[1], terms.signers[0]);
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_MembersNotAscending.selector, "signers"));
        terms = termsFor(token);
        terms.auditors[1] = terms.auditors[0];
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_MembersNotAscending.selector, "auditors"));
        terms = termsFor(token);
        terms.watchers[0] = address(9);
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_ReservedAddress.selector, "watchers", address(9)));
        terms = termsFor(token);
        terms.guardians[2] = terms.guardians[1];
        refuseTerms(terms, abi.encodeWithSelector(Errors.Terms_MembersNotAscending.selector, "guardians"));
    }

    // ------------------------------------------------------------------ assets and floor

    function test_assets_oneToSixteen() public {
        Terms memory terms = termsFor(token);
        terms.assets = new address[](0);
        refuseTerms(terms, err(Errors.Terms_AssetCountOutOfRange.selector, 0));
        terms.assets = _tokens(16);
        deploy(terms);
        terms.assets = _tokens(17);
        refuseTerms(terms, err(Errors.Terms_AssetCountOutOfRange.selector, 17));
    }

    function test_assets_ascendAndHaveCode() public {
        Terms memory terms = termsFor(token);
        terms.assets[0] = token;
        refuseTerms(terms, err(Errors.Terms_AssetsNotAscending.selector));
        terms.assets[0] = ETH;
        terms.assets[1] = alice;
        refuseTerms(terms, err(Errors.Terms_AssetWithoutCode.selector, alice));
    }

    function test_assets_tokenOnlyVaultTakesNoEth() public {
        Terms memory terms = termsFor(token);
        terms.assets = _tokens(1);
        vault = deploy(terms);
        bytes memory plain = abi.encodeWithSignature("depositForSelf()");
        refuseWith(alice, 1 ether, plain, err(Errors.Books_AssetNotListed.selector, ETH));
        refuseWith(alice, 1, depositCall(ETH, alice, 1), err(Errors.Books_AssetNotListed.selector, ETH));
    }

    function test_floor_oneToTenThousand() public {
        Terms memory terms = termsFor(token);
        terms.coverageFloorBps = 1;
        deploy(terms);
        terms.coverageFloorBps = 0;
        refuseTerms(terms, err(Errors.Terms_CoverageFloorOutOfRange.selector, 0));
        terms.coverageFloorBps = 10_001;
        refuseTerms(terms, err(Errors.Terms_CoverageFloorOutOfRange.selector, 10_001));
    }

    // ------------------------------------------------------------------ helpers

    function _tokens(uint160 count) private returns (address[] memory list) {
        list = new address[](count);
        for (uint160 i = 0; i < count; ++i) {
            list[i] = address(0x20000 + i);
            vm.etch(list[i], token.code);
        }
    }
}
