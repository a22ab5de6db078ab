// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

// The peers by their interfaces: they are deployed from artifacts, compiled as the vault is (or, the Safe, as its package brings it).

/// @notice What the comparison needs of Safe 1.4.1.
interface ISafe {
    function setup(
        address[] calldata owners,
        uint256 threshold,
        address to,
        bytes calldata data,
        address fallbackHandler,
        address paymentToken,
        uint256 payment,
        address paymentReceiver
    ) external;

    function execTransaction(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation,
        uint256 safeTxGas,
        uint256 baseGas,
        uint256 gasPrice,
        address gasToken,
        address refundReceiver,
        bytes calldata signatures
    ) external payable returns (bool success);

    function getTransactionHash(
        address to,
        uint256 value,
        bytes calldata data,
        uint8 operation,
        uint256 safeTxGas,
        uint256 baseGas,
        uint256 gasPrice,
        address gasToken,
        address refundReceiver,
        uint256 nonce
    ) external view returns (bytes32);

    function nonce() external view returns (uint256);
}

interface IDisperse {
    function disperseEther(address[] calldata recipients, uint256[] calldata values) external payable;

    /// @notice Takes the sum from the caller, then pays each.
    function disperseToken(address token, address[] calldata recipients, uint256[] calldata values) external;
}

interface IMerkleDistributor {
    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external;
}
