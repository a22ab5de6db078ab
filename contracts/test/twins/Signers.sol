// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice A wallet (ERC-1271) that agrees to everything, with more return data than anybody wants.
contract BombWallet {
    function isValidSignature(bytes32, bytes calldata) external pure {
        assembly ("memory-safe") {
            mstore(0, shl(224, 0x1626ba7e))
            return(0, 200000)
        }
    }
}

/// @notice Refuses with as much return data as its gas can buy.
contract RevertBombWallet {
    function isValidSignature(bytes32, bytes calldata) external pure {
        assembly ("memory-safe") {
            revert(0, 200000)
        }
    }
}

/// @notice Burns all the gas that it is given.
contract BurnerWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        while (true) {}
        return 0x1626ba7e;
    }
}

/// @notice Tries to do something with what it is asked about.
contract BusyWallet {
    uint256 private _calls;

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        ++_calls;
        return 0x1626ba7e;
    }
}

/// @notice A verifier (ERC-7913) that agrees to every key and every signature.
contract YesVerifier {
    function verify(bytes calldata, bytes32, bytes calldata) external pure returns (bytes4) {
        return this.verify.selector;
    }
}

/// @notice A wallet that agrees to everything.
contract YesWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0x1626ba7e;
    }
}
