// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Books} from "./modules/Books.sol";
import {Pushes} from "./modules/Pushes.sol";
import {TermsStore} from "./modules/TermsStore.sol";
import {Terms} from "./types/Types.sol";

/// @title Vault
/// @notice Holds a custodial service's reserve while it lives and returns it to its users when it stops. No owner, no upgrade, no pause.
/// @dev One idea a module, from the bottom up: TermsStore, Signatures, LivenessClock, Books, Commitments, LeafCells, ExitRequests,
/// ReleaseGate, Recoveries, Claims, Pushes.
contract Vault is Pushes {
    constructor(Terms memory terms) TermsStore(terms) Books(terms) {
        emit VaultCreated(TERMS_HASH, gasTank(), terms);
    }

    /// @notice ETH that comes without a call is reserve: funding while the service lives, late money after.
    receive() external payable {
        _requireEthListed();
    }
}
