// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBond} from "lifeboat/interfaces/IBond.sol";
import {EscrowOrder, IEscrow} from "lifeboat/interfaces/IEscrow.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Lock} from "lifeboat/modules/Lock.sol";
import {Leaf, Quorum, Round} from "lifeboat/types/Types.sol";

import {EscrowTest} from "../base/EscrowTest.sol";
import {HookToken} from "../twins/Tokens.sol";

/// @notice While one movement of money is under way, no other can begin: every locked entry point is tried, from within a token's transfer.
/// (Those of the disputes: `test_T59_nothingOpensFromWithinTheOpening`.)
contract LocksTest is EscrowTest {
    HookToken private hook;
    bytes[] private doors;
    Leaf private leaf;
    Round private round;
    Quorum private unsigned;

    function setUp() public override {
        super.setUp();
        hook = new HookToken();
        hook.mint(address(this), 1000);
        vault = deploy(termsFor(address(hook)));
        escrow = deployEscrow(address(vault));
    }

    function test_locks_ofTheVault() public {
        doors.push(depositCall(ETH, alice, 0));
        doors.push(abi.encodeCall(IVaultCore.withdraw, (ETH, alice, 1)));
        doors.push(abi.encodeCall(IVaultCore.spend, (ETH, alice, bob, 1, 0, soon(), "")));
        doors.push(abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 0)));
        doors.push(abi.encodeCall(IVaultCore.refundPending, (ETH, 0)));
        doors.push(abi.encodeCall(IVaultCore.payOut, (ETH, 0, leaf, 1, "", 0, soon(), unsigned)));
        doors.push(abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, alice, 1, 0, soon(), unsigned)));
        doors.push(abi.encodeCall(IVaultCore.executeRelease, (ETH, alice, 1, 0, soon())));
        doors.push(abi.encodeCall(IVaultCore.openRound, (ETH)));
        doors.push(abi.encodeCall(IVaultCore.claim, (ETH, round, 0, leaf, "")));
        doors.push(abi.encodeCall(IVaultCore.claimTo, (ETH, round, 0, leaf, "", alice, 0, soon(), "")));
        doors.push(abi.encodeCall(IVaultCore.pushWord, (ETH, round, 0, "", "")));
        doors.push(abi.encodeCall(IVaultCore.releaseEquity, (ETH, alice, 1, 0, soon(), unsigned)));
        hook.approve(address(vault), doors.length);
        for (uint256 i = 0; i < doors.length; ++i) {
            hook.arm(address(vault), doors[i]);
            perform(address(this), depositCall(address(hook), alice, 1));
            assertShut();
        }
    }

    function test_locks_ofTheBond() public {
        createSatellite("Bond.sol:Bond");
        IBond bond = IBond(vault.parameters().bond);
        doors.push(abi.encodeCall(IBond.put, (ETH, 0)));
        doors.push(abi.encodeCall(IBond.unbond, (ETH)));
        doors.push(abi.encodeCall(IBond.fillShortfall, (ETH)));
        doors.push(abi.encodeCall(IBond.compensate, (ETH, 0, leaf, "")));
        doors.push(abi.encodeCall(IBond.withdrawCredit, (ETH, alice)));
        doors.push(abi.encodeCall(IBond.returnRest, (ETH)));
        hook.approve(address(bond), doors.length);
        for (uint256 i = 0; i < doors.length; ++i) {
            hook.arm(address(bond), doors[i]);
            bond.put(address(hook), 1);
            assertShut();
        }
    }

    function test_locks_ofTheEscrow() public {
        EscrowOrder memory other = orderOf(ETH, 1);
        doors.push(abi.encodeCall(IEscrow.open, (other, soon(), "")));
        doors.push(openDirectCall(other));
        doors.push(releaseCall(other, ""));
        doors.push(cancelCall(other, ""));
        doors.push(arbitrateCall(other, true, "", ""));
        doors.push(refundCall(other));
        doors.push(collectCall(other));
        doors.push(withdrawCall(other, alice));
        hook.approve(address(escrow), doors.length);
        for (uint256 i = 0; i < doors.length; ++i) {
            hook.arm(address(escrow), doors[i]);
            EscrowOrder memory order = orderOf(address(hook), 1);
            order.payer = address(this);
            on(address(this), openDirectCall(order));
            assertShut();
        }
    }

    function assertShut() private view {
        assertTrue(hook.called() && !hook.succeeded(), "it was tried and refused");
        assertTrue(selectorOf(hook.result()) == Lock.ReentrancyGuardReentrantCall.selector, "by the lock");
    }
}
