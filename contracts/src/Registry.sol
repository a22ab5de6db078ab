// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Commitments} from "./registry/Commitments.sol";
import {ExitRequests} from "./registry/ExitRequests.sol";
import {Packing} from "./registry/Packing.sol";
import {TermsStore} from "./shared/TermsStore.sol";
import {Terms} from "./types/Types.sol";

/// @title Registry
/// @notice A vault's records: ledgers, challenges, requests. Holds the deposits of challenges and requests and none of the
/// vault's money; what it may do to its vault is in `IVaultHooks`. Created by the vault, and called through it.
/// @dev From the bottom up: VaultReader, Deposits, Commitments, Challenges, ExitRequests, Redirects, Packing.
contract Registry is Packing {
    constructor(Terms memory terms, address bond, address disputes)
        TermsStore(terms, msg.sender)
        Commitments(terms, bond)
        ExitRequests(disputes)
    {}

    /// @notice What is not known here is a view: the vault's fourth contract answers it.
    fallback() external {
        address views = VIEWS;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let ok := staticcall(gas(), views, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            switch ok
            case 0 { revert(free, returndatasize()) }
            default { return(free, returndatasize()) }
        }
    }
}
