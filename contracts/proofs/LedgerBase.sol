// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {ProofBase} from "./ProofBase.sol";

/// @notice The ledger by the specification, beside the vault's own tree.
abstract contract LedgerBase is ProofBase {
    function _hashOf(uint256 index, Leaf memory leaf) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "LifeboatLeaf(uint256 chainId,address vault,address asset,uint256 index,address account,uint128 balance,uint128 paid)"
                ),
                block.chainid,
                address(probe),
                address(coin)
            )
        );
        return keccak256(abi.encode(domain, index, leaf.account, uint256(leaf.balance) << 128 | leaf.paid));
    }

    function _above(bytes32 left, uint256 leftSum, bytes32 right, uint256 rightSum) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(left, right, uint128(leftSum), uint128(rightSum)));
    }

    function _anchor(Round memory round, uint256 level, uint256 position, bytes32 hash, uint256 sum) internal {
        bytes32 held = keccak256(abi.encode(hash, sum, uint256(round.numerator), uint256(round.denominator)));
        probe.setAnchor(address(coin), round.id, level, position, held);
    }

    function _claim(Round memory round, uint32 index, Leaf memory leaf, bytes memory proof) internal returns (bool ok) {
        (ok,) = address(probe).call(abi.encodeCall(IVaultCore.claim, (address(coin), round, index, leaf, proof)));
    }
}
