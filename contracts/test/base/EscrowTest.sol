// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {EscrowOrder, IEscrow, Outcome} from "lifeboat/interfaces/IEscrow.sol";

import {Typed} from "./Typed.sol";
import {VaultTest} from "./VaultTest.sol";

/// @notice A vault's escrow: Alice buys from Bob, Judy decides if they quarrel.
/// @dev Everything signed is made here from the specification, not by asking the contract.
abstract contract EscrowTest is VaultTest {
    bytes internal constant ORDER_TYPE =
        "EscrowOrder(address asset,address payer,address payee,address arbiter,uint128 amount,uint40 expiry,bytes32 salt)";

    IEscrow internal escrow;
    uint256 internal judyKey = keyOf("judy");
    address internal judy = actor("judy");
    uint256 private _lastSalt;
    bytes32 private _purseCodeHash;

    function setUp() public virtual override {
        super.setUp();
        _purseCodeHash = keccak256(vm.getCode("Purse.sol:Purse"));
        escrow = deployEscrow(address(vault));
    }

    function deployEscrow(address vault_) internal returns (IEscrow) {
        return IEscrow(vm.deployCode("Escrow.sol:Escrow", abi.encode(vault_)));
    }

    // ------------------------------------------------------------------ orders

    function orderOf(address asset, uint128 amount) internal returns (EscrowOrder memory) {
        return EscrowOrder(asset, alice, bob, judy, amount, now_() + 7 days, bytes32(++_lastSalt));
    }

    function idOf(EscrowOrder memory order) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(ORDER_TYPE), order));
    }

    function purseOf(EscrowOrder memory order) internal view returns (address) {
        bytes memory preimage = abi.encodePacked(bytes1(0xff), address(escrow), idOf(order), _purseCodeHash);
        return address(uint160(uint256(keccak256(preimage))));
    }

    function held(EscrowOrder memory order) internal view returns (uint256) {
        return balanceOf(order.asset, purseOf(order));
    }

    /// @notice An order of Alice's, paid out of her segregated money.
    function opened(address asset, uint128 amount) internal returns (EscrowOrder memory order) {
        order = orderOf(asset, amount);
        deposited(asset, alice, amount);
        on(stranger, openCall(order));
    }

    /// @notice Puts money into an account's segregated balance.
    function deposited(address asset, address account, uint256 amount) internal {
        if (asset != ETH) IERC20(asset).approve(address(vault), amount);
        (bool ok,) = address(vault).call{value: asset == ETH ? amount : 0}(depositCall(asset, account, amount));
        assertTrue(ok, "deposit");
    }

    // ------------------------------------------------------------------ signatures

    /// @notice Alice's order to her vault, which names the purse of this order and no other.
    function payment(EscrowOrder memory order, uint256 deadline) internal view returns (bytes memory) {
        bytes32 message =
            Typed.order(order.asset, order.payer, purseOf(order), order.amount, uint256(idOf(order)), deadline);
        return sig(aliceKey, digestOf(message));
    }

    function toRelease(uint256 key, EscrowOrder memory order) internal view returns (bytes memory) {
        return sig(key, consentDigest("Release(EscrowOrder order)", order));
    }

    function toCancel(uint256 key, EscrowOrder memory order) internal view returns (bytes memory) {
        return sig(key, consentDigest("Cancel(EscrowOrder order)", order));
    }

    function consentDigest(string memory kind, EscrowOrder memory order) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Lifeboat Escrow"),
                keccak256("1"),
                block.chainid,
                address(escrow)
            )
        );
        bytes32 message = keccak256(abi.encode(keccak256(abi.encodePacked(kind, ORDER_TYPE)), idOf(order)));
        return keccak256(abi.encodePacked("\x19\x01", domain, message));
    }

    // ------------------------------------------------------------------ calls of the escrow

    function openCall(EscrowOrder memory order) internal view returns (bytes memory) {
        return abi.encodeCall(IEscrow.open, (order, soon(), payment(order, soon())));
    }

    function openDirectCall(EscrowOrder memory order) internal pure returns (bytes memory) {
        return abi.encodeCall(IEscrow.openDirect, (order));
    }

    function releaseCall(EscrowOrder memory order, bytes memory signature) internal pure returns (bytes memory) {
        return abi.encodeCall(IEscrow.release, (order, signature));
    }

    function cancelCall(EscrowOrder memory order, bytes memory signature) internal pure returns (bytes memory) {
        return abi.encodeCall(IEscrow.cancel, (order, signature));
    }

    function arbitrateCall(EscrowOrder memory order, bool toPayee, bytes memory party, bytes memory arbiter)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IEscrow.arbitrate, (order, toPayee, party, arbiter));
    }

    function refundCall(EscrowOrder memory order) internal pure returns (bytes memory) {
        return abi.encodeCall(IEscrow.refund, (order));
    }

    function collectCall(EscrowOrder memory order) internal pure returns (bytes memory) {
        return abi.encodeCall(IEscrow.collect, (order));
    }

    function withdrawCall(EscrowOrder memory order, address to) internal pure returns (bytes memory) {
        return abi.encodeCall(IEscrow.withdraw, (order, to));
    }

    // ------------------------------------------------------------------ and what must come of them

    /// @notice A call of the escrow that must succeed.
    function on(address from, bytes memory data) internal {
        onWith(from, 0, data);
    }

    function onWith(address from, uint256 value, bytes memory data) internal {
        if (value > 0) vm.deal(from, from.balance + value);
        vm.prank(from);
        (bool ok, bytes memory result) = address(escrow).call{value: value}(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    /// @notice A call of the escrow that must be refused with exactly this error.
    function off(address from, bytes memory data, bytes memory why) internal {
        offWith(from, 0, data, why);
    }

    function offWith(address from, uint256 value, bytes memory data, bytes memory why) internal {
        if (value > 0) vm.deal(from, from.balance + value);
        vm.prank(from);
        (bool ok, bytes memory result) = address(escrow).call{value: value}(data);
        assertFalse(ok, "the call was accepted");
        vm.assertEq(result, why, "refused, but with another error");
    }

    function err(bytes4 selector, bytes32 id) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, id);
    }

    function assertOutcome(EscrowOrder memory order, Outcome expected) internal view {
        assertEq(uint256(escrow.outcomeOf(idOf(order))), uint256(expected), "outcome");
    }
}
