// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Commitment, CommitmentInput, Leaf, Quorum, SumNode, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Posting, finality, and what is kept.
contract CommitmentsTest is VaultTest {
    using SumTree for SumTree.Tree;

    function setUp() public override {
        super.setUp();
        fund(ETH, 175 ether);
    }

    function next() internal view returns (CommitmentInput memory) {
        return inputFor(ETH, threeUsers(1 ether));
    }

    // ------------------------------------------------------------------ posting

    function test_commit_storesWhatWasSigned() public {
        SumNode memory root = SumTree.build(address(vault), ETH, threeUsers(1 ether)).root();
        CommitmentInput memory input = next();
        input.snapshotAt = now_() - 3 hours;
        bytes memory data = commitCall(input);
        vm.expectEmit(registry());
        emit IRegistry.Committed(ETH, 1, input.dataHash, "ipfs://bundle");
        perform(stranger, data);
        Commitment memory posted = vault.commitment(ETH, 1);
        assertEq(posted.root, root.hash, "root");
        assertEq(posted.total, 175 ether, "total is proven by the two halves");
        assertEq(posted.count, 3, "count");
        assertEq(posted.depositCursor, 0, "cursor");
        assertEq(posted.postedAt, now_(), "posted at");
        assertEq(posted.snapshotAt, input.snapshotAt, "snapshot");
        assertEq(posted.dataHash, input.dataHash, "data");
        assertEq(posted.attestedAt, 0, "not attested");
        assertEq(posted.epoch, 1, "epoch");
        assertEq(vault.book(ETH).epoch, 1, "newest");
        assertEq(vault.book(ETH).owed, 175 ether, "owed");
    }

    function test_commit_listedAssetsOnly() public {
        CommitmentInput memory input = next();
        input.asset = carol;
        refuse(stranger, commitCall(input), err(Errors.Books_AssetNotListed.selector, carol));
    }

    function test_commit_epochsRiseByOne() public {
        CommitmentInput memory input = next();
        input.epoch = 0;
        refuse(stranger, commitCall(input), err(Errors.Ledger_WrongEpoch.selector, 0, 1));
        input.epoch = 2;
        refuse(stranger, commitCall(input), err(Errors.Ledger_WrongEpoch.selector, 2, 1));
        input.epoch = 1;
        bytes memory data = commitCall(input);
        perform(stranger, data);
        refuse(stranger, data, err(Errors.Ledger_WrongEpoch.selector, 1, 2));
        assertEq(vault.book(token).epoch, 0, "each asset counts alone");
    }

    function test_commit_cursorStaysInTheQueueAndCoversWhatThePreviousFound() public {
        performWith(alice, 3, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 3)));
        performWith(alice, 3, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 3)));
        CommitmentInput memory input = next();
        input.depositCursor = 3;
        refuse(stranger, commitCall(input), err(Errors.Ledger_CursorOutOfRange.selector, 3, 0, 2));
        input.depositCursor = 1;
        perform(stranger, commitCall(input));
        performWith(alice, 3, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 3)));
        input.epoch = 2;
        input.depositCursor = 1;
        refuse(stranger, commitCall(input), err(Errors.Ledger_CursorOutOfRange.selector, 1, 2, 3));
        input.depositCursor = 2;
        perform(stranger, commitCall(input));
    }

    function test_commit_snapshotIsRecentAndNeverGoesBack() public {
        warpBy(10 hours);
        CommitmentInput memory input = next();
        uint40 oldest = now_() - 48 hours;
        input.snapshotAt = oldest - 1;
        _refuseSnapshot(input, oldest);
        input.snapshotAt = now_() + 1;
        _refuseSnapshot(input, oldest);
        input.snapshotAt = oldest;
        perform(stranger, commitCall(input));

        input.epoch = 2;
        input.snapshotAt = now_() - 1 hours;
        perform(stranger, commitCall(input));
        uint40 previous = input.snapshotAt;
        input.epoch = 3;
        input.snapshotAt = previous - 1;
        _refuseSnapshot(input, previous);
        input.snapshotAt = previous;
        perform(stranger, commitCall(input));
    }

    function _refuseSnapshot(CommitmentInput memory input, uint40 earliest) private {
        refuse(
            stranger,
            commitCall(input),
            err(Errors.Ledger_SnapshotOutOfRange.selector, input.snapshotAt, earliest, now_())
        );
    }

    function test_commit_isAProofOfSolvency() public {
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[2].balance += 1;
        refuse(
            stranger,
            commitCall(inputFor(ETH, leaves)),
            err(Errors.Ledger_ReserveBelowFloor.selector, 175 ether, 175 ether + 1)
        );
        fund(ETH, 1);
        perform(stranger, commitCall(inputFor(ETH, leaves)));
    }

    function test_commit_floorIsRoundedUp() public {
        Terms memory terms = termsFor(token);
        terms.coverageFloorBps = 3333;
        vault = deploy(terms);
        Leaf[] memory leaves = new Leaf[](1);
        leaves[0] = Leaf(alice, 10_001, 0);
        // 10,001 * 33.33 % is 3,333.33 and a bit.
        fund(ETH, 3333);
        refuse(stranger, commitCall(inputFor(ETH, leaves)), err(Errors.Ledger_ReserveBelowFloor.selector, 3333, 3334));
        fund(ETH, 1);
        perform(stranger, commitCall(inputFor(ETH, leaves)));
    }

    function test_commit_segregatedMoneyBacksNothing() public {
        performWith(alice, 100 ether, depositCall(ETH, alice, 100 ether));
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0].balance += 1;
        refuse(
            stranger,
            commitCall(inputFor(ETH, leaves)),
            err(Errors.Ledger_ReserveBelowFloor.selector, 175 ether, 175 ether + 1)
        );
    }

    /// @notice Regression: the sum of the halves once overflowed with a bare panic instead of the error that the specification names.
    function test_commit_totalMustFit128Bits() public {
        CommitmentInput memory input = next();
        input.left.sum = type(uint128).max;
        input.right.sum = 1;
        bytes memory data = abi.encodeCall(IRegistry.commit, (input, "", quorum(auditorKeys, 0, 0)));
        refuse(stranger, data, err(Errors.Ledger_ProofMalformed.selector));
    }

    function test_commit_signedByOperatorAndAuditors() public {
        CommitmentInput memory input = next();
        bytes32 structHash = commitmentHash(input);
        bytes memory operators = sig(operatorKey, digestOf(structHash));
        Quorum memory auditors = quorum(auditorKeys, 1, structHash);

        bytes memory foreign = sig(auditorKeys[0], digestOf(structHash));
        refuse(
            stranger,
            abi.encodeCall(IRegistry.commit, (input, foreign, auditors)),
            err(Errors.Signature_Invalid.selector, vm.addr(operatorKey))
        );
        refuse(
            stranger,
            abi.encodeCall(IRegistry.commit, (input, operators, quorum(auditorKeys, 0, structHash))),
            err(Errors.Signature_QuorumNotMet.selector, 0, 1)
        );
        refuse(
            stranger,
            abi.encodeCall(IRegistry.commit, (input, operators, quorum(signerKeys, 2, structHash))),
            err(Errors.Signature_UnknownMembers.selector)
        );
        perform(stranger, abi.encodeCall(IRegistry.commit, (input, operators, auditors)));
    }

    function test_commit_everyFieldIsSigned() public {
        performWith(alice, 3, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 3)));
        CommitmentInput memory signed = next();
        bytes32 structHash = commitmentHash(signed);
        for (uint256 field = 0; field < 7; ++field) {
            CommitmentInput memory input = next();
            if (field == 0) input.left.hash = keccak256("other leaves");
            if (field == 1) input.left.sum -= 1;
            if (field == 2) input.count += 1;
            if (field == 3) input.depositCursor = 0;
            if (field == 4) input.snapshotAt -= 1;
            if (field == 5) input.dataHash = keccak256("other data");
            if (field == 6) input.uri = "ipfs://other";
            bytes memory data = abi.encodeCall(
                IRegistry.commit, (input, sig(operatorKey, digestOf(structHash)), quorum(auditorKeys, 1, structHash))
            );
            refuse(stranger, data, err(Errors.Signature_Invalid.selector, vm.addr(operatorKey)));
        }
    }

    // ------------------------------------------------------------------ finality

    function test_finality_unattested() public {
        post(ETH, threeUsers(1 ether));
        fund(token, 1);
        beatAndWait(48 hours - 1);
        assertEq(vault.finalEpoch(ETH), 0, "one second to go");
        warpBy(1);
        assertEq(vault.finalEpoch(ETH), 1, "final by age");
    }

    /// @dev Keeps the token's root fresh and the beats coming, so that only the ETH root ages.
    function beatAndWait(uint256 secs) internal {
        Leaf[] memory none = new Leaf[](0);
        while (secs > 20 hours) {
            warpBy(20 hours);
            secs -= 20 hours;
            beat();
            post(token, none);
        }
        warpBy(secs);
    }

    function test_finality_attestedEarly() public {
        post(ETH, threeUsers(1 ether));
        bytes memory data = attestCall(ETH, 1);
        vm.expectEmit(registry());
        emit IRegistry.Attested(ETH, 1);
        perform(stranger, data);
        assertEq(vault.commitment(ETH, 1).attestedAt, now_(), "stored");
        warpBy(1 hours - 1);
        assertEq(vault.finalEpoch(ETH), 0, "the fast path has a delay too");
        warpBy(1);
        assertEq(vault.finalEpoch(ETH), 1, "final");
        refuse(stranger, data, err(Errors.Ledger_AlreadyAttested.selector, 1));
    }

    function test_finality_attestedLate() public {
        post(ETH, threeUsers(1 ether));
        warpBy(10 hours);
        assertEq(vault.finalEpoch(ETH), 0, "not attested");
        attest(ETH);
        assertEq(vault.finalEpoch(ETH), 1, "old enough: final at once");
    }

    function test_attest_conditions() public {
        bytes memory unknown = err(Errors.Ledger_EpochUnknown.selector, 1);
        refuse(stranger, abi.encodeCall(IRegistry.attest, (ETH, 1, quorum(watcherKeys, 0, 0))), unknown);
        unknown = err(Errors.Ledger_EpochUnknown.selector, 0);
        refuse(stranger, abi.encodeCall(IRegistry.attest, (ETH, 0, quorum(watcherKeys, 0, 0))), unknown);
        post(ETH, threeUsers(1 ether));
        bytes32 structHash = attestationHash(ETH, 1);
        refuse(
            stranger,
            abi.encodeCall(IRegistry.attest, (ETH, 1, quorum(watcherKeys, 1, structHash))),
            err(Errors.Signature_QuorumNotMet.selector, 1, 2)
        );
        bytes32 other = Typed.attestation(ETH, 1, vault.commitment(ETH, 1).root, keccak256("other data"));
        refuse(
            stranger,
            abi.encodeCall(IRegistry.attest, (ETH, 1, quorum(watcherKeys, 2, other))),
            err(Errors.Signature_NotAMember.selector, 0)
        );
    }

    function test_finality_newestFinalCounts() public {
        postFinal(ETH, threeUsers(1 ether));
        post(ETH, threeUsers(0.5 ether));
        assertEq(vault.finalEpoch(ETH), 1, "the newer is not final yet");
        attest(ETH);
        warpBy(1 hours);
        assertEq(vault.finalEpoch(ETH), 2, "now it is");
    }

    function test_finality_aNewerMayBeFinalBeforeAnOlder() public {
        post(ETH, threeUsers(1 ether));
        post(ETH, threeUsers(0.5 ether));
        attest(ETH);
        warpBy(1 hours);
        assertEq(vault.finalEpoch(ETH), 2, "the attested one");
        perform(stranger, abi.encodeCall(IRegistry.sync, (ETH)));
        assertEq(vault.book(ETH).owed, 87.5 ether, "the older cannot count any more");
    }

    function test_finality_isJudgedAtTheBeginningOfTheSuspicion() public {
        postFinal(ETH, threeUsers(1 ether));
        post(token, new Leaf[](0));
        vm.warp(vault.timeline().suspectedAt - 1 hours + 1);
        post(ETH, threeUsers(0.5 ether));
        attest(ETH);
        warpBy(2 hours);
        assertEq(vault.finalEpoch(ETH), 1, "one second too young when the suspicion began");
        toReturning();
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        assertEq(vault.recovery(ETH).epoch, 1, "for ever");
    }

    function test_finality_resumesWhenCured() public {
        postFinal(ETH, threeUsers(1 ether));
        post(token, new Leaf[](0));
        vm.warp(vault.timeline().suspectedAt - 30 minutes);
        post(ETH, threeUsers(0.5 ether));
        attest(ETH);
        warpBy(2 hours);
        assertEq(vault.finalEpoch(ETH), 1, "suspected");
        beat();
        assertEq(vault.finalEpoch(ETH), 2, "cured: time counts again");
    }

    // ------------------------------------------------------------------ owed and history

    function test_owed_isTheLargestThatCanStillCount() public {
        postFinal(ETH, threeUsers(1 ether));
        post(ETH, threeUsers(0.2 ether));
        assertEq(vault.book(ETH).owed, 175 ether, "the older may still count");
        post(ETH, threeUsers(0.4 ether));
        assertEq(vault.book(ETH).owed, 175 ether, "still");
        attest(ETH);
        warpBy(1 hours);
        perform(stranger, abi.encodeCall(IRegistry.sync, (ETH)));
        assertEq(vault.book(ETH).owed, 70 ether, "the third is final: the others are history");
    }

    function test_sync_listedAssetsOnly() public {
        refuse(stranger, abi.encodeCall(IRegistry.sync, (carol)), err(Errors.Books_AssetNotListed.selector, carol));
    }

    function test_history_keepsEight() public {
        for (uint32 i = 1; i <= 9; ++i) {
            postFinal(ETH, threeUsers(1 ether));
        }
        vm.expectRevert(err(Errors.Ledger_EpochUnknown.selector, 1));
        vault.commitment(ETH, 1);
        assertEq(vault.commitment(ETH, 2).epoch, 2, "the eighth newest");
        vm.expectRevert(err(Errors.Ledger_EpochUnknown.selector, 10));
        vault.commitment(ETH, 10);
        assertEq(vault.finalEpoch(ETH), 9, "newest");
    }

    function test_history_neverLosesTheOnlyFinalCommitment() public {
        postFinal(ETH, threeUsers(1 ether));
        for (uint32 i = 2; i <= 8; ++i) {
            post(ETH, threeUsers(0.1 ether));
        }
        bytes memory why = err(Errors.Ledger_WouldEvictFinal.selector, 1);
        refuse(stranger, commitCall(next()), why);
        perform(stranger, attestCall(ETH, 2));
        refuse(stranger, commitCall(next()), why);
        warpBy(1 hours);
        perform(stranger, commitCall(next()));
        assertEq(vault.finalEpoch(ETH), 2, "the second has replaced the first");
    }

    function test_history_isNotOverwrittenWhileNoneIsFinal() public {
        for (uint32 i = 1; i <= 8; ++i) {
            post(ETH, threeUsers(1 ether));
        }
        refuse(stranger, commitCall(next()), err(Errors.Ledger_WouldEvictFinal.selector, 1));
    }

    /// @notice A suspected service cannot push the counting commitment out of the history.
    function test_history_survivesPostingUnderSuspicion() public {
        postFinal(ETH, threeUsers(1 ether));
        toSuspected();
        for (uint32 i = 2; i <= 8; ++i) {
            post(ETH, threeUsers(0.1 ether));
            perform(stranger, attestCall(ETH, i));
            warpBy(1 hours);
        }
        refuse(stranger, commitCall(next()), err(Errors.Ledger_WouldEvictFinal.selector, 1));
        toLatched();
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        assertEq(vault.recovery(ETH).epoch, 1, "the ledger of before the suspicion");
    }
}
