// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";

import {World} from "./World.sol";

/// @notice A user who takes a signed order back, and whoever fills the tank for pushers. An action whose conditions do not hold is discarded.
abstract contract AccountActions is World {
    /// @notice Signed and taken back: from then on the order is worth nothing, to nobody.
    function takeOrderBack(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % KEYED);
        uint128 available = vault.segregatedOf(asset, users[user]);
        vm.assume(available > 0);
        uint256 nonce = newNonce();
        bytes memory data = spendCall(keys[user], asset, users[user], hotWallet, available, nonce, soon());
        perform(users[user], abi.encodeCall(IVaultCore.cancelNonce, (nonce)));
        vm.prank(stranger);
        (bool ok,) = address(vault).call(data);
        if (ok) violate("an order was spent that had been taken back");
        accepted.push(data);
        hit("cancelNonce");
    }

    function fillTank(uint256 seed) external watched {
        uint256 amount = 1 + seed % 1e15;
        (bool ok,) = vault.gasTank().call{value: amount}("");
        require(ok, "tank refused");
        fuelled += amount;
        hit("fill the tank");
    }

    /// @notice What the tank was given is there, or with those who pushed; it is in none of the vault's books.
    function checkTank() internal view {
        assertEq(vault.gasTank().balance + stranger.balance, fuelled, "the tank paid somebody else");
    }
}
