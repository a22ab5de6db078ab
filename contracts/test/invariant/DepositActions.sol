// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Phase} from "lifeboat/types/Types.sol";

import {DepositBooks} from "./DepositBooks.sol";

/// @notice Deposits of requests and challenges on their way home, a user's own first deposit, and the books brought up to date by anybody.
abstract contract DepositActions is DepositBooks {
    /// @notice Whoever was given something back fetches it, in any phase, to an address of his own.
    function fetchDeposit(uint256 seed) external watched {
        for (uint256 i = 0; i < DEPOSITORS; ++i) {
            if (_fetch((seed % DEPOSITORS + i) % DEPOSITORS)) return hit("withdrawDeposit");
        }
        vm.assume(false);
    }

    function _fetch(uint256 i) internal returns (bool) {
        address account = depositor(i);
        uint256 amount = givenBack[account];
        if (amount == 0) return false;
        uint256 before = purse(i).balance;
        perform(account, abi.encodeCall(IRegistry.withdrawDeposit, (purse(i))));
        if (purse(i).balance - before != amount) violate("fetched something else than was given back");
        givenBack[account] = 0;
        return true;
    }

    /// @notice The latch has made a request pointless: a stranger closes it.
    function closeRequest(uint256 seed) external watched {
        vm.assume(!isBefore(Phase.Latched));
        for (uint256 i = 0; i < 2 * USERS; ++i) {
            (address asset, uint256 user) = (assets[(seed % 2 + i) % 2], (seed / 2 + i / 2) % USERS);
            if (_closeRequest(asset, user)) return hit("closeExit");
        }
        vm.assume(false);
    }

    function _closeRequest(address asset, uint256 user) internal returns (bool) {
        if (asked[asset][user] == 0) return false;
        perform(stranger, abi.encodeCall(IRegistry.closeExit, (asset, users[user])));
        bookClosed(asset, user);
        return true;
    }

    /// @notice Back to the registry's beginning: nobody leaves a deposit behind.
    function _drainDeposits() internal {
        for (uint256 a = 0; a < 2; ++a) {
            for (uint256 i = 0; i < USERS; ++i) {
                _closeRequest(assets[a], i);
            }
        }
        for (uint256 i = 0; i < DEPOSITORS; ++i) {
            _fetch(i);
        }
        assertEq(registry().balance, 0, "a deposit is left behind");
    }

    function depositForSelf(uint256 seed, uint96 amount) external watched {
        uint256 user = seed % USERS;
        vm.assume(amount > 0);
        performWith(users[user], amount, abi.encodeCall(IVaultCore.depositForSelf, ()));
        deposited[ETH][user] += amount;
        moneyIn[ETH] += amount;
        hit("depositForSelf");
    }

    function syncBooks(uint256 seed) external watched {
        vm.assume(isBefore(Phase.Latched));
        perform(stranger, abi.encodeCall(IRegistry.sync, (assets[seed % 2])));
        hit("sync");
    }
}
