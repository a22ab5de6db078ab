// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TermsChecks} from "./libraries/TermsChecks.sol";
import {VaultSlots} from "./libraries/VaultSlots.sol";
import {Books} from "./modules/Books.sol";
import {Equity} from "./modules/Equity.sol";
import {Satellites} from "./modules/Satellites.sol";
import {TermsStore} from "./shared/TermsStore.sol";
import {Blueprints, Terms} from "./types/Types.sol";

/// @title Vault
/// @notice Holds a custodial service's reserve while it lives and returns it to its users when it stops. No owner, no upgrade, no pause.
/// @dev One idea a module, from the bottom up: Nonces, Signers, LivenessClock, Books, Satellites, LeafCells, ReleaseGate, Recoveries,
/// Reversals, Claims, Pushes, Equity. What moves no money is in the registry and the safeguards.
contract Vault is Equity {
    constructor(Terms memory terms, Blueprints memory blueprints)
        TermsStore(TermsChecks.checked(terms), address(this))
        Books(terms)
        Satellites(terms, blueprints)
    {
        _requireSlots();
        emit VaultCreated(TERMS_HASH, address(TANK), address(REGISTRY), address(SAFEGUARDS), terms);
    }

    /// @notice ETH that comes without a call is reserve: funding while the service lives, late money after.
    receive() external payable {
        _requireEthListed();
    }

    /// @notice Everything that the vault does not know itself is the registry's, which learns who called (ERC-2771).
    fallback() external payable {
        address registry = address(REGISTRY);
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            mstore(add(free, calldatasize()), shl(96, caller()))
            let ok := call(gas(), registry, callvalue(), free, add(calldatasize(), 20), 0, 0)
            returndatacopy(free, 0, returndatasize())
            switch ok
            case 0 { revert(free, returndatasize()) }
            default { return(free, returndatasize()) }
        }
    }

    /// @dev The registry reads the vault's state where `VaultSlots` says. In the constructor only.
    function _requireSlots() private pure {
        uint256[15] memory slots;
        assembly ("memory-safe") {
            mstore(slots, _nonces.slot)
            mstore(add(slots, 0x20), _rotated.slot)
            mstore(add(slots, 0x40), _liveness.slot)
            mstore(add(slots, 0x60), _storedExcuses.slot)
            mstore(add(slots, 0x80), _conduct.slot)
            mstore(add(slots, 0xa0), _frozenUntil.slot)
            mstore(add(slots, 0xc0), _assets.slot)
            mstore(add(slots, 0xe0), _segregated.slot)
            mstore(add(slots, 0x100), _queue.slot)
            mstore(add(slots, 0x120), _paidOut.slot)
            mstore(add(slots, 0x140), _cells.slot)
            mstore(add(slots, 0x160), _recoveries.slot)
            mstore(add(slots, 0x180), _anchors.slot)
            mstore(add(slots, 0x1a0), _counted.slot)
            mstore(add(slots, 0x1c0), _redirects.slot)
        }
        assert(slots[0] == VaultSlots.NONCES);
        assert(slots[1] == VaultSlots.SIGNERS);
        assert(slots[2] == VaultSlots.LIVENESS);
        assert(slots[3] == VaultSlots.EXCUSES);
        assert(slots[4] == VaultSlots.CONDUCT);
        assert(slots[5] == VaultSlots.FROZEN_UNTIL);
        assert(slots[6] == VaultSlots.ASSETS);
        assert(slots[7] == VaultSlots.SEGREGATED);
        assert(slots[8] == VaultSlots.QUEUE);
        assert(slots[9] == VaultSlots.PAID_OUT);
        assert(slots[10] == VaultSlots.CELLS);
        assert(slots[11] == VaultSlots.RECOVERIES);
        assert(slots[12] == VaultSlots.ANCHORS);
        assert(slots[13] == VaultSlots.COUNTED);
        assert(slots[14] == VaultSlots.REDIRECTS);
    }
}
