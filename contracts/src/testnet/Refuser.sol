// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Refuser
/// @notice A recipient that refuses every ETH payment until its owner lets it accept: drills put it among the accounts.
contract Refuser {
    error Refuser_Refused();

    address public immutable OWNER;
    bool public accepts;

    constructor(address owner) {
        OWNER = owner;
    }

    receive() external payable {
        if (!accepts) revert Refuser_Refused();
    }

    function accept() external {
        if (msg.sender == OWNER) accepts = true;
    }

    /// @notice ERC-1271: what the owner signs, this account has signed.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer,,) = ECDSA.tryRecover(hash, signature);
        return signer == OWNER ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
