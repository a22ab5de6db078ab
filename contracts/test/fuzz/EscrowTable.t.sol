// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {EscrowOrder, IEscrow, Outcome} from "lifeboat/interfaces/IEscrow.sol";
import {Phase} from "lifeboat/types/Types.sol";

import {EscrowTest} from "../base/EscrowTest.sol";

/// @notice The table of decisions for every set of consents, at any time: who can bring what about.
contract EscrowTableFuzzTest is EscrowTest {
    uint256 private constant PAYER = 1;
    uint256 private constant PAYEE = 2;
    uint256 private constant ARBITER = 4;

    EscrowOrder private order;

    /// @param releasing The parties who signed Release.
    /// @param cancelling The parties who signed Cancel.
    function testFuzz_escrow_onlyTheTableSettles(
        uint256 releasing,
        uint256 cancelling,
        uint256 time,
        uint32 life,
        uint128 amount,
        bool ether_
    ) public {
        address asset = ether_ ? ETH : token;
        amount = uint128(bound(amount, 1, 1e24));
        order = orderOf(asset, amount);
        order.expiry = uint40(now_() + bound(life, 1, 10 days));
        deposited(asset, alice, amount);
        on(stranger, openCall(order));
        warpBy(bound(time, 0, 12 days));

        bool running = now_() < order.expiry && vault.phase() < Phase.Latched;
        bool toPayee = running && (_has(releasing, PAYER) || _has(releasing, PAYEE | ARBITER));
        bool toPayer = running && (_has(cancelling, PAYEE) || _has(cancelling, PAYER | ARBITER));

        uint256 fork = vm.snapshotState();
        assertTrue(_tryRelease(releasing) == toPayee, "released exactly when the table says so");
        assertEq(balanceOf(asset, bob), toPayee ? amount : 0, "the payee has it all, or nothing");
        vm.revertToState(fork);
        assertTrue(_tryCancel(cancelling) == toPayer, "cancelled exactly when the table says so");
        assertEq(balanceOf(asset, alice), toPayer ? amount : 0, "the payer has it back, or nothing");
        vm.revertToState(fork);
        assertTrue(_try(refundCall(order)) == !running, "due back exactly when nothing else is possible");
        assertEq(balanceOf(asset, alice), running ? 0 : amount, "the payer has it back, or nothing");
        assertEq(held(order), running ? amount : 0, "or it is still there");
    }

    /// @notice Other terms, other purse: no payment can be taken for another order's.
    function testFuzz_escrow_everyTermMakesThePurse(EscrowOrder memory a, uint256 field, uint256 other) public view {
        EscrowOrder memory b = abi.decode(abi.encode(a), (EscrowOrder));
        field = bound(field, 0, 6);
        if (field == 0) b.asset = address(uint160(other));
        else if (field == 1) b.payer = address(uint160(other));
        else if (field == 2) b.payee = address(uint160(other));
        else if (field == 3) b.arbiter = address(uint160(other));
        else if (field == 4) b.amount = uint128(other);
        else if (field == 5) b.expiry = uint40(other);
        else b.salt = bytes32(other);
        bool same = keccak256(abi.encode(a)) == keccak256(abi.encode(b));
        assertTrue((escrow.purseOf(a) == escrow.purseOf(b)) == same, "one purse an order");
        assertEq(escrow.purseOf(a), purseOf(a), "where the specification says");
    }

    function _has(uint256 set, uint256 all) private pure returns (bool) {
        return set & all == all;
    }

    /// @dev A stranger brings what there is: whoever is not in the set has signed the opposite.
    function _tryRelease(uint256 set) private returns (bool) {
        bytes memory payer = _has(set, PAYER) ? toRelease(aliceKey, order) : toCancel(aliceKey, order);
        bytes memory payee = _has(set, PAYEE) ? toRelease(bobKey, order) : toCancel(bobKey, order);
        bytes memory arbiter = _has(set, ARBITER) ? toRelease(judyKey, order) : toCancel(judyKey, order);
        // Another's signature does for nobody.
        if (_try(arbitrateCall(order, true, payer, arbiter)) || _try(arbitrateCall(order, true, payee, payer))) {
            return false;
        }
        return _try(releaseCall(order, payer)) || _try(arbitrateCall(order, true, payee, arbiter));
    }

    function _tryCancel(uint256 set) private returns (bool) {
        bytes memory payer = _has(set, PAYER) ? toCancel(aliceKey, order) : toRelease(aliceKey, order);
        bytes memory payee = _has(set, PAYEE) ? toCancel(bobKey, order) : toRelease(bobKey, order);
        bytes memory arbiter = _has(set, ARBITER) ? toCancel(judyKey, order) : toRelease(judyKey, order);
        if (_try(arbitrateCall(order, false, payee, arbiter)) || _try(arbitrateCall(order, false, payer, payee))) {
            return false;
        }
        return _try(cancelCall(order, payee)) || _try(arbitrateCall(order, false, payer, arbiter));
    }

    function _try(bytes memory data) private returns (bool ok) {
        vm.prank(stranger);
        (ok,) = address(escrow).call(data);
    }
}
