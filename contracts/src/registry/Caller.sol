// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "../libraries/Errors.sol";
import {TermsStore} from "../shared/TermsStore.sol";

/// @title Caller
/// @notice Who calls: the vault passes calls on with their sender's address behind them (ERC-2771).
abstract contract Caller is TermsStore {
    modifier onlyVault() {
        if (_caller() != VAULT) revert Errors.Registry_OnlyVault();
        _;
    }

    function _caller() internal view returns (address account) {
        if (msg.sender != VAULT) return msg.sender;
        assembly ("memory-safe") {
            account := shr(96, calldataload(sub(calldatasize(), 20)))
        }
    }
}
