// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice A contract wallet (ERC-1271) that approves one digest, or misbehaves in one of the ways known from the wild.
contract Wallet {
    enum Answer {
        Honest,
        Wrong,
        Reverting,
        Short,
        DirtyMagic
    }

    bytes32 private _approved;
    Answer private _answer;

    function approve(bytes32 digest) external {
        _approved = digest;
    }

    function misbehave(Answer answer) external {
        _answer = answer;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        if (_answer == Answer.Reverting) revert();
        if (_answer == Answer.Short) {
            assembly ("memory-safe") {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        if (_answer == Answer.DirtyMagic) {
            assembly ("memory-safe") {
                mstore(0, or(shl(224, 0x1626ba7e), 1))
                return(0, 32)
            }
        }
        return _answer == Answer.Honest && digest == _approved ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }

    receive() external payable {}
}

/// @notice What an EIP-7702 account may delegate to: code that takes payments and denies every ERC-1271 signature.
contract Delegate {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0xffffffff;
    }

    receive() external payable {}
}
