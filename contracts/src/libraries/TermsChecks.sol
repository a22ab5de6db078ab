// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Profile, Terms, Timers} from "../types/Types.sol";
import {Errors} from "./Errors.sol";

/// @title TermsChecks
/// @notice Refuses terms that could never be met. Runs in the constructor only.
library TermsChecks {
    uint256 internal constant KEPT_COMMITMENTS = 8;
    uint256 private constant MAX_ASSETS = 16;
    uint160 internal constant LAST_RESERVED_ADDRESS = 0xffff;

    /// @return The same terms.
    function checked(Terms memory terms) internal view returns (Terms memory) {
        _timers(terms.timers, terms.profile == Profile.Testnet);
        if (uint160(terms.operator) <= LAST_RESERVED_ADDRESS) {
            revert Errors.Terms_ReservedAddress("operator", terms.operator);
        }
        _members("signers", terms.signers, terms.signerThreshold, 1);
        _members("auditors", terms.auditors, terms.auditorThreshold, 1);
        _members("watchers", terms.watchers, terms.watcherThreshold, terms.watchers.length == 0 ? 0 : 1);
        _assets(terms.assets);
        if (terms.coverageFloorBps == 0 || terms.coverageFloorBps > 10_000) {
            revert Errors.Terms_CoverageFloorOutOfRange(terms.coverageFloorBps);
        }
        return terms;
    }

    function _timers(Timers memory timers, bool testnet) private pure {
        _bound("grace", timers.grace, testnet ? 60 : 6 hours, 7 days);
        _bound("serveDeadline", timers.serveDeadline, testnet ? 60 : 1 days, 14 days);
        _bound("challengeWindow", timers.challengeWindow, testnet ? 60 : 12 hours, 7 days);
        _bound("returnDelay", timers.returnDelay, testnet ? 60 : 24 hours, 14 days);
        _bound("rootMaxAge", timers.rootMaxAge, testnet ? 60 : 6 hours, 7 days);
        _bound("attestedFinality", timers.attestedFinality, testnet ? 10 : 10 minutes, 7 days);
        _bound("unattestedFinality", timers.unattestedFinality, testnet ? 30 : 12 hours, 7 days);
        _bound("headStart", timers.headStart, 0, 30 days);
        _bound("windDownNotice", timers.windDownNotice, testnet ? 60 : 7 days, 365 days);
        if (timers.attestedFinality > timers.unattestedFinality) revert Errors.Terms_AttestedFinalityAboveUnattested();
        if (timers.unattestedFinality > (KEPT_COMMITMENTS - 1) * timers.rootMaxAge) {
            revert Errors.Terms_FinalityOutlivesHistory();
        }
        // A ledger posted after a request must be final before the request is due, at a rhythm that the kept history allows.
        if (KEPT_COMMITMENTS * timers.unattestedFinality > (KEPT_COMMITMENTS - 1) * timers.serveDeadline) {
            revert Errors.Terms_FinalityOutlivesRequests();
        }
    }

    function _bound(string memory timer, uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert Errors.Terms_TimerOutOfBounds(timer, value, min, max);
    }

    function _members(string memory role, address[] memory members, uint256 threshold, uint256 least) private pure {
        if (threshold < least || threshold > members.length) {
            revert Errors.Terms_ThresholdOutOfRange(role, threshold, members.length);
        }
        address previous = address(LAST_RESERVED_ADDRESS);
        for (uint256 i = 0; i < members.length; ++i) {
            if (uint160(members[i]) <= LAST_RESERVED_ADDRESS) revert Errors.Terms_ReservedAddress(role, members[i]);
            if (members[i] <= previous) revert Errors.Terms_MembersNotAscending(role);
            previous = members[i];
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
