// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBond} from "lifeboat/interfaces/IBond.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Refuser} from "lifeboat/testnet/Refuser.sol";
import {Leaf, Round, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice The bond: shortfall first, then compensation by the terms; 1 % a day beyond 4 hours, 10 % at most.
contract BondTest is VaultTest {
    using SumTree for SumTree.Tree;

    IBond private bond;
    address private operator;

    function setUp() public override {
        super.setUp();
        operator = vm.addr(operatorKey);
        openService();
        createBond();
    }

    function createBond() private {
        createSatellite("Bond.sol:Bond");
        bond = IBond(vault.parameters().bond);
        assertGt(address(bond).code.length, 0, "it stands where the vault says");
        assertEq(bond.vault(), address(vault), "it is this vault's");
    }

    function put(address asset, uint256 amount) private {
        if (asset == ETH) {
            bond.put{value: amount}(ETH, amount);
        } else {
            (bool ok,) = asset.call(abi.encodeWithSignature("approve(address,uint256)", bond, amount));
            assertTrue(ok, "approved");
            bond.put(asset, amount);
        }
    }

    function refuseAt(address from, bytes memory data, bytes memory why) private {
        vm.prank(from);
        (bool ok, bytes memory result) = address(bond).call(data);
        assertFalse(ok, "the call was accepted");
        vm.assertEq(result, why, "refused, but with another error");
    }

    function compensate(address asset, uint32 index) private {
        SumTree.Tree memory tree = finalTree(asset);
        vm.prank(stranger);
        bond.compensate(asset, index, tree.leaves[index], tree.proof(index));
    }

    // ------------------------------------------------------------------ putting in and taking out

    function test_bond_isPutInByAnyone() public {
        put(ETH, 5 ether);
        put(token, 7e6);
        assertEq(bond.bonded(ETH), 5 ether, "ETH");
        assertEq(bond.bonded(token), 7e6, "token");
        refuseAt(
            stranger,
            abi.encodeCall(IBond.put, (address(this), 1)),
            err(Errors.Books_AssetNotListed.selector, address(this))
        );
        refuseAt(stranger, abi.encodeCall(IBond.put, (ETH, 1)), err(Errors.Books_WrongValue.selector, uint256(0), 1));
        refuseAt(stranger, abi.encodeCall(IBond.put, (ETH, 0)), err(Errors.Books_ZeroAmount.selector));
    }

    function test_T55_bondLeavesWithNoticeAndNeverUnderSuspicion() public {
        put(ETH, 5 ether);
        bytes memory announce = abi.encodeCall(IBond.announceUnbonding, (ETH, 2 ether));
        refuseAt(stranger, announce, err(Errors.Bond_OnlyOperator.selector));
        refuseAt(
            operator,
            abi.encodeCall(IBond.announceUnbonding, (ETH, 6 ether)),
            err(Errors.Bond_TooLow.selector, 5 ether, 6 ether)
        );
        bytes memory unbond = abi.encodeCall(IBond.unbond, (ETH));
        refuseAt(stranger, unbond, err(Errors.Bond_NothingAnnounced.selector, ETH));
        vm.prank(operator);
        bond.announceUnbonding(ETH, 2 ether);
        uint256 readyAt = now_() + 45 days;
        assertEq(bond.bonded(ETH), 3 ether, "what leaves does not count");
        stayAlive(45 days - 1);
        refuseAt(stranger, unbond, err(Errors.Bond_NotReady.selector, readyAt));
        warpBy(1);
        uint256 reserve = vault.reserve(ETH);
        vm.prank(stranger);
        bond.unbond(ETH);
        assertEq(vault.reserve(ETH) - reserve, 2 ether, "into the reserve, where the signers' rules hold");
        refuseAt(stranger, unbond, err(Errors.Bond_NothingAnnounced.selector, ETH));

        vm.prank(operator);
        bond.announceUnbonding(ETH, 3 ether);
        stayAlive(45 days);
        toSuspected();
        refuseAt(stranger, unbond, err(Errors.Liveness_WrongPhase.selector, 1));
    }

    function test_T54_announcedUnbondingLapses() public {
        put(ETH, 5 ether);
        vm.prank(operator);
        bond.announceUnbonding(ETH, 2 ether);
        stayAlive(45 days + 14 days + 1);
        refuseAt(stranger, abi.encodeCall(IBond.unbond, (ETH)), err(Errors.Bond_NothingAnnounced.selector, ETH));
    }

    /// @dev The first ledger of a vault whose terms ask for so much of a bond.
    function _firstCommitWith(uint16 minBondBps) private returns (bytes memory) {
        Terms memory terms = termsFor(token);
        terms.sla.minBondBps = minBondBps;
        vault = deploy(terms);
        fund(ETH, 175 ether);
        return commitCall(inputFor(ETH, threeUsers(1 ether)));
    }

    function test_T55_everyRootNeedsItsBond() public {
        bytes memory commit = _firstCommitWith(500);
        refuse(stranger, commit, err(Errors.Bond_TooLow.selector, uint256(0), 8.75 ether));
        createBond();
        put(ETH, 8.75 ether - 1);
        refuse(stranger, commit, err(Errors.Bond_TooLow.selector, 8.75 ether - 1, 8.75 ether));
        put(ETH, 1);
        perform(stranger, commit);
        vm.prank(operator);
        bond.announceUnbonding(ETH, 1);
        refuse(
            stranger,
            commitCall(inputFor(ETH, threeUsers(1 ether))),
            err(Errors.Bond_TooLow.selector, 8.75 ether - 1, 8.75 ether)
        );
    }

    function test_T55_theSmallestBondThatTermsCanAsk() public {
        bytes memory commit = _firstCommitWith(1);
        refuse(stranger, commit, err(Errors.Bond_TooLow.selector, uint256(0), 0.0175 ether));
    }

    // ------------------------------------------------------------------ the return

    function test_T56_compensationForConfirmedDowntimeOnly() public {
        put(ETH, 100 ether);
        uint256 suspected = vault.timeline().suspectedAt;
        toReturning();
        refuseAt(
            stranger, abi.encodeCall(IBond.openCompensation, (ETH)), err(Errors.Bond_CompensationNotOpen.selector, ETH)
        );
        Round memory round = openRound(ETH);
        // 48 hours of challenge and 72 of return delay, less 4 allowed: 116 hours at 1 % a day of 175 ether.
        assertEq(now_() - suspected, 120 hours, "downtime");
        uint256 due = uint256(175 ether) * 100 * 116 hours / (1 days * 10_000);
        vm.prank(stranger);
        bond.openCompensation(ETH);
        assertEq(bond.compensation(ETH).amount, due, "by the terms");
        uint256 before = alice.balance;
        compensate(ETH, 0);
        assertEq(alice.balance - before, due * 100 / 175, "her part");
        compensate(ETH, 1);
        compensate(ETH, 2);
        assertLe(address(bond).balance - bond.bonded(ETH), 2, "dust: less than a base unit a leaf");
        SumTree.Tree memory tree = finalTree(ETH);
        refuseAt(
            stranger,
            abi.encodeCall(IBond.compensate, (ETH, 0, tree.leaves[0], tree.proof(0))),
            err(Errors.Return_AlreadyClaimed.selector, uint256(0))
        );
        refuseAt(
            stranger,
            abi.encodeCall(IBond.compensate, (ETH, 1, tree.leaves[0], tree.proof(0))),
            err(Errors.Ledger_ProofInvalid.selector)
        );
        // The rest is the service's, by the vault's rules for equity.
        uint256 rest = bond.bonded(ETH);
        vm.prank(stranger);
        bond.returnRest(ETH);
        assertEq(address(vault).balance, 175 ether + rest, "back in the vault");
        claim(ETH, round, 0);
    }

    function test_T56_compensationIsCapped() public {
        put(ETH, 100 ether);
        Terms memory terms = termsFor(token);
        terms.sla.dailyBps = 5000;
        vault = deploy(terms);
        openService();
        createBond();
        put(ETH, 100 ether);
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        assertEq(bond.compensation(ETH).amount, 17.5 ether, "10 % and no more");
    }

    function test_return_smallBondIsSharedOut() public {
        put(ETH, 1 ether);
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        assertEq(bond.compensation(ETH).amount, 1 ether, "what there is");
        uint256 before = carol.balance;
        compensate(ETH, 2);
        assertEq(carol.balance - before, uint256(1 ether) * 25 / 175, "her part of it");
    }

    function test_return_shortfallComesFirst() public {
        Terms memory terms = termsFor(token);
        terms.coverageFloorBps = 5000;
        vault = deploy(terms);
        fund(ETH, 100 ether);
        fund(token, 175e6);
        post(ETH, threeUsers(1 ether));
        attest(ETH);
        postFinal(token, threeUsers(1e6));
        createBond();
        put(ETH, 80 ether);
        toLatched();
        refuseAt(stranger, abi.encodeCall(IBond.fillShortfall, (ETH)), err(Errors.Liveness_WrongPhase.selector, 2));
        toReturning();
        // The vault's own round of 100 comes first, then what the bond adds to it.
        bond.fillShortfall(ETH);
        assertEq(vault.recovery(ETH).allotted, 100 ether, "the vault's own");
        assertEq(bond.bonded(ETH), 5 ether, "75 are missing");
        refuseAt(
            stranger, abi.encodeCall(IBond.openCompensation, (ETH)), err(Errors.Bond_ShortfallFirst.selector, 75 ether)
        );
        openRound(ETH);
        assertEq(vault.recovery(ETH).allotted, 175 ether, "everything that is owed");
        refuseAt(stranger, abi.encodeCall(IBond.fillShortfall, (ETH)), err(Errors.Bond_NothingMissing.selector, ETH));
        bond.openCompensation(ETH);
        assertEq(bond.compensation(ETH).amount, 5 ether, "what is left of the bond");
    }

    function test_T56_windDownIsNoDowntime() public {
        put(ETH, 100 ether);
        perform(stranger, windDownCall(now_() + 30 days, soon()));
        stayAlive(30 days - 1);
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        assertEq(bond.compensation(ETH).amount, 0, "announced, and never suspected");
        bond.returnRest(ETH);
        assertEq(bond.bonded(ETH), 0, "all of it back");
    }

    function test_return_payoutsAreNetted() public {
        put(ETH, 100 ether);
        payOut(ETH, 0, 60 ether);
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        uint256 amount = bond.compensation(ETH).amount;
        uint256 before = alice.balance;
        compensate(ETH, 0);
        assertEq(alice.balance - before, amount * 40 / 115, "for the 40 that she was still owed");
    }

    function test_return_whoRefusesFetchesItElsewhere() public {
        Leaf[] memory leaves = threeUsers(1 ether);
        address refuser = address(new Refuser(address(this)));
        leaves[2].account = refuser;
        postFinal(ETH, leaves);
        beat();
        put(ETH, 100 ether);
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        compensate(ETH, 2);
        uint256 credit = bond.creditOf(ETH, refuser);
        assertGt(credit, 0, "credited");
        vm.prank(refuser);
        bond.withdrawCredit(ETH, carol);
        refuseAt(refuser, abi.encodeCall(IBond.withdrawCredit, (ETH, carol)), err(Errors.Books_ZeroAmount.selector));
    }

    /// @notice Who has been compensated is marked by words of 256 leaves.
    function test_return_leavesOfTwoWords() public {
        Leaf[] memory leaves = new Leaf[](257);
        for (uint256 i = 0; i < 257; ++i) {
            leaves[i] = Leaf(address(uint160(0x100000 + i)), 0.5 ether, 0);
        }
        postFinal(ETH, leaves);
        beat();
        put(ETH, 100 ether);
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        compensate(ETH, 0);
        compensate(ETH, 256);
        assertEq(leaves[256].account.balance, leaves[0].account.balance, "both");
        assertGt(leaves[256].account.balance, 0, "something");
    }

    /// @notice Where the cap is the whole, a share is as large as what is still owed, and nothing where nothing is.
    function test_return_whoIsOwedNothingIsNotCompensated() public {
        Terms memory terms = termsFor(token);
        (terms.sla.dailyBps, terms.sla.capBps) = (10_000, 10_000);
        vault = deploy(terms);
        openService();
        createBond();
        put(ETH, 200 ether);
        payOut(ETH, 2, 25 ether);
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        assertEq(bond.compensation(ETH).amount, bond.compensation(ETH).owed, "the whole");
        SumTree.Tree memory tree = finalTree(ETH);
        bytes memory data = abi.encodeCall(IBond.compensate, (ETH, 2, tree.leaves[2], tree.proof(2)));
        refuseAt(stranger, data, err(Errors.Return_NothingDue.selector, 2));
    }

    function test_return_nobodysLeafIsNotPaid() public {
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[2].account = address(2);
        postFinal(ETH, leaves);
        beat();
        put(ETH, 100 ether);
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        SumTree.Tree memory tree = finalTree(ETH);
        refuseAt(
            stranger,
            abi.encodeCall(IBond.compensate, (ETH, 2, tree.leaves[2], tree.proof(2))),
            err(Errors.Return_UnpayableAccount.selector, address(2))
        );
    }

    function testFuzz_compensationsNeverExceedWhatOpened(uint96 bonded, uint16 paid, uint96 a, uint96 b, uint96 c)
        public
    {
        Leaf[] memory leaves = threeUsers(0);
        leaves[0].balance = uint128(a) + 1;
        leaves[1].balance = uint128(b) + 1;
        leaves[2].balance = uint128(c) + 1;
        fund(ETH, uint256(a) + b + c + 3);
        postFinal(ETH, leaves);
        beat();
        if (paid > 0 && paid <= leaves[1].balance) payOut(ETH, 1, paid);
        put(ETH, uint256(bonded) + 1);
        toLatched();
        perform(stranger, countCall(finalTree(ETH), ETH, 0));
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        uint256 rest = bond.bonded(ETH);
        SumTree.Tree memory tree = finalTree(ETH);
        for (uint32 i = 0; i < 3; ++i) {
            vm.prank(stranger);
            (bool ok, bytes memory why) =
                address(bond).call(abi.encodeCall(IBond.compensate, (ETH, i, tree.leaves[i], tree.proof(i))));
            assertTrue(ok || bytes4(why) == Errors.Return_NothingDue.selector, "paid, or nothing is due");
        }
        assertEq(bond.bonded(ETH), rest, "the rest is untouched");
        assertGe(address(bond).balance, rest, "and there");
        // Each share is rounded down by less than a base unit.
        assertLe(address(bond).balance - rest, 3, "dust");
    }
}
