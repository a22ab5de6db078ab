// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {World} from "./World.sol";

/// @notice What the registry must hold by the bookkeeper's own books: the deposits of open requests and challenges, and what was given
/// back and not fetched yet.
abstract contract DepositBooks is World {
    /// What an account's open request asks for; zero: none is open.
    mapping(address asset => uint256[USERS]) internal asked;
    uint256 internal openRequests;
    uint256 internal openChallenges;
    mapping(address account => uint256) internal givenBack;

    function bookRequest(address asset, uint256 user, uint128 amount) internal {
        asked[asset][user] = uint256(vault.paidOut(asset, users[user])) + amount;
        ++openRequests;
    }

    /// @notice A payout closes the request that it has reached.
    function bookPaid(address asset, uint256 user) internal {
        if (asked[asset][user] != 0 && vault.paidOut(asset, users[user]) >= asked[asset][user]) {
            bookClosed(asset, user);
        }
    }

    function bookClosed(address asset, uint256 user) internal {
        asked[asset][user] = 0;
        --openRequests;
        givenBack[users[user]] += EXIT_DEPOSIT;
    }

    function depositor(uint256 i) internal view returns (address) {
        return i < USERS ? users[i] : i == USERS ? challenger : archivist;
    }

    function checkDeposits() internal view {
        uint256 sum = openRequests * EXIT_DEPOSIT + openChallenges * CHALLENGE_BOND;
        for (uint256 i = 0; i < DEPOSITORS; ++i) {
            address account = depositor(i);
            assertEq(vault.depositOf(account), givenBack[account], "a deposit is not what was given back");
            sum += givenBack[account];
        }
        assertEq(registry().balance, sum, "the registry does not hold its deposits");
        for (uint256 a = 0; a < 2; ++a) {
            for (uint256 i = 0; i < USERS; ++i) {
                assertEq(vault.exitRequest(assets[a], users[i]).target, asked[assets[a]][i], "another request is open");
            }
        }
    }
}
