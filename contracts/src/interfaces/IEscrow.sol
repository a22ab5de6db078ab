// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @notice The terms of one escrowed order. Its EIP-712 hash is its id, and fixes the address of its purse.
struct EscrowOrder {
    /// ETH is `address(0)`.
    address asset;
    /// Who pays, and gets everything back that is not released.
    address payer;
    address payee;
    /// Decides together with one of the two; zero: nobody does.
    address arbiter;
    /// What the payer's vault order moves, in base units.
    uint128 amount;
    /// From here on there is only the way back to the payer, Unix seconds.
    uint40 expiry;
    /// Chosen by the payer, at random: it tells equal orders apart.
    bytes32 salt;
}

/// @notice What was decided about an order, for good.
enum Outcome {
    Open,
    Released,
    Refunded
}

/// @title IEscrow
/// @notice Money that waits between two accounts of one vault until it is released, given back, or due back: at its expiry, or as
/// soon as the vault latches.
/// @dev Every order's money lies at an address of its own, its purse, which follows from its terms: whoever pays that address has
/// funded exactly this order, however the money gets there. Amounts are base units, times Unix seconds. Consents are EIP-712 signatures
/// in the escrow's domain (ECDSA, else ERC-1271), or calls by the party itself, and then the signature may be empty:
/// Release(EscrowOrder order)EscrowOrder(address asset,address payer,address payee,address arbiter,uint128 amount,uint40 expiry,bytes32 salt),
/// or Cancel(EscrowOrder order) with the same.
interface IEscrow {
    /// @param held What lies in the purse: less than `order.amount` if the token keeps a fee.
    event Opened(
        bytes32 indexed id, address indexed payer, address indexed payee, EscrowOrder order, address purse, uint256 held
    );
    /// @param paid False: the beneficiary did not take it, and it waits in the purse.
    event Settled(bytes32 indexed id, address indexed beneficiary, Outcome outcome, uint256 amount, bool paid);
    /// @notice Money left a settled order's purse later.
    event Collected(bytes32 indexed id, address indexed beneficiary, address to, uint256 amount);

    // ------------------------------------------------------------------ money in

    /// @notice Moves the order's amount out of the payer's segregated money into the order's purse. For anyone to relay.
    /// @param deadline Of the payer's vault order.
    /// @param signature The payer's, in the vault's domain, over its Order with payee `purseOf(order)` and nonce `uint256(idOf(order))`.
    /// @dev If somebody has relayed that order to the vault already, only the event is left to do.
    function open(EscrowOrder calldata order, uint256 deadline, bytes calldata signature) external;

    /// @notice Pays the order's amount out of the caller's own pocket: ETH by the value sent, a token by allowance. Once.
    function openDirect(EscrowOrder calldata order) external payable;

    // ------------------------------------------------------------------ decisions

    /// @notice Pays the payee. Before expiry and latch.
    /// @param payerSignature Over Release.
    function release(EscrowOrder calldata order, bytes calldata payerSignature) external;

    /// @notice Pays the payer back. Before expiry and latch (after either, `refund` needs no consent).
    /// @param payeeSignature Over Cancel.
    function cancel(EscrowOrder calldata order, bytes calldata payeeSignature) external;

    /// @notice Settles against the will of one party: the arbiter agrees with the other. Before expiry and latch.
    /// @param toPayee True: payee and arbiter sign Release. False: payer and arbiter sign Cancel.
    /// @param partySignature Of the one who is paid.
    function arbitrate(
        EscrowOrder calldata order,
        bool toPayee,
        bytes calldata partySignature,
        bytes calldata arbiterSignature
    ) external;

    /// @notice Pays the payer back, by anyone: from the expiry on, and from the vault's latch on.
    function refund(EscrowOrder calldata order) external;

    // ------------------------------------------------------------------ money that was not taken at once

    /// @notice Pays what lies in a settled order's purse to its beneficiary, by anyone, within the push gas cap.
    function collect(EscrowOrder calldata order) external;

    /// @notice Pays it to wherever the beneficiary says. The beneficiary only.
    function withdraw(EscrowOrder calldata order, address to) external;

    // ------------------------------------------------------------------ views

    function vault() external view returns (address);
    /// @notice The order's EIP-712 hash.
    function idOf(EscrowOrder calldata order) external view returns (bytes32);
    /// @notice Where the order's money lies. Without code until the order is settled.
    function purseOf(EscrowOrder calldata order) external view returns (address);
    function outcomeOf(bytes32 id) external view returns (Outcome);
    /// @notice What lies in the order's purse.
    function heldOf(EscrowOrder calldata order) external view returns (uint256);
}
