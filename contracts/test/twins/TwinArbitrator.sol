// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title TwinArbitrator
/// @notice An ERC-792 arbitrator whose manners can be changed at any time, by anyone: one twin for every kind of bad arbitrator that
/// disputes may meet. It rules whatever it is told, when it is told, as often as it is told; or never.
contract TwinArbitrator {
    enum Mode {
        Takes,
        Refuses,
        BurnsGas,
        Raises,
        Repeats,
        Exhausts,
        Garbles,
        Reenters
    }

    error TwinArbitrator_Refused();
    error TwinArbitrator_TooLittle(uint256 sent, uint256 wanted);

    /// @notice What a new dispute came with.
    event Asked(uint256 indexed id, uint256 choices, bytes extraData, uint256 value);
    event Reentered(bool ruled, bool settled);

    Mode public mode;
    /// What it says that a dispute costs, wei.
    uint256 public cost;
    /// The next dispute's number.
    uint256 public count;

    function setManners(Mode mode_, uint256 cost_) external {
        (mode, cost) = (mode_, cost_);
    }

    function tell(address disputes, uint256 id, uint256 ruling) external {
        _call(disputes, abi.encodeWithSignature("rule(uint256,uint256)", id, ruling));
    }

    function arbitrationCost(bytes calldata) external view returns (uint256) {
        if (mode == Mode.Garbles) {
            assembly ("memory-safe") {
                return(0, 7)
            }
        }
        return cost;
    }

    function createDispute(uint256 choices, bytes calldata extraData) external payable returns (uint256 id) {
        Mode current = mode;
        if (current == Mode.Refuses) revert TwinArbitrator_Refused();
        if (current == Mode.BurnsGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        // Dearer than it has just said.
        uint256 wanted = current == Mode.Raises ? cost + 1 : cost;
        if (msg.value < wanted) revert TwinArbitrator_TooLittle(msg.value, wanted);
        if (current == Mode.Exhausts) id = type(uint256).max;
        // The number of the one before once more.
        else id = current == Mode.Repeats && count != 0 ? count - 1 : count++;
        emit Asked(id, choices, extraData, msg.value);
        if (current == Mode.Reenters) {
            (bool ruled,) = msg.sender.call(abi.encodeWithSignature("rule(uint256,uint256)", id, 1));
            uint256 before = id == 0 ? 0 : id - 1;
            (bool settled,) = msg.sender.call(abi.encodeWithSignature("settle(uint256)", before));
            emit Reentered(ruled, settled);
        }
    }

    /// @dev Bubbles up what it reverts with.
    function _call(address target, bytes memory data) private {
        (bool ok, bytes memory output) = target.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(output, 0x20), mload(output))
            }
        }
    }
}
