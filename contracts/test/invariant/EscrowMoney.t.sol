// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TestBase} from "../base/TestBase.sol";
import {EscrowHandler} from "./EscrowHandler.sol";
import {FuzzSelector} from "./Money.t.sol";

/// @notice The books of an escrow over every sequence of payments, decisions, thefts and time; at the end everything unwinds.
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: deep.invariant.fail-on-revert = true
contract EscrowInvariantTest is TestBase {
    EscrowHandler private handler;

    function setUp() public {
        handler = new EscrowHandler();
        handler.setUp();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), handler.actions());
    }

    function invariant_escrowBooks() public view {
        handler.checkRules();
    }

    function afterInvariant() public {
        handler.drain();
        handler.checkRules();
    }

    function test_everyActionIsReached() public {
        string[12] memory names = handler.names();
        uint256[] memory hits = new uint256[](names.length);
        bytes4[] memory actions = handler.actions();
        uint256 world = vm.snapshotState();
        for (uint256 run = 0; run < 8; ++run) {
            vm.revertToState(world);
            for (uint256 step = 0; step < 60; ++step) {
                uint256 random = uint256(keccak256(abi.encode(run, step)));
                uint256 seed = uint256(keccak256(abi.encode(random)));
                bytes memory data = abi.encodeWithSelector(actions[random % actions.length], seed, random >> 160);
                // A discarded action reverts: not this test's concern.
                (bool ok,) = address(handler).call(data);
                ok;
            }
            for (uint256 i = 0; i < hits.length; ++i) {
                hits[i] += handler.hits(names[i]);
            }
            handler.drain();
            handler.checkRules();
        }
        for (uint256 i = 0; i < hits.length; ++i) {
            assertGt(hits[i], 0, names[i]);
        }
    }
}
