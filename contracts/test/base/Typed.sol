// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CommitmentInput} from "lifeboat/types/Types.sol";

/// @notice The EIP-712 digests of everything that a vault accepts signed, written from the specification.
library Typed {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    /// For messages whose deadline a test is not about.
    uint256 internal constant NO_DEADLINE = type(uint40).max;

    function digest(address vault, bytes32 structHash) internal view returns (bytes32) {
        return digestFor(block.chainid, vault, structHash);
    }

    function digestFor(uint256 chainId, address vault, bytes32 structHash) internal pure returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN, keccak256("Lifeboat"), keccak256("1"), chainId, vault));
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    function beat(uint256 blockNumber, bytes32 blockHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Beat(uint256 blockNumber,bytes32 blockHash)"), blockNumber, blockHash));
    }

    function windDown(uint40 latchAt, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("WindDown(uint40 latchAt,uint256 deadline)"), latchAt, deadline));
    }

    function order(address asset, address account, address payee, uint128 amount, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 kind = keccak256(
            "Order(address asset,address account,address payee,uint128 amount,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(kind, asset, account, payee, amount, nonce, deadline));
    }

    function commitment(CommitmentInput memory input, bytes32 root, uint128 total) internal pure returns (bytes32) {
        bytes32 kind = keccak256(
            "Commitment(address asset,uint32 epoch,bytes32 root,uint128 total,uint32 count,uint40 depositCursor,uint40 snapshotAt,bytes32 dataHash,string uri)"
        );
        return keccak256(
            abi.encode(
                kind,
                input.asset,
                input.epoch,
                root,
                total,
                input.count,
                input.depositCursor,
                input.snapshotAt,
                input.dataHash,
                keccak256(bytes(input.uri))
            )
        );
    }

    function attestation(address asset, uint32 epoch, bytes32 root, bytes32 dataHash) internal pure returns (bytes32) {
        bytes32 kind = keccak256("Attestation(address asset,uint32 epoch,bytes32 root,bytes32 dataHash)");
        return keccak256(abi.encode(kind, asset, epoch, root, dataHash));
    }

    function payOut(address asset, uint32 index, address account, uint128 amount, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 kind = keccak256(
            "PayOut(address asset,uint32 index,address account,uint128 amount,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(kind, asset, index, account, amount, nonce, deadline));
    }

    function release(address asset, address to, uint256 amount, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 kind = keccak256("Release(address asset,address to,uint256 amount,uint256 nonce,uint256 deadline)");
        return keccak256(abi.encode(kind, asset, to, amount, nonce, deadline));
    }

    function claim(address asset, uint32 round, uint32 index, address to, uint128 fee, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 kind =
            keccak256("Claim(address asset,uint32 round,uint32 index,address to,uint128 fee,uint256 deadline)");
        return keccak256(abi.encode(kind, asset, round, index, to, fee, deadline));
    }

    function maintenance(uint40 from, uint40 until) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Maintenance(uint40 from,uint40 until)"), from, until));
    }

    function forceMajeure(uint40 until, bytes32 evidenceHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("ForceMajeure(uint40 until,bytes32 evidenceHash)"), until, evidenceHash));
    }

    function alarm(bytes32 evidenceHash, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Alarm(bytes32 evidenceHash,uint256 deadline)"), evidenceHash, deadline));
    }

    function freeze(uint40 until, bytes32 evidenceHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Freeze(uint40 until,bytes32 evidenceHash)"), until, evidenceHash));
    }

    function veto(bytes32 coldRelease_) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Veto(bytes32 release)"), coldRelease_));
    }

    function coldRelease(address asset, address to, uint256 amount, uint256 salt) internal pure returns (bytes32) {
        return coldRelease(asset, to, amount, salt, NO_DEADLINE);
    }

    function coldRelease(address asset, address to, uint256 amount, uint256 salt, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 kind = keccak256("ColdRelease(address asset,address to,uint256 amount,uint256 salt,uint256 deadline)");
        return keccak256(abi.encode(kind, asset, to, amount, salt, deadline));
    }

    function cancelRelease(address asset, uint256 nonce, uint256 deadline) internal pure returns (bytes32) {
        bytes32 kind = keccak256("CancelRelease(address asset,uint256 nonce,uint256 deadline)");
        return keccak256(abi.encode(kind, asset, nonce, deadline));
    }

    function releaseEquity(address asset, address to, uint256 amount, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 kind =
            keccak256("ReleaseEquity(address asset,address to,uint256 amount,uint256 nonce,uint256 deadline)");
        return keccak256(abi.encode(kind, asset, to, amount, nonce, deadline));
    }

    function rotation(
        bytes32[] memory signers,
        uint8 threshold,
        uint8 coldThreshold,
        uint256 sequence,
        uint256 deadline
    ) internal pure returns (bytes32) {
        bytes32 kind = keccak256(
            "Rotation(bytes32[] signers,uint8 threshold,uint8 coldThreshold,uint256 sequence,uint256 deadline)"
        );
        bytes32 members = keccak256(abi.encodePacked(signers));
        return keccak256(abi.encode(kind, members, threshold, coldThreshold, sequence, deadline));
    }

    function announcement(uint256 sequence, uint8 reason, bytes32 textHash, string memory uri, uint40 expectedUntil)
        internal
        pure
        returns (bytes32)
    {
        bytes32 kind =
            keccak256("Announcement(uint256 sequence,uint8 reason,bytes32 textHash,string uri,uint40 expectedUntil)");
        return keccak256(abi.encode(kind, sequence, reason, textHash, keccak256(bytes(uri)), expectedUntil));
    }
}
