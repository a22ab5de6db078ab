// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Rules} from "./Rules.sol";

/// @notice Every action of a service and its users, valid by construction: none of them may revert.
contract HonestHandler is Rules {
    function actions() public pure virtual returns (bytes4[] memory list) {
        list = new bytes4[](45);
        uint256 next = 0;
        list[next++] = this.jump.selector;
        list[next++] = this.serve.selector;
        list[next++] = this.deposit.selector;
        list[next++] = this.depositToLedger.selector;
        list[next++] = this.withdraw.selector;
        list[next++] = this.spend.selector;
        list[next++] = this.payOut.selector;
        list[next++] = this.release.selector;
        list[next++] = this.tide.selector;
        list[next++] = this.exitRequest.selector;
        list[next++] = this.windDown.selector;
        list[next++] = this.replay.selector;
        list[next++] = this.latchVault.selector;
        list[next++] = this.refund.selector;
        list[next++] = this.count.selector;
        list[next++] = this.openNextRound.selector;
        list[next++] = this.claimShare.selector;
        list[next++] = this.claimShareTo.selector;
        list[next++] = this.pushShares.selector;
        list[next++] = this.tallyClaims.selector;
        list[next++] = this.anchorNodes.selector;
        list[next++] = this.hotRelease.selector;
        list[next++] = this.hotPayOut.selector;
        list[next++] = this.cancel.selector;
        list[next++] = this.queueCold.selector;
        list[next++] = this.executeCold.selector;
        list[next++] = this.vetoCold.selector;
        list[next++] = this.freezeOutflow.selector;
        list[next++] = this.maintain.selector;
        list[next++] = this.declareMajeure.selector;
        list[next++] = this.alarm.selector;
        list[next++] = this.backupBeat.selector;
        list[next++] = this.say.selector;
        list[next++] = this.announceRotation.selector;
        list[next++] = this.ownMoney.selector;
        list[next++] = this.jumpAgain.selector;
        list[next++] = this.serveAgain.selector;
        list[next++] = this.executeColdAgain.selector;
        list[next++] = this.activateRotation.selector;
        list[next++] = this.serveOn.selector;
        list[next++] = this.disputeLedger.selector;
        list[next++] = this.rule.selector;
        list[next++] = this.settleDispute.selector;
        list[next++] = this.disputeExit.selector;
        list[next++] = this.rush.selector;
    }
}
