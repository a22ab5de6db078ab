// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Excuses, Leaf, SignerSet} from "../types/Types.sol";

/// @title IVaultHooks
/// @notice What the vault lets its registry, its safeguards and its disputes do, and nothing else. At the latch all that the first two
/// may do ends, and all that the third may do begins.
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
    function overdueChanged(uint8 count, uint40 since) external;

    /// @notice An account of a final ledger wants its share elsewhere.
    /// @param index Of its leaf.
    /// @param to Zero: to the account again.
    function redirectSet(address asset, uint32 index, address account, address to) external;

    /// @notice A window was announced, or the watchers raised the alarm. While live; `flickerUntil` stays as it is.
    function excusesChanged(Excuses calldata excuses) external;

    /// @notice The guardians froze the outflow.
    function outflowFrozen(uint40 until) external;

    /// @notice The end of the service was announced. While live, once.
    /// @param latchAt When the vault latches, Unix seconds.
    function windDownAnnounced(uint40 latchAt) external;

    /// @notice The signers were rotated. While live.
    function signersChanged(SignerSet calldata signers) external;

    /// @notice It is disputed which of an asset's last two final ledgers counts, or that is settled. From the latch on; as long as no round
    /// is open.
    /// @param roundsFrom No round opens before it, and counting goes on until then, Unix seconds.
    /// @param reversed From now on the older of the two counts: counting begins anew, and the pending entries that it does not know are
    /// pending again. Reverts if the reserve does not cover these.
    /// @dev By their names these two come late in the vault's dispatch, so that nothing that users pay for has them before it.
    function ledgerContested(address asset, uint40 roundsFrom, bool reversed) external;

    /// @notice Refunds an entry that such a dispute has reopened.
    /// @param withheld What of it the account has already had by payouts, base units.
    function returnReopened(address asset, uint256 entry, uint256 withheld) external;
}

/// @title IRegistryHooks
/// @notice What the vault asks its registry.
interface IRegistryHooks {
    /// @notice Reverts unless a payout is in time, and to a leaf of the newest final commitment that is still owed so much.
    /// @return paidBefore What its account was paid out before, base units.
    function requirePayable(address asset, uint32 index, Leaf calldata leaf, uint128 amount, bytes calldata proof)
        external
        view
        returns (uint128 paidBefore);

    /// @notice The account has been paid out so much in all: closes its request if that is what it asked for. The vault only.
    function paidOutChanged(address asset, address account, uint128 paidOut) external;

    /// @notice The commitment that counts from the latch on. Of whole words, whatever fits less: the vault's code has no room for checks.
    /// @param before Only final ones of lower epochs; zero: all.
    /// @return root Zero: there is none; then all is zero but the depth.
    /// @return total Below 2^128, base units.
    /// @return epoch Below 2^32.
    /// @return depositCursor Below 2^40.
    /// @return depth Levels of the tree, at most 32.
    function counting(address asset, uint32 before)
        external
        view
        returns (bytes32 root, uint256 total, uint256 epoch, uint256 depositCursor, uint256 depth);

    /// @notice The arbitrator has found that an open request was served. The disputes contract only, and before the latch.
    function closeServed(address asset, address account) external;

    /// @notice The assets accounted for.
    function assets() external view returns (address[] memory);
}

/// @title ISafeguardsHooks
/// @notice What the vault asks its safeguards.
interface ISafeguardsHooks {
    /// @notice Uses up a queued release that has waited its time; reverts if there is none. The vault only.
    /// @param release Its EIP-712 struct hash.
    function takeRelease(bytes32 release) external;

    /// @notice The signer of one signature that is of another kind than ECDSA; zero: nobody.
    /// @param head Position of the signature's head in `signatures`.
    function signerAt(bytes32 digest, bytes calldata signatures, uint256 head) external view returns (bytes32 id);
}

/// @title IViewsHooks
/// @notice What the vault asks its views.
interface IViewsHooks {
    /// @notice Reverts unless everything that is owed is set aside, and `amount` is the service's own of what is left.
    /// @param available What no round has set aside, base units.
    function requireEquity(address asset, uint256 amount, uint256 available) external view;
}
