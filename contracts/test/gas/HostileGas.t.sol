// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "lifeboat/interfaces/IVault.sol";
import {Round} from "lifeboat/types/Types.sol";

import {GasBase} from "./GasBase.sol";
import {WideLedger} from "./WideLedger.sol";

/// @notice The dearest word there can be: every transfer burns all the gas that it is given and fails.
/// @dev EIP-7825 caps a transaction at 2^24 gas; a word above the cap could never be pushed.
/// forge-config: default.isolate = true
contract HostileGasTest is GasBase {
    using WideLedger for WideLedger.Ledger;

    uint256 private constant BUDGET = 16_700_000;
    /// The opcode that burns all gas.
    bytes private constant INVALID = hex"fe";

    function test_gas_worstWord_ETH() public {
        address[] memory accounts = newAccounts();
        for (uint256 i = 0; i < 256; ++i) {
            vm.etch(accounts[i], INVALID);
        }
        _push(ETH, accounts, "pushWord ETH, 256 hostile accounts");
    }

    /// @dev No account can make an honest token burn gas; an upgraded or hooked token can.
    function test_gas_worstWord_ERC20() public {
        _push(token, newAccounts(), "pushWord ERC-20, hostile token");
    }

    /// @dev The gas limit is the budget: the vault refuses to go on when it could not give a recipient the full cap.
    function _push(address asset, address[] memory accounts, string memory name) private {
        (WideLedger.Ledger memory ledger, Round memory round) = openWide(asset, accounts);
        bytes memory leaves = ledger.leaves();
        if (asset != ETH) vm.etch(asset, INVALID);
        vault.pushWord{gas: BUDGET}(asset, round, WideLedger.WORD, leaves, ledger.siblings);
        assertLe(record("vault", name), BUDGET, "budget");
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(vault.cell(asset, 0, WideLedger.indexOf(0) / 64 + uint32(i)), 0, "all can still claim");
        }
    }
}
