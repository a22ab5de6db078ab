// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBond} from "lifeboat/interfaces/IBond.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, Leaf, Phase, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Where an honest service can lock itself out, or must rely on somebody: what terms and keepers have to heed.
contract KnownLimitsTest is VaultTest {
    using SumTree for SumTree.Tree;

    /// @notice While watchers attest nothing, every posting takes a slot of the history until it is final by age. With all slots taken and
    /// a suspicion running, finality stands still: the stale root cannot be replaced and the vault latches. A keeper must leave a slot free.
    function test_limit_historyFullOfUnattestedLedgersCannotBeCured() public {
        openService();
        for (uint256 i = 0; i < 7; ++i) {
            warpBy(1 hours);
            beat();
            post(ETH, threeUsers(1 ether));
        }
        post(token, threeUsers(1e6));
        // An outage of two days: silent first, then the roots are stale too; the service is back well within the challenge window.
        warpBy(49 hours);
        assertPhase(Phase.Suspected, "within the challenge window");
        beat();
        refuse(stranger, commitCall(inputFor(ETH, threeUsers(1 ether))), err(Errors.Ledger_WouldEvictFinal.selector, 1));
        toLatched();
        assertPhase(Phase.Latched, "for want of a slot");
    }

    /// @notice With one posting less, the same service is cured.
    function test_limit_oneFreeSlotIsEnough() public {
        openService();
        for (uint256 i = 0; i < 6; ++i) {
            warpBy(1 hours);
            beat();
            post(ETH, threeUsers(1 ether));
        }
        post(token, threeUsers(1e6));
        warpBy(49 hours);
        beat();
        post(ETH, threeUsers(1 ether));
        post(token, threeUsers(1e6));
        assertPhase(Phase.Live, "cured");
    }

    /// @notice Were unattested finality longer than a root may be old, hourly postings alone, without attestation, would latch a service that
    /// never stopped: such terms are refused. At the edge it is refused a posting now and then, and lives.
    function test_limit_finalityLongerThanRootAgeIsRefused() public {
        Terms memory terms = termsFor(token);
        terms.timers.rootMaxAge = 24 hours;
        terms.timers.unattestedFinality = 24 hours + 1;
        refuseTerms(terms, err(Errors.Terms_FinalityOutlivesHistory.selector));
        terms.timers.unattestedFinality = 24 hours;
        vault = deploy(terms);
        openService();
        bool refused = false;
        for (uint256 hour = 0; hour < 100; ++hour) {
            warpBy(1 hours);
            assertPhase(Phase.Live, "posting whenever it can");
            beat();
            for (uint256 a = 0; a < 2; ++a) {
                (address asset, uint128 unit) = a == 0 ? (ETH, 1 ether) : (token, 1e6);
                (bool ok,) = address(vault).call(commitCall(inputFor(asset, threeUsers(unit))));
                if (!ok) refused = true;
            }
        }
        assertTrue(refused, "the history was full");
    }

    /// @notice A cursor that takes entries into a ledger which does not owe them: operator and auditors are trusted not to, watchers see it.
    function test_limit_cursorIsTheAuditorsPromise() public {
        openService();
        performWith(bob, 8 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, bob, 8 ether)));
        CommitmentInput memory input = inputFor(ETH, threeUsers(1 ether));
        assertEq(input.depositCursor, 1, "takes Bob's entry in");
        perform(stranger, commitCall(input));
        attest(ETH);
        warpBy(1 hours);
        toLatched();
        refuse(
            stranger, abi.encodeCall(IVaultCore.refundPending, (ETH, 0)), err(Errors.Books_EntryInLedger.selector, 0, 1)
        );
    }

    /// @notice Payouts are netted by account. One account at two indices: a flag nets the same payout from both leaves.
    function test_limit_flagOnADuplicateAccountNetsTwice() public {
        openService();
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[2].account = alice;
        postFinal(ETH, leaves);
        payOut(ETH, 0, 25 ether);
        toLatched();
        perform(stranger, flagCall(finalTree(ETH), ETH, 2));
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        assertEq(vault.recovery(ETH).owed, 125 ether, "175 less 25, twice: ledgers must name an account once");
    }

    /// @notice A compensation is shared out over what is owed, and what nobody counted as paid out stands as owed: its part of the compensation
    /// is nobody's and stays in the bond. Counted in time, nothing stays but dust.
    function test_limit_uncountedPayoutsLeaveCompensationBehind() public {
        openService();
        createSatellite("Bond.sol:Bond");
        IBond bond = IBond(vault.parameters().bond);
        bond.put{value: 5 ether}(ETH, 5 ether);
        payOut(ETH, 0, 100 ether);
        fund(ETH, 100 ether);
        uint256 world = vm.snapshotState();
        uint256 others = uint256(5 ether) * 50 / 175 + uint256(5 ether) * 25 / 175;
        assertEq(_leftInTheBond(bond), 5 ether - others, "the part of what Alice has had");
        vm.revertToState(world);
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        assertLe(_leftInTheBond(bond), 3, "dust");
    }

    function _leftInTheBond(IBond bond) private returns (uint256) {
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        SumTree.Tree memory tree = finalTree(ETH);
        for (uint32 i = 1; i < 3; ++i) {
            bond.compensate(ETH, i, tree.leaves[i], tree.proof(i));
        }
        return address(bond).balance - bond.bonded(ETH);
    }
}
