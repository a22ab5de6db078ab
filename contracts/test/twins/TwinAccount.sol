// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title TwinAccount
/// @notice An account with code whose manners towards ETH can be changed at any time, by anyone; it signs as its owner (ERC-1271).
contract TwinAccount {
    enum Mode {
        Accepts,
        Refuses,
        BurnsGas,
        ReturnBomb,
        Reenters,
        DepositsBack
    }

    error TwinAccount_Refused();

    event Reentered(bool succeeded);

    /// Above what a push pays for, and below what a transaction of its own does: memory for it costs 2,000,000 gas.
    uint256 private constant BOMB_BYTES = 1_000_000;
    /// A push leaves less than this.
    uint256 private constant GAS_FOR_A_DEPOSIT = 100_000;

    address public immutable OWNER;
    Mode public mode;
    address public victim;

    constructor(address owner) {
        OWNER = owner;
    }

    /// @param victim_ In modes Reenters and DepositsBack: the contract whose payments call it back.
    function setMode(Mode mode_, address victim_) external {
        mode = mode_;
        victim = victim_;
    }

    /// @notice Calls anything as this account, for anyone; bubbles up what it reverts with.
    function execute(address target, bytes calldata data) external payable {
        (bool ok, bytes memory output) = target.call{value: msg.value}(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(output, 0x20), mload(output))
            }
        }
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer,,) = ECDSA.tryRecover(hash, signature);
        return signer == OWNER ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    receive() external payable {
        Mode current = mode;
        if (current == Mode.Refuses) revert TwinAccount_Refused();
        if (current == Mode.BurnsGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (current == Mode.ReturnBomb) {
            assembly {
                return(0, BOMB_BYTES)
            }
        }
        if (msg.sender != victim) return;
        if (current == Mode.Reenters) {
            (bool succeeded,) = msg.sender
                .call(abi.encodeWithSignature("withdraw(address,address,uint128)", address(0), address(this), 1));
            emit Reentered(succeeded);
        }
        if (current == Mode.DepositsBack && gasleft() > GAS_FOR_A_DEPOSIT) {
            (bool succeeded,) = msg.sender.call{value: 1}(abi.encodeWithSignature("depositForSelf()"));
            emit Reentered(succeeded);
        }
    }
}
