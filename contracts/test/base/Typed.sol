// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CommitmentInput} from "lifeboat/types/Types.sol";

/// @notice The EIP-712 digests of everything that a vault accepts signed, written from the specification.
library Typed {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

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

    function windDown(uint40 latchAt, uint256 nonce, uint256 deadline) internal pure returns (bytes32) {
        bytes32 kind = keccak256("WindDown(uint40 latchAt,uint256 nonce,uint256 deadline)");
        return keccak256(abi.encode(kind, latchAt, nonce, deadline));
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
}
