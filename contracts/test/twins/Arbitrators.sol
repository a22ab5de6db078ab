// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IArbitrator} from "lifeboat/interfaces/IDisputes.sol";

interface IRuled {
    function rule(uint256 disputeId, uint256 ruling) external;
}

/// @notice Takes every dispute and its fee, and never answers.
contract SilentArbitrator is IArbitrator {
    uint256 public count;
    uint256 public fee = 0.02 ether;

    error TooLittle();

    function setFee(uint256 wei_) external {
        fee = wei_;
    }

    function arbitrationCost(bytes calldata) public view returns (uint256) {
        return fee;
    }

    function createDispute(uint256, bytes calldata extraData) external payable virtual returns (uint256 id) {
        if (msg.value < arbitrationCost(extraData)) revert TooLittle();
        id = count++;
    }
}

/// @notice Rules whatever it is told, when and where it is told, as often as it is told.
contract PliantArbitrator is SilentArbitrator {
    function tell(address disputes, uint256 id, uint256 ruling) external {
        IRuled(disputes).rule(id, ruling);
    }
}

/// @notice Calls back while a dispute is being opened, and remembers how that went. May name any number for the dispute.
contract ReentrantArbitrator is PliantArbitrator {
    address private _target;
    bytes private _data;
    uint256 private _value;
    bool public succeeded;
    bytes public result;
    uint256 public named = type(uint256).max;

    function arm(address target, uint256 value, bytes calldata data) external {
        (_target, _value, _data) = (target, value, data);
    }

    function name(uint256 id) external {
        named = id;
    }

    function createDispute(uint256, bytes calldata) external payable override returns (uint256 id) {
        if (_target != address(0)) (succeeded, result) = _target.call{value: _value}(_data);
        id = named == type(uint256).max ? count++ : named;
    }

    receive() external payable {}
}

/// @notice Burns all the gas that it is given.
contract GreedyArbitrator is SilentArbitrator {
    function createDispute(uint256, bytes calldata) external payable override returns (uint256) {
        while (true) ++count;
        return 0;
    }
}

/// @notice Answers with less than a number.
contract GarbledArbitrator {
    fallback() external payable {
        assembly ("memory-safe") {
            mstore(0, not(0))
            return(0, 7)
        }
    }
}
