// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Book, Leaf, Phase, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {AccountActions} from "./AccountActions.sol";
import {BondActions} from "./BondActions.sol";
import {ChallengeActions} from "./ChallengeActions.sol";
import {DepositActions} from "./DepositActions.sol";
import {DisputeActions} from "./DisputeActions.sol";
import {GuardActions} from "./GuardActions.sol";
import {RedirectActions} from "./RedirectActions.sol";
import {FrozenToken} from "../twins/Tokens.sol";

/// @notice The money rules, and the drain that ends every run: everybody is paid by a stranger's calls.
abstract contract Rules is
    DisputeActions,
    GuardActions,
    ChallengeActions,
    DepositActions,
    RedirectActions,
    AccountActions,
    BondActions
{
    using SumTree for SumTree.Tree;

    function checkRules() external view {
        assertEq(bytes32(bytes(violation)), bytes32(0), violation);
        for (uint256 a = 0; a < 2; ++a) {
            _rule1_booksEqualTheirEntries(assets[a]);
            _rule2_nobodyGetsMoreThanOwed(assets[a]);
            _rule3_roundsPayWithinWhatTheyOpenedWith(assets[a]);
            _conservation_moneyInIsMoneyOut(assets[a]);
            checkBond(assets[a]);
        }
        checkDeposits();
        checkRedirects();
        checkTank();
        _rule8_nothingMovesNextDoor();
    }

    function _rule1_booksEqualTheirEntries(address asset) private view {
        Book memory held = vault.book(asset);
        uint256 segregated = 0;
        for (uint256 i = 0; i < USERS; ++i) {
            segregated += vault.segregatedOf(asset, users[i]);
        }
        uint256 pending = 0;
        for (uint256 e = held.absorbed; e < entries[asset].length; ++e) {
            if (!entries[asset][e].refunded) pending += entries[asset][e].amount;
        }
        assertEq(held.segregated, segregated, "rule 1: segregated is not the sum of its balances");
        assertEq(held.pending, pending, "rule 1: pending is not the sum of its entries");
        uint256 balance = balanceOf(asset, address(vault));
        assertGe(balance, segregated + pending, "rule 1: balance below segregated and pending");
        assertEq(vault.reserve(asset), balance - segregated - pending, "rule 1: reserve is not the rest");
    }

    /// @dev Also rule 5: what came in segregated or pending is there or was paid in full, whatever the ledger lost.
    function _rule2_nobodyGetsMoreThanOwed(address asset) private view {
        bool latched = !isBefore(Phase.Latched);
        uint32 epoch = countingEpoch(asset);
        Leaf[] memory leaves = leavesAt(asset, epoch);
        for (uint256 i = 0; i < USERS; ++i) {
            uint256 paidOut = vault.paidOut(asset, users[i]);
            uint256 own = deposited[asset][i] + refunded[asset][i] + compensated[asset][i];
            uint256 got = received(asset, i) + vault.segregatedOf(asset, users[i]) + credits[asset][i];
            assertEq(
                got, own + paidOut + claimed[asset][i], "rules 2, 5: a user's money is not what the bookkeeper says"
            );
            if (!latched || epoch == 0) {
                assertEq(claimed[asset][i], 0, "rule 2: claimed without a ledger that counts");
                continue;
            }
            uint256 owed = uint256(leaves[i].balance) + leaves[i].paid;
            if (paidOut > owed) owed = paidOut;
            assertLe(paidOut + claimed[asset][i], owed, "rule 2: more than owed");
            (uint256 reopened, uint256 beyond) = _deposits(asset, i);
            owed = uint256(leaves[i].balance) + leaves[i].paid + reopened;
            if (paidOut > owed) owed = paidOut;
            uint256 all = paidOut + claimed[asset][i] + refunded[asset][i];
            assertLe(all, owed + beyond, "rule 2: a deposit paid out and refunded");
        }
    }

    /// @return reopened What a dispute has made refundable again.
    /// @return beyond What no ledger ever knew.
    function _deposits(address asset, uint256 user) private view returns (uint256 reopened, uint256 beyond) {
        uint256 to = vault.recovery(asset).reopenedTo;
        for (uint256 e = _refundableFrom(asset); e < entries[asset].length; ++e) {
            if (entries[asset][e].user != user) continue;
            if (e < to) reopened += entries[asset][e].amount;
            else beyond += entries[asset][e].amount;
        }
    }

    function _rule3_roundsPayWithinWhatTheyOpenedWith(address asset) private view {
        uint256 allotted = 0;
        for (uint256 r = 0; r < opened[asset].length; ++r) {
            assertLe(paidInRound[asset][r], opened[asset][r].numerator, "rule 3: a round paid too much");
            allotted += opened[asset][r].numerator;
        }
        assertLe(allotted, vault.recovery(asset).owed, "rule 3: the ratios exceed one");
        assertLe(vault.recovery(asset).tallied, allotted, "rule 3: tallied more than allotted");
    }

    function _conservation_moneyInIsMoneyOut(address asset) private view {
        uint256 out = moneyLost[asset] + balanceOf(asset, hotWallet) + balanceOf(asset, address(bond));
        for (uint256 i = 0; i < USERS; ++i) {
            // What was spent by order went to the hot wallet, which is counted already.
            out += received(asset, i) - spent[asset][i];
        }
        assertEq(balanceOf(asset, address(vault)) + out, moneyIn[asset], "money came from nowhere or went nowhere");
    }

    function _rule8_nothingMovesNextDoor() private view {
        assertEq(address(sibling).balance, 1 ether, "rule 8: the other vault paid");
        assertEq(sibling.book(ETH).epoch, 0, "rule 8: the other vault took a ledger");
        assertEq(sibling.liveness().lastBeat, START, "rule 8: the other vault took a beat");
        assertEq(sibling.liveness().windDownAt, 0, "rule 8: the other vault is winding down");
    }

    // ------------------------------------------------------------------ rules 4 and 9: the drain

    /// @notice Every role has vanished: a stranger latches, counts, opens, pushes and claims until nothing is left but dust.
    function drain() external {
        if (isBefore(Phase.Latched)) toLatched();
        for (uint256 a = 0; a < 2; ++a) {
            _prepare(assets[a]);
        }
        if (isBefore(Phase.Returning)) toReturning();
        for (uint256 a = 0; a < 2; ++a) {
            _endDispute(assets[a]);
        }
        for (uint256 a = 0; a < 2; ++a) {
            if (now_() < pushesFrom(assets[a])) vm.warp(pushesFrom(assets[a]));
        }
        // Rule 7: the token's trouble does not hold up ETH.
        FrozenToken(token).pause(true);
        _drain(ETH);
        FrozenToken(token).pause(false);
        FrozenToken(token).setBlocked(address(vault), false);
        for (uint256 i = 0; i < USERS; ++i) {
            FrozenToken(token).setBlocked(users[i], false);
        }
        _drain(token);
        _drainChallenges();
        _drainDeposits();
    }

    function _prepare(address asset) private {
        if (!isCountable(asset)) return;
        perform(stranger, countCall(finalTree(asset), asset, 0));
    }

    /// @dev The arbitrator says nothing any more. What the older ledger has of payouts is counted, if there is time left for it.
    function _endDispute(address asset) private {
        (bool disputed, uint256 id) = disputes.ledgerDispute(asset);
        if (disputed && !disputes.disputeOf(id).isSettled) {
            if (now_() <= disputes.disputeOf(id).due) vm.warp(disputes.disputeOf(id).due + 1);
            settleNow(asset, id);
        }
        _prepare(asset);
        uint256 from = vault.recovery(asset).roundsFrom;
        if (now_() < from) vm.warp(from);
    }

    function _drain(address asset) private {
        for (uint256 e = 0; e < entries[asset].length; ++e) {
            (bool ok,) = address(this).call(abi.encodeCall(Rules.refundEntry, (asset, e)));
            // Absorbed or refunded already.
            ok;
        }
        // The one who refuses ETH has made his peace with it.
        vm.etch(users[REVERTER], "");
        while (_openRound(asset)) {}
        _drainShortfall(asset);
        for (uint256 r = 0; r < opened[asset].length; ++r) {
            _payRound(asset, opened[asset][r]);
        }
        _drainCompensation(asset);
        for (uint256 i = 0; i < USERS; ++i) {
            uint128 own = vault.segregatedOf(asset, users[i]);
            if (own > 0) perform(users[i], abi.encodeCall(IVaultCore.withdraw, (asset, second(i), own)));
        }
        assertEq(vault.book(asset).segregated, 0, "rule 5: segregated money left behind");
        assertEq(vault.book(asset).pending, 0, "rule 5: pending money left behind");
    }

    function refundEntry(address asset, uint256 entry) external {
        _refund(asset, entry);
    }

    /// @dev One push, then single claims for those whom the push could not pay.
    function _payRound(address asset, Round memory round) private {
        SumTree.Tree memory tree = finalTree(asset);
        uint256 net = 0;
        for (uint256 i = 0; i < USERS; ++i) {
            net += netOf(asset, tree.leaves[i]);
        }
        if (_isPushable(asset, round)) _push(asset, round);
        for (uint256 i = 0; i < USERS; ++i) {
            uint256 share = shareOf(asset, round, tree.leaves[i]);
            if (settled[asset][round.id][i] || share == 0) continue;
            perform(stranger, claimCall(tree, asset, round, uint32(i)));
            _settle(asset, round.id, i, share);
        }
        // In whole, but for less than a unit a leaf.
        assertGt(
            paidInRound[asset][round.id] + USERS, net * round.numerator / round.denominator, "rule 9: more than dust"
        );
    }
}
