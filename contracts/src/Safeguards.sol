// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Rotations} from "./safeguards/Rotations.sol";
import {TermsStore} from "./shared/TermsStore.sol";
import {Terms} from "./types/Types.sol";

/// @title Safeguards
/// @notice What roles may announce, slow down or exchange while a vault lives. Holds no money and cannot move any; what it may do to its
/// vault is in `IVaultHooks`. Created by the vault.
/// @dev From the bottom up: VaultReader, Announcements, Windows, Brakes, Rotations.
contract Safeguards is Rotations {
    constructor(Terms memory terms) TermsStore(terms, msg.sender) {}
}
