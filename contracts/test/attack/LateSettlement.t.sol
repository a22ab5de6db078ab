// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {DisputesTest} from "../base/DisputesTest.sol";

/// @notice A dispute that is settled late, or opened late: what it puts off must not be what it takes away.
contract LateSettlementTest is DisputesTest {
    address private home = actor("alice's other address");

    /// @notice The vault covers all that it owes. The older ledger can be counted only once it counts; if its time for that had run from when
    /// the dispute was due, whoever settles later could open the round in the same transaction, on what was paid out long ago: everybody
    /// would have two thirds of his money, and the last third would be set aside for nobody, for ever.
    function test_lateSettlement_leavesTheTimeToCount() public {
        payOut(ETH, 0, 60 ether);
        postNewer();
        uint256 id = toDisputed();
        vm.warp(disputes.disputeOf(id).due + COUNTING_TIME + 1);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "the written default");
        uint256 from = now_() + COUNTING_TIME;
        bytes memory data = abi.encodeCall(IVaultCore.openRound, (ETH));
        refuse(stranger, data, err(Errors.Return_RoundHeld.selector, from));
        vm.warp(from - 1);
        perform(stranger, countCall(treeOf(ETH, OLDER), ETH, 0));
        vm.warp(from);
        Round memory round = openRound(ETH);
        refundPending(0);
        for (uint32 i = 0; i < 3; ++i) {
            claim(ETH, round, i);
        }
        assertEq(alice.balance, 100 ether, "60 before, 40 now");
        assertEq(bob.balance, 58 ether, "Bob, with his deposit");
        assertEq(carol.balance, 25 ether, "Carol");
        assertEq(address(vault).balance, 0, "nothing stays behind");
    }

    /// @notice For the arbitrator's fee anybody could have the head start of an asset: its round opened when the pushes began, and who has an
    /// account that is no place to send money to was pushed in the same transaction.
    function test_lateRound_leavesTheHeadStart() public {
        postNewer();
        toLatched();
        vm.warp(vault.timeline().returnAt - 1);
        uint256 id = disputeLedger(ETH);
        warpBy(RULING_TIME + 1);
        settle(id);
        uint256 from = vault.recovery(ETH).roundsFrom;
        vm.warp(from);
        assertGt(from, vault.timeline().pushAt, "later than pushes of other assets");
        Round memory round = openRound(ETH);
        bytes memory data = pushCall(finalTree(ETH), ETH, round, 0);
        refuse(stranger, data, err(Errors.Return_PushTooEarly.selector, from + 3 days));
        perform(stranger, claimToCall(aliceKey, finalTree(ETH), ETH, round, 0, home, 0));
        assertEq(home.balance, 100 ether, "she was first");
        vm.warp(from + 3 days);
        push(ETH, round, 0);
        assertEq(bob.balance, 50 ether, "the others are pushed");
    }

    /// @notice Another asset, and one whose newer ledger was upheld before the return, are pushed when they always were.
    function test_lateRound_pushesOfOthersDoNotWait() public {
        postNewer();
        toSettled(toDisputed(), KEEP_NEWER);
        toReturning();
        Round memory ofEth = openRound(ETH);
        Round memory ofToken = openRound(token);
        toPushes();
        push(ETH, ofEth, 0);
        push(token, ofToken, 0);
        assertEq(alice.balance, 70 ether, "pushed");
    }

    /// @notice A limit. A false ledger posted twice in one block takes its finality time once, and then both of the two that an arbitrator can
    /// choose from are false. What bounds it is that operator and auditors must both sign them.
    function test_limit_twoFalseLedgersAreFinalTogether() public {
        Leaf[] memory sham = new Leaf[](1);
        sham[0] = Leaf(dave, 174 ether, 0);
        post(ETH, sham);
        sham[0] = Leaf(dave, 175 ether, 0);
        post(ETH, sham);
        assertEq(vault.commitment(ETH, 2).postedAt, vault.commitment(ETH, 3).postedAt, "at once");
        for (uint256 i = 0; i < 3; ++i) {
            warpBy(16 hours);
            beat();
            post(token, threeUsers(1e6));
        }
        assertEq(vault.finalEpoch(ETH), 3, "48 hours for both");
        toSettled(toDisputed(), TAKE_OLDER);
        assertEq(vault.recovery(ETH).epoch, 2, "the first of the two");
    }
}
