// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Profile, Terms, Timers} from "../types/Types.sol";
import {Errors} from "./Errors.sol";
import {SignerKinds} from "./SignerKinds.sol";

/// @title TermsChecks
/// @notice Refuses terms that could never be met. Runs in the constructor only.
library TermsChecks {
    uint256 internal constant KEPT_COMMITMENTS = 8;
    uint256 private constant MAX_ASSETS = 16;
    uint160 internal constant LAST_RESERVED_ADDRESS = 0xffff;

    /// @return The same terms.
    function checked(Terms memory terms) internal view returns (Terms memory) {
        _timers(terms.timers, terms.profile == Profile.Testnet);
        bytes32[] memory loners = _loners(terms);
        bytes32[] memory auditors = _ids(terms.auditors);
        bytes32[] memory watchers = _ids(terms.watchers);
        bytes32[] memory guardians = _ids(terms.guardians);
        signers(terms.signers, terms.signerThreshold, terms.coldThreshold);
        _members("auditors", auditors, terms.auditorThreshold, 1);
        _members("watchers", watchers, terms.watcherThreshold, watchers.length == 0 ? 0 : 1);
        _members("guardians", guardians, terms.guardianThreshold, guardians.length == 0 ? 0 : 1);
        requireApart(loners, terms.signers, auditors);
        requireApart(loners, watchers, guardians);
        requireApart(terms.signers, watchers, guardians);
        _requireApart(auditors, watchers);
        _requireApart(auditors, guardians);
        _assets(terms.assets);
        if (terms.coverageFloorBps == 0 || terms.coverageFloorBps > 10_000) {
            revert Errors.Terms_CoverageFloorOutOfRange(terms.coverageFloorBps);
        }
        if (terms.hotCapBps > terms.warmCapBps || terms.warmCapBps > 10_000) {
            revert Errors.Terms_CapsOutOfRange(terms.hotCapBps, terms.warmCapBps);
        }
        if (terms.sla.capBps > 10_000 || terms.sla.minBondBps > 10_000) {
            revert Errors.Terms_SlaOutOfRange(terms.sla.capBps, terms.sla.minBondBps);
        }
        return terms;
    }

    /// @return members Whoever has a role alone: the operator, his second key and the arbitrator, as far as there are such.
    function _loners(Terms memory terms) private pure returns (bytes32[] memory members) {
        address[3] memory named = [terms.operator, terms.backupOperator, terms.arbitrator];
        string[3] memory roles = ["operator", "backupOperator", "arbitrator"];
        members = new bytes32[](3);
        uint256 count = 0;
        for (uint256 i = 0; i < 3; ++i) {
            if (i > 0 && named[i] == address(0)) continue;
            bytes32 id = _requireUsable(roles[i], bytes32(uint256(uint160(named[i]))));
            _requireApart(id, members, 0);
            members[count++] = id;
        }
        assembly ("memory-safe") {
            mstore(members, count)
        }
    }

    /// @notice Refuses signers that could not sign or of whom too many are contracts, which can change their minds.
    function signers(bytes32[] memory ids, uint256 threshold, uint256 coldThreshold) internal pure {
        _members("signers", ids, threshold, 1);
        if (coldThreshold < threshold || coldThreshold > ids.length) {
            revert Errors.Terms_ThresholdOutOfRange("signers", coldThreshold, ids.length);
        }
        uint256 contracts = 0;
        for (uint256 i = 0; i < ids.length; ++i) {
            if (SignerKinds.kindOf(ids[i]) == SignerKinds.ERC1271) ++contracts;
        }
        if (2 * contracts >= ids.length && contracts != 0) {
            revert Errors.Terms_TooManyContractSigners(contracts, ids.length);
        }
    }

    /// @notice Refuses a member of the first role who is in one of the others too: no key has two roles.
    function requireApart(bytes32[] memory role, bytes32[] memory second, bytes32[] memory third) internal pure {
        _requireApart(role, second);
        _requireApart(role, third);
        _requireApart(second, third);
    }

    function _timers(Timers memory timers, bool testnet) private pure {
        _bound("grace", timers.grace, testnet ? 60 : 6 hours, 7 days);
        _bound("serveDeadline", timers.serveDeadline, testnet ? 60 : 1 days, 14 days);
        _bound("challengeWindow", timers.challengeWindow, testnet ? 60 : 12 hours, 7 days);
        _bound("returnDelay", timers.returnDelay, testnet ? 60 : 24 hours, 14 days);
        _bound("rootMaxAge", timers.rootMaxAge, testnet ? 60 : 12 hours, 7 days);
        _bound("attestedFinality", timers.attestedFinality, testnet ? 10 : 10 minutes, 7 days);
        _bound("unattestedFinality", timers.unattestedFinality, testnet ? 30 : 12 hours, 7 days);
        _bound("headStart", timers.headStart, 0, 30 days);
        _bound("windDownNotice", timers.windDownNotice, testnet ? 60 : 7 days, 365 days);
        uint256 longest = timers.grace > timers.rootMaxAge ? timers.grace : timers.rootMaxAge;
        _bound("silenceCap", timers.silenceCap, longest, 30 days);
        _bound("releaseWindow", timers.releaseWindow, testnet ? 60 : 1 hours, 30 days);
        _bound("coldDelay", timers.coldDelay, testnet ? 60 : 12 hours, 14 days);
        // A freeze ends before a request that it keeps from being served is due.
        _bound("freezeMax", timers.freezeMax, testnet ? 30 : 1 hours, _least(72 hours, timers.serveDeadline / 2));
        _bound("rotationNotice", timers.rotationNotice, testnet ? 60 : 3 days, 30 days);
        _bound("answerWindow", timers.answerWindow, testnet ? 60 : 6 hours, 3 days);
        uint256 detection = uint256(timers.grace) + timers.serveDeadline + timers.challengeWindow;
        _bound("unbonding", timers.unbonding, detection + timers.returnDelay, 365 days);
        if (timers.attestedFinality > timers.unattestedFinality) revert Errors.Terms_AttestedFinalityAboveUnattested();
        // A service that posts as seldom as it may always has a final root in its history, without any watcher.
        if (timers.unattestedFinality > timers.rootMaxAge) revert Errors.Terms_FinalityOutlivesHistory();
        // A ledger posted after a request must be final before the request is due, at a rhythm that the kept history allows.
        if (KEPT_COMMITMENTS * timers.unattestedFinality > (KEPT_COMMITMENTS - 1) * timers.serveDeadline) {
            revert Errors.Terms_FinalityOutlivesRequests();
        }
    }

    function _bound(string memory timer, uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert Errors.Terms_TimerOutOfBounds(timer, value, min, max);
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _members(string memory role, bytes32[] memory ids, uint256 threshold, uint256 least) private pure {
        if (threshold < least || threshold > ids.length) {
            revert Errors.Terms_ThresholdOutOfRange(role, threshold, ids.length);
        }
        for (uint256 i = 0; i < ids.length; ++i) {
            _requireUsable(role, ids[i]);
            if (i > 0 && ids[i] <= ids[i - 1]) revert Errors.Terms_MembersNotAscending(role);
        }
    }

    /// @dev Of a known kind, and no reserved address. Only signers can be of other kinds than an address.
    function _requireUsable(string memory role, bytes32 id) private pure returns (bytes32) {
        uint256 kind = SignerKinds.kindOf(id);
        uint256 rest = uint256(id) & type(uint248).max;
        if (kind > SignerKinds.ERC7913) revert Errors.Terms_UnknownSignerKind(id);
        if (kind != SignerKinds.ERC7913 && (rest <= LAST_RESERVED_ADDRESS || rest > type(uint160).max)) {
            // What is cut off has made it no address.
            // forge-lint: disable-next-line(unsafe-typecast)
            revert Errors.Terms_ReservedAddress(role, address(uint160(rest)));
        }
        return id;
    }

    function _requireApart(bytes32[] memory left, bytes32[] memory right) private pure {
        for (uint256 i = 0; i < left.length; ++i) {
            _requireApart(left[i], right, 0);
        }
    }

    /// @dev By what is behind the kind: a contract and a key of the same address are one party.
    function _requireApart(bytes32 id, bytes32[] memory others, uint256 from) private pure {
        for (uint256 i = from; i < others.length; ++i) {
            if (uint256(id ^ others[i]) & type(uint248).max == 0) revert Errors.Terms_RolesOverlap(id);
        }
    }

    function _ids(address[] memory members) private pure returns (bytes32[] memory ids) {
        ids = new bytes32[](members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            ids[i] = bytes32(uint256(uint160(members[i])));
        }
    }

    function _assets(address[] memory assets) private view {
        if (assets.length == 0 || assets.length > MAX_ASSETS) revert Errors.Terms_AssetCountOutOfRange(assets.length);
        for (uint256 i = 0; i < assets.length; ++i) {
            if (i > 0 && assets[i] <= assets[i - 1]) revert Errors.Terms_AssetsNotAscending();
            if (assets[i] != address(0) && assets[i].code.length == 0) {
                revert Errors.Terms_AssetWithoutCode(assets[i]);
            }
        }
    }
}
