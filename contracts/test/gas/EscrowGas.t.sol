// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {EscrowOrder} from "lifeboat/interfaces/IEscrow.sol";

import {EscrowTest} from "../base/EscrowTest.sol";

/// @notice What an escrowed order costs its parties. Settling one pays for its purse; opening one does not.
/// forge-config: default.isolate = true
contract EscrowGasTest is EscrowTest {
    uint256 private constant OPEN_BUDGET = 133_000;
    uint256 private constant SETTLE_BUDGET = 190_000;

    function test_gas_escrow_ETH() public {
        _measure(ETH, "ETH");
    }

    function test_gas_escrow_ERC20() public {
        _measure(token, "ERC-20");
    }

    function _measure(address asset, string memory name) private {
        give(asset, alice, 1);
        give(asset, bob, 1);
        // The payer's balance in the vault is not emptied, as a user's in use is not.
        deposited(asset, alice, 1);
        EscrowOrder memory order = opened(asset, 1e6);
        assertLe(_record("open ", name), OPEN_BUDGET, "budget");
        on(stranger, releaseCall(order, toRelease(aliceKey, order)));
        assertLe(_record("release ", name), SETTLE_BUDGET, "budget");
        order = opened(asset, 1e6);
        on(stranger, arbitrateCall(order, true, toRelease(bobKey, order), toRelease(judyKey, order)));
        _record("arbitrate ", name);
        order = opened(asset, 1e6);
        toLatched();
        on(stranger, refundCall(order));
        assertLe(_record("refund at the latch ", name), SETTLE_BUDGET, "budget");
    }

    function _record(string memory what, string memory name) private returns (uint256 gasUsed) {
        gasUsed = vm.snapshotGasLastCall("escrow", string.concat(what, name));
        assertGt(gasUsed, 21_000, "not isolated: the intrinsic cost is missing");
    }

    function test_size_escrow() public {
        EscrowOrder memory order = opened(ETH, 1);
        on(alice, releaseCall(order, ""));
        vm.snapshotValue("sizes", "Escrow, runtime code", address(escrow).code.length);
        vm.snapshotValue("sizes", "Purse, runtime code", purseOf(order).code.length);
        assertLe(address(escrow).code.length, 24_576, "EIP-170");
    }
}
