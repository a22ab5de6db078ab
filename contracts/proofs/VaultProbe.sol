// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Equity} from "lifeboat/modules/Equity.sol";
import {Books} from "lifeboat/modules/Books.sol";
import {Satellites} from "lifeboat/modules/Satellites.sol";
import {TermsStore} from "lifeboat/shared/TermsStore.sol";
import {Blueprints, Leaf, Phase, Round, Terms} from "lifeboat/types/Types.sol";

/// @notice All of the vault's modules, with the state in the prover's hands.
contract VaultProbe is Equity {
    constructor(Terms memory terms, Blueprints memory blueprints)
        TermsStore(terms, address(this))
        Books(terms)
        Satellites(terms, blueprints)
    {}

    function satellites() external view returns (address registry, address safeguards) {
        return (address(REGISTRY), address(SAFEGUARDS));
    }

    function latchAt() external view returns (uint256 at_) {
        (, at_) = _clock(_liveness);
    }

    function phase() external view returns (Phase) {
        return _phase();
    }

    function requireLive() external view {
        _requireLive();
    }

    /// @notice The slots that the phase follows from.
    function clockSlots() external view returns (bytes32 liveness, bytes32 excuses, bytes32 moreExcuses) {
        assembly ("memory-safe") {
            liveness := sload(_liveness.slot)
            excuses := sload(_storedExcuses.slot)
            moreExcuses := sload(add(_storedExcuses.slot, 1))
        }
    }

    function setClock(bytes32 liveness, bytes32 excuses, bytes32 moreExcuses) external {
        assembly ("memory-safe") {
            sstore(_liveness.slot, liveness)
            sstore(_storedExcuses.slot, excuses)
            sstore(add(_storedExcuses.slot, 1), moreExcuses)
        }
    }

    function setAnchor(address asset, uint256 round, uint256 level, uint256 position, bytes32 held) external {
        _anchors[asset][_placeOf(round, level, position)] = held;
    }

    function setCell(address asset, uint256 round, uint256 number, uint256 packed) external {
        _cell(asset, round, number).packed = packed;
    }

    function setAccount(address asset, address account, uint256 paidOut, address redirect) external {
        _paidOut[asset][account] = paidOut;
        _redirects[asset][account] = redirect;
    }

    function shareOf(uint256 net, Round calldata round) external pure returns (uint256) {
        return _shareOf(net, round);
    }
}
