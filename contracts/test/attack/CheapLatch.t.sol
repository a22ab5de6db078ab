// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVault} from "lifeboat/interfaces/IVault.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Phase, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Users who try to end a healthy service for the price of a wei.
contract CheapLatchTest is VaultTest {
    /// @notice Mallory owns a wei in the final ledger and has spent it in the next one, which is about to be final. A request now
    /// can soon neither be served (nothing is owed) nor answered by that ledger (it is older): a newer one must be final before the
    /// request is due, or the vault latches. Terms under which no newer ledger can be final in time are refused.
    function test_cheapLatch_aSpentWeiIsAnsweredInTime() public {
        Terms memory terms = termsFor(token);
        terms.timers.serveDeadline = 24 hours;
        terms.timers.freezeMax = 12 hours;
        terms.timers.unattestedFinality = 21 hours + 1;
        vm.expectRevert(Errors.Terms_FinalityOutlivesRequests.selector);
        this.deployIt(terms);

        terms.timers.unattestedFinality = 21 hours;
        vault = deploy(terms);
        _attack(21 hours);
        assertPhase(Phase.Live, "the service lives on");
    }

    function deployIt(Terms memory terms) external returns (IVault) {
        return deploy(terms);
    }

    function _attack(uint256 finality) private {
        fund(token, 175e6);
        fund(ETH, 1);
        post(token, threeUsers(1e6));
        Leaf[] memory leaves = new Leaf[](1);
        leaves[0] = Leaf(stranger, 1, 0);
        post(ETH, leaves);
        warpBy(20 hours);
        beat();
        leaves[0].balance = 0;
        post(ETH, leaves);
        warpBy(20 hours - 1);
        beat();
        perform(stranger, requestCall(finalTree(ETH), ETH, 0, 1));
        post(token, threeUsers(1e6));
        uint32 answering = post(ETH, leaves);
        warpBy(1 hours + 1);
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 0, 1), err(Errors.Gate_AmountAboveOwed.selector, 1, 0));
        SumTree.Tree memory tree = finalTree(ETH);
        refuse(stranger, answerCall(tree, ETH, 0), err(Errors.Liveness_RequestStands.selector, stranger));
        beat();
        warpBy(finality - 1 hours - 1);
        assertEq(vault.finalEpoch(ETH), answering, "final before the request is due");
        perform(alice, answerCall(finalTree(ETH), ETH, 0));
        warpBy(3 hours);
        refuse(
            alice,
            abi.encodeCall(IRegistry.reportUnserved, (ETH, stranger)),
            err(Errors.Liveness_RequestNotOpen.selector, stranger)
        );
    }
}
