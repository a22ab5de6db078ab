// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Commitments} from "./registry/Commitments.sol";
import {Views} from "./registry/Views.sol";
import {TermsStore} from "./shared/TermsStore.sol";
import {Terms} from "./types/Types.sol";

/// @title Registry
/// @notice A vault's records: ledgers, requests, and every view. Holds no money and cannot move any; what it may do to its vault is
/// in `IVaultHooks`. Created by the vault, and called through it.
/// @dev From the bottom up: VaultReader, Commitments, ExitRequests, Views.
contract Registry is Views {
    constructor(Terms memory terms, address tank) TermsStore(terms, msg.sender) Commitments(terms) Views(tank) {}
}
