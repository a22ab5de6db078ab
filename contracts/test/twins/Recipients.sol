// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice Refuses every payment.
contract Reverter {
    error Refused();

    receive() external payable {
        revert Refused();
    }
}

/// @notice Burns all the gas that it is given.
contract GasBurner {
    uint256 private _sink;

    receive() external payable {
        while (true) ++_sink;
    }
}

/// @notice Reverts with as much return data as its gas can buy.
contract ReturnBomb {
    receive() external payable {
        assembly ("memory-safe") {
            revert(0, 100000)
        }
    }
}

/// @notice Accepts a payment, but needs more gas than a push gives: a wallet that keeps a journal.
contract HeavyWallet {
    uint256[8] private _journal;

    receive() external payable {
        for (uint256 i = 0; i < 8; ++i) {
            _journal[i] = msg.value + i + 1;
        }
    }
}

/// @notice On being paid, calls back with whatever it was told to, and remembers how that went.
contract Reentrant {
    address private _target;
    bytes private _data;
    bool public called;
    bool public succeeded;
    bytes public result;

    function arm(address target, bytes calldata data) external {
        _target = target;
        _data = data;
        called = false;
        succeeded = false;
        delete result;
    }

    /// @notice Sends a call of its own, as the account that it is.
    function send(address target, uint256 value, bytes calldata data) external payable returns (bool ok) {
        (ok,) = target.call{value: value}(data);
    }

    receive() external payable {
        if (_target == address(0)) return;
        called = true;
        (succeeded, result) = _target.call(_data);
    }
}
