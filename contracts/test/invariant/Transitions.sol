// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Phase, Timeline} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice Money rule 6, watched at every action: which phase may follow which, and that nothing begins in the past.
abstract contract Transitions is VaultTest {
    uint256 internal constant CHALLENGE_WINDOW = 48 hours;
    uint256 internal constant RETURN_DELAY = 72 hours;
    uint256 internal constant HEAD_START = 3 days;

    Phase internal lastPhase;
    /// When the vault was last seen under suspicion.
    uint256 internal lastSuspected;
    uint256 private _lastSeen;
    uint40 private _lastCured;
    uint40 private _suspectedAt;
    bytes32 private _latched;

    function violate(string memory what) internal virtual;

    modifier watched() {
        _watch();
        _;
        _watch();
    }

    function _watch() private {
        Phase phase = vault.phase();
        Timeline memory line = vault.timeline();
        if (lastPhase >= Phase.Latched && phase < lastPhase) violate("rule 6: the phase went back after the latch");
        if (phase >= Phase.Latched) _watchLatched(line);
        else _watchUnlatched(phase, line);
        (lastPhase, _lastSeen) = (phase, now_());
    }

    function _watchUnlatched(Phase phase, Timeline memory line) private {
        uint40 curedAt = vault.conduct().curedAt;
        bool cured = curedAt != _lastCured || curedAt == now_();
        if (lastPhase == Phase.Suspected && !cured) {
            if (phase == Phase.Live) violate("rule 6: a suspicion ended without a cure");
            if (line.suspectedAt != _suspectedAt) violate("rule 6: a suspicion that lasts has another beginning");
        }
        if (lastPhase == Phase.Live && phase == Phase.Suspected && line.suspectedAt < _lastSeen) {
            violate("rule 6: a suspicion began in the past");
        }
        if (phase == Phase.Live && vault.liveness().overdueCount != 0) violate("rule 6: live with an overdue request");
        if (phase == Phase.Suspected) lastSuspected = now_();
        (_lastCured, _suspectedAt) = (curedAt, line.suspectedAt);
    }

    function _watchLatched(Timeline memory line) private {
        // Which ledger is the newest final one is settled by the latch, too.
        bytes32 latched = keccak256(
            abi.encode(
                line, vault.finalEpoch(ETH), vault.finalEpoch(token), vault.newestEpoch(ETH), vault.newestEpoch(token)
            )
        );
        if (_latched == 0) {
            _latched = latched;
            if (lastPhase < Phase.Latched && line.latchedAt < _lastSeen) violate("rule 6: latched in the past");
            bool whole = line.latchedAt == line.suspectedAt + CHALLENGE_WINDOW;
            bool flickered = vault.excuses().flickerUntil > line.suspectedAt;
            if (!whole && !flickered && line.latchedAt != vault.liveness().windDownAt) {
                violate("rule 6: latched by a way that there is not");
            }
            if (line.returnAt != line.latchedAt + RETURN_DELAY || line.pushAt != line.returnAt + HEAD_START) {
                violate("rule 6: another return than the terms'");
            }
        }
        if (_latched != latched) violate("rule 6: a time or a ledger moved after the latch");
    }
}
