// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Round} from "lifeboat/types/Types.sol";

import {IDisperse} from "../peers/IPeers.sol";
import {GasBase} from "./GasBase.sol";
import {WideLedger} from "./WideLedger.sol";

/// @notice Pushing one word home, beside a loop that verifies nothing and pays the same people the same amounts.
/// forge-config: default.isolate = true
contract PushGasTest is GasBase {
    using WideLedger for WideLedger.Ledger;

    uint256 private constant ETH_BUDGET = 11_200;
    uint256 private constant TOKEN_BUDGET = 9800;
    /// A push that verifies everything may cost this part of one that verifies nothing.
    uint256 private constant PEER_PERCENT = 110;

    function test_gas_pushWord_ETH_existing() public {
        uint256 ours = _push(ETH, usedAccounts(), "pushWord ETH, 256 existing accounts");
        uint256 peer = _disperseEther();
        assertLe(ours / 256, ETH_BUDGET, "budget");
        assertLe(ours * 100, peer * PEER_PERCENT, "beside the disperse");
    }

    function test_gas_pushWord_ERC20_existing() public {
        uint256 ours = _push(token, usedAccounts(), "pushWord ERC-20, 256 existing holders");
        uint256 peer = _disperseToken();
        assertLe(ours / 256, TOKEN_BUDGET, "budget");
        assertLe(ours * 100, peer * PEER_PERCENT, "beside the disperse");
    }

    function test_gas_pushWord_ETH_new() public {
        _push(ETH, newAccounts(), "pushWord ETH, 256 new accounts");
    }

    function test_gas_pushWord_ERC20_new() public {
        _push(token, newAccounts(), "pushWord ERC-20, 256 new holders");
    }

    function _push(address asset, address[] memory accounts, string memory name) private returns (uint256 gasUsed) {
        (WideLedger.Ledger memory ledger, Round memory round) = openWide(asset, accounts);
        bytes memory leaves = ledger.leaves();
        perform(stranger, abi.encodeCall(IVaultCore.pushWord, (asset, round, WideLedger.WORD, leaves, ledger.siblings)));
        gasUsed = recordWord("vault", name);
        for (uint256 i = 0; i < 256; ++i) {
            assertGe(balanceOf(asset, accounts[i]), WideLedger.balanceOf(asset, i), "everybody was paid");
        }
    }

    function _disperseEther() private returns (uint256 gasUsed) {
        IDisperse disperse = IDisperse(vm.deployCode("Disperse.sol:Disperse", ""));
        (address[] memory recipients, uint256[] memory values, uint256 total) = _list(ETH);
        disperse.disperseEther{value: total}(recipients, values);
        gasUsed = recordWord("peers", "disperse ETH, 256 existing accounts");
    }

    function _disperseToken() private returns (uint256 gasUsed) {
        IDisperse disperse = IDisperse(vm.deployCode("Disperse.sol:Disperse", ""));
        (address[] memory recipients, uint256[] memory values,) = _list(token);
        IERC20(token).approve(address(disperse), type(uint256).max);
        give(token, address(disperse), 1);
        disperse.disperseToken(token, recipients, values);
        gasUsed = recordWord("peers", "disperse ERC-20, 256 existing holders");
    }

    function _list(address asset)
        private
        pure
        returns (address[] memory recipients, uint256[] memory values, uint256 total)
    {
        recipients = newAccounts();
        values = new uint256[](256);
        for (uint256 i = 0; i < 256; ++i) {
            values[i] = WideLedger.balanceOf(asset, i);
            total += values[i];
        }
    }
}
