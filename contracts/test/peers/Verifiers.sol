// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

// OpenZeppelin's verifiers (ERC-7913), compiled as they are deployed; tests deploy them from their artifacts.
import {ERC7913P256Verifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";
import {
    ERC7913WebAuthnVerifier
} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol";

/// @notice A passkey's verifier.
contract PasskeyVerifier is ERC7913WebAuthnVerifier {}

/// @notice An HSM's verifier.
contract HsmVerifier is ERC7913P256Verifier {}
