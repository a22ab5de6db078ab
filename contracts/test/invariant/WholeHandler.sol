// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {HonestHandler} from "./HonestHandler.sol";

/// @notice The honest service with everything beside it: challenges, deposits, redirects, the bond, the tank. None of its actions may revert.
contract WholeHandler is HonestHandler {
    function actions() public pure virtual override returns (bytes4[] memory list) {
        bytes4[] memory before = super.actions();
        list = new bytes4[](before.length + 20);
        uint256 next = 0;
        for (; next < before.length; ++next) {
            list[next] = before[next];
        }
        list[next++] = this.commitUnseen.selector;
        list[next++] = this.attestLate.selector;
        list[next++] = this.challenge.selector;
        list[next++] = this.answer.selector;
        list[next++] = this.voidUnanswered.selector;
        list[next++] = this.fetchDeposit.selector;
        list[next++] = this.closeRequest.selector;
        list[next++] = this.depositForSelf.selector;
        list[next++] = this.syncBooks.selector;
        list[next++] = this.redirect.selector;
        list[next++] = this.putBond.selector;
        list[next++] = this.announceUnbonding.selector;
        list[next++] = this.unbond.selector;
        list[next++] = this.fillShortfall.selector;
        list[next++] = this.openCompensation.selector;
        list[next++] = this.compensate.selector;
        list[next++] = this.fetchCredit.selector;
        list[next++] = this.returnRest.selector;
        list[next++] = this.takeOrderBack.selector;
        list[next++] = this.fillTank.selector;
    }
}
