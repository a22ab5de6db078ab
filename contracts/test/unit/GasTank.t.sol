// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {GasBurner, Reentrant, Reverter} from "../twins/Recipients.sol";

interface ITank {
    event Repaid(address indexed pusher, uint256 amount);

    function VAULT() external view returns (address);
    function repay(address pusher, uint256 amount) external;
}

/// @notice What the tank gives to those who push: bounded, for paid leaves only, and never in the way of a push.
/// @dev Isolated calls have no gas price.
/// forge-config: default.isolate = false
contract GasTankTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant BASE_FEE = 10 gwei;
    uint256 private constant GAS_PER_LEAF = 45_000;
    Round private round;
    address private tank;

    function setUp() public override {
        super.setUp();
        openService();
        tank = vault.gasTank();
        toReturning();
        round = openRound(ETH);
        toPushes();
        give(ETH, tank, 1 ether);
        vm.fee(BASE_FEE);
        vm.txGasPrice(BASE_FEE + 1 gwei);
    }

    /// @dev Pushes the only word; what the tank paid for it.
    function pushed(address by) private returns (uint256) {
        uint256 before = tank.balance;
        perform(by, pushCall(finalTree(ETH), ETH, round, 0));
        return before - tank.balance;
    }

    function test_tank_answersToTheVaultOnly() public {
        assertEq(ITank(tank).VAULT(), address(vault), "its vault");
        vm.prank(stranger);
        vm.expectRevert(err(Errors.Tank_OnlyVault.selector));
        ITank(tank).repay(stranger, 1);
        vm.prank(address(vault));
        ITank(tank).repay(stranger, 5);
        assertEq(stranger.balance, 5, "the vault may");
    }

    function test_tank_paysAtMostWhatItHolds() public {
        vm.expectEmit(tank);
        emit ITank.Repaid(stranger, 1 ether);
        vm.prank(address(vault));
        ITank(tank).repay(stranger, 2 ether);
        assertEq(stranger.balance, 1 ether, "all it had");
    }

    function test_repay_atThePriceOfTheTransaction() public {
        uint256 paid = pushed(stranger);
        assertEq(stranger.balance, paid, "to the pusher");
        assertGt(paid, 0, "something");
        assertLe(paid, 3 * GAS_PER_LEAF * (BASE_FEE + 1 gwei), "bounded by the leaves paid");
        assertEq(paid % (BASE_FEE + 1 gwei), 0, "gas times price");
    }

    function test_repay_priorityFeeIsBounded() public {
        vm.txGasPrice(BASE_FEE + 50 gwei);
        assertEq(pushed(stranger) % (BASE_FEE + 2 gwei), 0, "two gwei on top, no more");
    }

    function test_repay_priceIsBoundedByTheTerms() public {
        vm.fee(500 gwei);
        vm.txGasPrice(501 gwei);
        uint256 paid = pushed(stranger);
        assertEq(paid % 100 gwei, 0, "the terms' price");
        assertLe(paid, 3 * GAS_PER_LEAF * 100 gwei, "bounded");
    }

    function test_repay_neverFromTheReserve() public {
        uint256 reserve = vault.reserve(ETH);
        pushed(stranger);
        assertEq(vault.reserve(ETH), reserve - 175 ether, "the shares alone left it");
    }

    function test_repay_withAnEmptyTankThePushStands() public {
        vm.prank(address(vault));
        ITank(tank).repay(stranger, 1 ether);
        assertEq(pushed(stranger), 0, "nothing to give");
        assertEq(bob.balance, 50 ether, "but everybody is paid");
    }

    function test_repay_refusingPushersChangeNothing() public {
        uint256 world = vm.snapshotState();
        address[2] memory pushers = [address(new Reverter()), address(new GasBurner())];
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(pushed(pushers[i]), 0, "not accepted");
            assertEq(bob.balance, 50 ether, "the push stands");
            vm.revertToState(world);
            pushers = [address(new Reverter()), address(new GasBurner())];
        }
    }

    function test_repay_thePusherCannotReenter() public {
        Reentrant pusher = new Reentrant();
        claim(ETH, round, 0);
        pusher.arm(address(vault), pushCall(finalTree(ETH), ETH, round, 0));
        pusher.send(address(vault), 0, pushCall(finalTree(ETH), ETH, round, 0));
        assertFalse(pusher.succeeded(), "no second push within the first");
        assertEq(bob.balance, 50 ether, "paid once");
    }

    function test_repay_onlyForLeavesThatWerePaid() public {
        vault = deploy(termsFor(token));
        tank = vault.gasTank();
        give(ETH, tank, 1 ether);
        fund(ETH, 175 ether);
        post(token, new Leaf[](0));
        Leaf[] memory leaves = threeUsers(1 ether);
        for (uint256 i = 0; i < 3; ++i) {
            leaves[i].account = address(new Reverter());
        }
        postFinal(ETH, leaves);
        toReturning();
        round = openRound(ETH);
        toPushes();
        assertEq(pushed(stranger), 0, "three skipped, none paid");
    }
}
