// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Rules} from "./Rules.sol";

/// @notice Every action of a service and its users, valid by construction: none of them may revert.
contract HonestHandler is Rules {
    function actions() public pure virtual returns (bytes4[] memory list) {
        list = new bytes4[](21);
        list[0] = this.jump.selector;
        list[1] = this.serve.selector;
        list[2] = this.deposit.selector;
        list[3] = this.depositToLedger.selector;
        list[4] = this.withdraw.selector;
        list[5] = this.spend.selector;
        list[6] = this.payOut.selector;
        list[7] = this.release.selector;
        list[8] = this.tide.selector;
        list[9] = this.exitRequest.selector;
        list[10] = this.windDown.selector;
        list[11] = this.replay.selector;
        list[12] = this.latchVault.selector;
        list[13] = this.refund.selector;
        list[14] = this.count.selector;
        list[15] = this.openNextRound.selector;
        list[16] = this.claimShare.selector;
        list[17] = this.claimShareTo.selector;
        list[18] = this.pushShares.selector;
        list[19] = this.tallyClaims.selector;
        list[20] = this.anchorNodes.selector;
    }
}
