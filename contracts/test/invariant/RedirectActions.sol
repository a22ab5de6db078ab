// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Phase} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {World} from "./World.sol";

/// @notice Users who say ahead where their shares are to go, and some who think better of it.
abstract contract RedirectActions is World {
    using SumTree for SumTree.Tree;

    function redirect(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        vm.assume(isBefore(Phase.Latched) && vault.finalEpoch(asset) != 0);
        SumTree.Tree memory tree = finalTree(asset);
        bool away = !redirected[asset][user];
        address to = away ? third(user) : address(0);
        bytes memory data =
            abi.encodeCall(IRegistry.setRedirect, (asset, uint32(user), tree.leaves[user], tree.proof(user), to));
        perform(users[user], data);
        redirected[asset][user] = away;
        hit(away ? "setRedirect" : "redirect taken back");
    }

    function checkRedirects() internal view {
        for (uint256 a = 0; a < 2; ++a) {
            for (uint256 i = 0; i < USERS; ++i) {
                address to = redirected[assets[a]][i] ? third(i) : address(0);
                assertEq(vault.redirectOf(assets[a], users[i]), to, "a redirect is not what its account said");
            }
        }
    }
}
