// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title IVaultHooks
/// @notice What the vault lets its registry do, and nothing else: move a timestamp before the latch, and say what a final ledger covers.
interface IVaultHooks {
    /// @notice Storage as it is, for the registry's views (the name is EIP-2330's).
    function extsload(bytes32 slot, uint256 count) external view returns (bytes32[] memory values);

    /// @notice A ledger was posted, or became final.
    /// @param owed Largest total among the commitments that can still count, base units.
    /// @param cursor Pending entries below it are in a final commitment.
    /// @param rootsAt Oldest posting time among the assets' newest commitments; zero: unchanged.
    function ledgerChanged(address asset, uint128 owed, uint40 cursor, uint40 rootsAt) external;

    /// @notice A request was reported as unserved, or a reported one was closed.
    /// @param since When the first of them was reported; zero: none is open.
    function overdueChanged(uint16 count, uint40 since) external;
}

/// @title IRegistryHooks
/// @notice What the vault asks its registry.
interface IRegistryHooks {
    /// @notice What a payout must fit.
    /// @return root Of the newest final commitment; zero: none is final.
    /// @return depth Of its tree: a proof has so many nodes.
    /// @return target Of the account's open exit request; zero: none.
    function payOutTerms(address asset, address account)
        external
        view
        returns (bytes32 root, uint256 depth, uint128 target);

    /// @notice The account has been paid out so much in all: closes its request if that is what it asked for. The vault only.
    function paidOutChanged(address asset, address account, uint128 paidOut) external;

    /// @notice The commitment that counts from the latch on; epoch zero: none.
    function counting(address asset)
        external
        view
        returns (uint32 epoch, bytes32 root, uint128 total, uint32 count, uint40 depositCursor);

    /// @notice The assets accounted for.
    function assets() external view returns (address[] memory);
}
