// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Purse} from "./Purse.sol";
import {EscrowOrder, IEscrow, Outcome} from "./interfaces/IEscrow.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Ecdsa} from "./libraries/Ecdsa.sol";
import {Errors} from "./libraries/Errors.sol";
import {Transfers} from "./libraries/Transfers.sol";
import {Lock} from "./modules/Lock.sol";
import {Phase} from "./types/Types.sol";

/// @title Escrow
/// @notice Escrowed orders of one vault's users. Outside the vault and without any right over it: it relays payers' orders, and asks
/// for the phase.
/// @dev Holds nothing itself. An order paid into a shared pot could be paid there by a stranger who relays the payer's order to the vault
/// directly, and money in a pot is nobody's: so each order has a purse, whose address is what the payer signs.
contract Escrow is IEscrow, EIP712, Lock {
    using SafeERC20 for IERC20;

    bytes private constant ORDER_TYPE =
        "EscrowOrder(address asset,address payer,address payee,address arbiter,uint128 amount,uint40 expiry,bytes32 salt)";
    bytes32 private constant ORDER_TYPEHASH = keccak256(ORDER_TYPE);
    bytes32 private constant RELEASE_TYPEHASH = keccak256(abi.encodePacked("Release(EscrowOrder order)", ORDER_TYPE));
    bytes32 private constant CANCEL_TYPEHASH = keccak256(abi.encodePacked("Cancel(EscrowOrder order)", ORDER_TYPE));

    IVault private immutable VAULT;
    bytes32 private immutable PURSE_CODE_HASH = keccak256(type(Purse).creationCode);

    mapping(bytes32 id => Outcome) private _outcomes;

    constructor(address vault_) EIP712("Lifeboat Escrow", "1") {
        VAULT = IVault(vault_);
    }

    // ------------------------------------------------------------------ money in

    /// @inheritdoc IEscrow
    function open(EscrowOrder calldata order, uint256 deadline, bytes calldata signature) external nonReentrant {
        (bytes32 id, address purse) = _requireOpenable(order);
        // The vault takes each nonce once, so that an order is never paid twice out of it.
        if (!VAULT.nonceUsed(order.payer, uint256(id))) {
            VAULT.spend(order.asset, order.payer, purse, order.amount, uint256(id), deadline, signature);
        }
        _announce(order, id, purse);
    }

    /// @inheritdoc IEscrow
    function openDirect(EscrowOrder calldata order) external payable nonReentrant {
        (bytes32 id, address purse) = _requireOpenable(order);
        uint256 held = Transfers.balanceOf(order.asset, purse);
        if (held >= order.amount) revert Errors.Escrow_Funded(id, held);
        uint256 value = order.asset == address(0) ? order.amount : 0;
        if (msg.value != value) revert Errors.Books_WrongValue(msg.value, value);
        if (order.asset == address(0)) Transfers.send(address(0), purse, value);
        else IERC20(order.asset).safeTransferFrom(msg.sender, purse, order.amount);
        _announce(order, id, purse);
    }

    // ------------------------------------------------------------------ decisions

    /// @inheritdoc IEscrow
    function release(EscrowOrder calldata order, bytes calldata payerSignature) external nonReentrant {
        bytes32 id = _requireRunning(order);
        _requireConsent(order.payer, RELEASE_TYPEHASH, id, payerSignature);
        _settle(order, id, Outcome.Released);
    }

    /// @inheritdoc IEscrow
    function cancel(EscrowOrder calldata order, bytes calldata payeeSignature) external nonReentrant {
        bytes32 id = _requireRunning(order);
        _requireConsent(order.payee, CANCEL_TYPEHASH, id, payeeSignature);
        _settle(order, id, Outcome.Refunded);
    }

    /// @inheritdoc IEscrow
    function arbitrate(
        EscrowOrder calldata order,
        bool toPayee,
        bytes calldata partySignature,
        bytes calldata arbiterSignature
    ) external nonReentrant {
        // Here too, because money comes to a purse by any way: nobody is arbiter in his own case.
        _requireDistinct(order);
        bytes32 id = _requireRunning(order);
        (Outcome outcome, bytes32 typeHash) =
            toPayee ? (Outcome.Released, RELEASE_TYPEHASH) : (Outcome.Refunded, CANCEL_TYPEHASH);
        _requireConsent(_beneficiary(order, outcome), typeHash, id, partySignature);
        _requireConsent(order.arbiter, typeHash, id, arbiterSignature);
        _settle(order, id, outcome);
    }

    /// @inheritdoc IEscrow
    function refund(EscrowOrder calldata order) external nonReentrant {
        // The expiry first: it holds whatever the vault says, or does not.
        if (block.timestamp < order.expiry && VAULT.phase() < Phase.Latched) {
            revert Errors.Escrow_NotDue(order.expiry);
        }
        _settle(order, idOf(order), Outcome.Refunded);
    }

    // ------------------------------------------------------------------ money that was not taken at once

    /// @inheritdoc IEscrow
    function collect(EscrowOrder calldata order) external nonReentrant {
        (bytes32 id, address beneficiary) = _requireSettled(order);
        (address purse, uint256 amount) = _requireHeld(order, id);
        if (!_push(Purse(purse), order.asset, beneficiary, amount)) {
            revert Errors.Books_TransferFailed(order.asset, beneficiary);
        }
        emit Collected(id, beneficiary, beneficiary, amount);
    }

    /// @inheritdoc IEscrow
    function withdraw(EscrowOrder calldata order, address to) external nonReentrant {
        (bytes32 id, address beneficiary) = _requireSettled(order);
        if (msg.sender != beneficiary) revert Errors.Escrow_NotTheBeneficiary(beneficiary);
        _requireNotReserved(to);
        (address purse, uint256 amount) = _requireHeld(order, id);
        emit Collected(id, beneficiary, to, amount);
        if (!Purse(purse).pay(order.asset, to, amount, gasleft())) {
            revert Errors.Books_TransferFailed(order.asset, to);
        }
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IEscrow
    function vault() external view returns (address) {
        return address(VAULT);
    }

    /// @inheritdoc IEscrow
    function idOf(EscrowOrder calldata order) public pure returns (bytes32) {
        return keccak256(abi.encode(ORDER_TYPEHASH, order));
    }

    /// @inheritdoc IEscrow
    function purseOf(EscrowOrder calldata order) external view returns (address) {
        return _purse(idOf(order));
    }

    /// @inheritdoc IEscrow
    function outcomeOf(bytes32 id) external view returns (Outcome) {
        return _outcomes[id];
    }

    /// @inheritdoc IEscrow
    function heldOf(EscrowOrder calldata order) external view returns (uint256) {
        return Transfers.balanceOf(order.asset, _purse(idOf(order)));
    }

    // ------------------------------------------------------------------ checks

    /// @dev What is refused here is refused early; no rule that protects money rests on it, since a purse can be paid without asking.
    function _requireOpenable(EscrowOrder calldata order) private view returns (bytes32 id, address purse) {
        id = _requireRunning(order);
        _requireDistinct(order);
        _requireNotReserved(order.payer);
        _requireNotReserved(order.payee);
        if (_outcomes[id] != Outcome.Open) revert Errors.Escrow_Settled(id);
        purse = _purse(id);
    }

    /// @dev Neither expired nor latched: the way back to the payer is not the only one yet.
    function _requireRunning(EscrowOrder calldata order) private view returns (bytes32 id) {
        if (block.timestamp >= order.expiry) revert Errors.Escrow_Expired(order.expiry);
        Phase phase = VAULT.phase();
        if (phase >= Phase.Latched) revert Errors.Liveness_WrongPhase(uint8(phase));
        return idOf(order);
    }

    function _requireDistinct(EscrowOrder calldata order) private pure {
        if (order.payer == order.payee || order.arbiter == order.payer || order.arbiter == order.payee) {
            revert Errors.Escrow_PartiesNotDistinct();
        }
    }

    /// @dev As in the vault: nobody holds a key of the first addresses. Nor may money go to the two contracts, which could not return it.
    function _requireNotReserved(address account) private view {
        if (uint160(account) < 0x10000 || account == address(VAULT) || account == address(this)) {
            revert Errors.Books_ReservedAddress(account);
        }
    }

    function _requireSettled(EscrowOrder calldata order) private view returns (bytes32 id, address beneficiary) {
        id = idOf(order);
        Outcome outcome = _outcomes[id];
        if (outcome == Outcome.Open) revert Errors.Escrow_NotSettled(id);
        beneficiary = _beneficiary(order, outcome);
    }

    function _requireHeld(EscrowOrder calldata order, bytes32 id) private view returns (address purse, uint256 amount) {
        purse = _purse(id);
        amount = Transfers.balanceOf(order.asset, purse);
        if (amount == 0) revert Errors.Escrow_NothingHeld(id);
    }

    /// @dev By the party's own call; or signed: ECDSA first, whatever code the account has (EIP-7702), then ERC-1271.
    function _requireConsent(address party, bytes32 typeHash, bytes32 id, bytes calldata signature) private view {
        if (msg.sender == party) return;
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(typeHash, id)));
        if (party != address(0) && Ecdsa.recover(digest, signature) == party) return;
        if (!SignatureChecker.isValidERC1271SignatureNowCalldata(party, digest, signature)) {
            revert Errors.Signature_Invalid(party);
        }
    }

    // ------------------------------------------------------------------ effects

    function _announce(EscrowOrder calldata order, bytes32 id, address purse) private {
        (, uint256 held) = _requireHeld(order, id);
        emit Opened(id, order.payer, order.payee, order, purse, held);
    }

    /// @dev Decides an order, once, and pays everything in its purse. A beneficiary who does not take it blocks nobody: it waits there.
    function _settle(EscrowOrder calldata order, bytes32 id, Outcome outcome) private {
        if (_outcomes[id] != Outcome.Open) revert Errors.Escrow_Settled(id);
        (, uint256 amount) = _requireHeld(order, id);
        _outcomes[id] = outcome;
        address beneficiary = _beneficiary(order, outcome);
        bool paid = _push(new Purse{salt: id}(), order.asset, beneficiary, amount);
        emit Settled(id, beneficiary, outcome, amount, paid);
    }

    /// @dev Within the push gas cap, which is really there: one more 64th is kept back on the way to the purse (EIP-150).
    function _push(Purse purse, address asset, address to, uint256 amount) private returns (bool) {
        uint256 needed = Transfers.pushGas(asset) * 64 / 63 + 10_000;
        if (gasleft() < needed) revert Errors.Return_GasTooLow(gasleft(), needed);
        return purse.pay(asset, to, amount, asset == address(0) ? Transfers.ETH_PUSH_GAS : Transfers.TOKEN_PUSH_GAS);
    }

    function _beneficiary(EscrowOrder calldata order, Outcome outcome) private pure returns (address) {
        return outcome == Outcome.Released ? order.payee : order.payer;
    }

    function _purse(bytes32 id) private view returns (address) {
        return Create2.computeAddress(id, PURSE_CODE_HASH);
    }
}
