// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IMerkleDistributor} from "./IPeers.sol";

/// @notice The airdrop contract in its usual form: packed leaf of index, account and amount, sorted pairs, a bitmap, an event.
contract MerkleDistributor is IMerkleDistributor {
    address public immutable TOKEN;
    bytes32 public immutable ROOT;
    mapping(uint256 word => uint256) private _claimed;

    event Claimed(uint256 index, address account, uint256 amount);

    error Distributor_AlreadyClaimed();
    error Distributor_InvalidProof();

    constructor(address token, bytes32 root) {
        TOKEN = token;
        ROOT = root;
    }

    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external {
        uint256 bit = 1 << (index & 0xff);
        uint256 word = _claimed[index >> 8];
        if (word & bit != 0) revert Distributor_AlreadyClaimed();
        bytes32 leaf = keccak256(abi.encodePacked(index, account, amount));
        if (!MerkleProof.verifyCalldata(proof, ROOT, leaf)) revert Distributor_InvalidProof();
        _claimed[index >> 8] = word | bit;
        SafeERC20.safeTransfer(IERC20(TOKEN), account, amount);
        emit Claimed(index, account, amount);
    }
}
