// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Case, IDisputes} from "lifeboat/interfaces/IDisputes.sol";
import {Phase} from "lifeboat/types/Types.sol";

import {LiveActions} from "./LiveActions.sol";

/// @notice What is put to the arbitrator, what he answers, and what comes of it. An action whose conditions do not hold is discarded.
abstract contract DisputeActions is LiveActions {
    uint256 private constant FEE = 0.02 ether;

    /// @notice Somebody disputes the last ledger of an asset, if there is another.
    function disputeLedger(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(vault.phase() == Phase.Latched);
        (uint256 cost,) = disputes.costs();
        (bool open,) = address(disputes).call{value: cost + seed % 3}(abi.encodeCall(IDisputes.disputeLedger, (asset)));
        vm.assume(open);
        hit("disputeLedger");
    }

    /// @notice What random steps hardly ever come to: a deposit, the ledger that knows it, a payout of it all, the latch, and a dispute.
    function rush(uint256 seed) external watched {
        vm.assume(seed % 8 == 0 && isBefore(Phase.Suspected));
        seed = (seed >> 8) % 2 ** 16;
        this.depositToLedger(seed, 1e18);
        vm.roll(block_() + 1);
        perform(stranger, remember(beatCall()));
        vm.assume(postLedger(assets[seed % 2]));
        warpBy(1 hours);
        this.payOut(seed);
        toLatched();
        this.disputeLedger(seed);
        hit("rush");
    }

    function rule(uint256 seed) external watched {
        (uint256 id, Case memory opened) = openDispute(assets[seed % 2]);
        vm.assume(!opened.isRuled && now_() <= opened.due);
        arbitrator.tell(address(disputes), id, (seed >> 8) % 4);
        hit("rule");
    }

    /// @notice Ruled, or after the arbitrator's time.
    function settleDispute(uint256 seed) external watched {
        address asset = assets[seed % 2];
        (uint256 id, Case memory opened) = openDispute(asset);
        // Nobody comes to this second by himself.
        if (!opened.isRuled && now_() <= opened.due && seed % 4 == 0) vm.warp(opened.due + 1);
        vm.assume(opened.isRuled || now_() > opened.due);
        settleNow(asset, id);
    }

    function settleNow(address asset, uint256 id) internal {
        uint32 before = vault.recovery(asset).epoch;
        bool silent = !disputes.disputeOf(id).isRuled;
        bool upheld = disputes.disputeOf(id).ruling == 1;
        disputes.settle(id);
        hit("settle");
        // The bond of who disputed without reason.
        if (upheld) fuelled += CHALLENGE_BOND;
        if (silent) hit("settle in silence");
        uint32 epoch = vault.recovery(asset).epoch;
        if (epoch > before) violate("rule 6: a ledger newer than the last final one counts");
        if (upheld && epoch != before) violate("the ledger was replaced against the ruling");
        if (epoch != before) hit("ledger replaced");
    }

    /// @notice The operator disputes a request, and the arbitrator says at once whatever he likes.
    function disputeExit(uint256 seed) external watched {
        (address asset, uint256 first) = (assets[seed % 2], seed >> 8);
        vm.assume(isBefore(Phase.Latched));
        for (uint256 i = 0; i < USERS; ++i) {
            uint256 who = (first + i % USERS) % USERS;
            address user = users[who];
            (bool disputed,) = disputes.requestDispute(asset, user);
            uint128 target = vault.exitRequest(asset, user).target;
            if (disputed || target == 0) continue;
            address operator = vm.addr(operatorKey);
            vm.deal(operator, FEE);
            vm.prank(operator);
            uint256 id = disputes.disputeRequest{value: FEE}(asset, user);
            uint256 ruling = (seed >> 16) % 3;
            arbitrator.tell(address(disputes), id, ruling);
            disputes.settle(id);
            uint128 left = vault.exitRequest(asset, user).target;
            if (left != (ruling == 1 ? 0 : target)) violate("a request is not as it was ruled");
            if (ruling == 1) bookClosed(asset, who);
            hit(ruling == 1 ? "request closed by ruling" : "request upheld");
            return;
        }
        vm.assume(false);
    }

    /// @dev Discards if there is none.
    function openDispute(address asset) internal view returns (uint256 id, Case memory opened) {
        bool disputed;
        (disputed, id) = disputes.ledgerDispute(asset);
        vm.assume(disputed);
        opened = disputes.disputeOf(id);
        vm.assume(!opened.isSettled);
    }
}
