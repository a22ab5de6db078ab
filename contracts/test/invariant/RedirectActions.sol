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
        address asset = assets[seed % 2];
        vm.assume(isBefore(Phase.Latched) && vault.finalEpoch(asset) != 0);
        SumTree.Tree memory tree = finalTree(asset);
        for (uint256 i = 0; i < USERS; ++i) {
            if (seed >> (8 + 2 * i) & 3 == 0) _toggle(asset, i, tree);
        }
    }

    function _toggle(address asset, uint256 user, SumTree.Tree memory tree) private {
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
