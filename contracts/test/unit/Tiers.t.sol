// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Gate, Quorum, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice How much the operator alone, and how much the signers may move within the window: 1 % and 10 % of what is owed, a day.
contract TiersTest is VaultTest {
    using SumTree for SumTree.Tree;

    uint256 private constant OWED = 175 ether;
    uint256 private constant WHOLE = 1 << 40;
    uint256 private constant HOT_CAP = WHOLE * 100 / 10_000;
    uint256 private constant WARM_CAP = WHOLE * 1000 / 10_000;

    function setUp() public override {
        super.setUp();
        vault = deploy(_terms());
        openService();
        fund(ETH, 100 ether);
        fund(token, 100e6);
    }

    function _terms() private view returns (Terms memory terms) {
        terms = termsFor(token);
        terms.hotCapBps = 100;
        terms.warmCapBps = 1000;
    }

    /// @dev The largest amount within a cap: shares are rounded up, caps down.
    function _most(uint256 cap) private pure returns (uint256) {
        return OWED * cap / WHOLE;
    }

    function _above(uint256 sum, uint256 cap) private pure returns (bytes memory) {
        return err(Errors.Gate_AboveCap.selector, sum, cap);
    }

    // ------------------------------------------------------------------ hot

    function test_hot_operatorAloneUpToTheCap() public {
        uint256 most = _most(HOT_CAP);
        refuse(stranger, hotReleaseCall(ETH, hotWallet, most + 1), _above(HOT_CAP + 1, HOT_CAP));
        perform(stranger, hotReleaseCall(ETH, hotWallet, most / 2));
        uint256 left = _most(HOT_CAP - vault.gate(ETH).current);
        refuse(stranger, hotReleaseCall(ETH, hotWallet, left + 1), _above(HOT_CAP + 1, HOT_CAP));
        perform(stranger, hotReleaseCall(ETH, hotWallet, left));
        assertEq(hotWallet.balance, most / 2 + left, "in parts");
        refuse(stranger, hotReleaseCall(ETH, hotWallet, 1), _above(HOT_CAP + 1, HOT_CAP));
    }

    /// @notice A thousand releases of a wei are not nothing: each counts at least a unit.
    function test_hot_everyWeiCounts() public {
        for (uint256 i = 0; i < 3; ++i) {
            perform(stranger, hotReleaseCall(ETH, hotWallet, 1));
        }
        assertEq(vault.gate(ETH).current, 3, "three units");
    }

    function test_hot_theOperatorAndNobodyElse() public {
        uint256[3] memory others = [backupKey, signerKeys[0], aliceKey];
        bytes memory why = err(Errors.Signature_Invalid.selector, vm.addr(operatorKey));
        bytes32 hash = Typed.release(ETH, hotWallet, 1, 1, soon());
        Quorum memory alone;
        for (uint256 i = 0; i < 3; ++i) {
            alone.signatures = sig(others[i], digestOf(hash));
            refuse(
                stranger, abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), alone)), why
            );
        }
        alone.signatures = "";
        refuse(stranger, abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), alone)), why);
        // The operator is no signer.
        alone = byOperator(hash);
        alone.members = idsOf(signerKeys);
        alone.signatures = bytes.concat(alone.signatures, alone.signatures);
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), alone)),
            err(Errors.Signature_NotAMember.selector, 0)
        );
    }

    function test_hot_whatSignersReleasedCounts() public {
        perform(stranger, releaseCall(ETH, hotWallet, _most(HOT_CAP)));
        refuse(stranger, hotReleaseCall(ETH, hotWallet, 1), _above(HOT_CAP + 1, HOT_CAP));
    }

    /// @notice Whoever has the operator's key alone cannot void what the signers have signed by running ahead with its nonces.
    function test_hot_noncesAreTheOperatorsOwn() public {
        bytes memory signed = releaseCall(ETH, hotWallet, 1 ether);
        uint256 far = 1 << 200;
        Quorum memory alone = byOperator(Typed.release(ETH, hotWallet, 1, far, soon()));
        bytes memory hot = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, far, soon(), alone));
        perform(stranger, hot);
        refuse(stranger, hot, err(Errors.Signature_NonceUsed.selector, far));
        assertEq(vault.gate(ETH).highest, 0, "the signers' nonces stand");
        alone = byOperator(Typed.release(ETH, hotWallet, 1, 1, soon()));
        perform(stranger, abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, 1, soon(), alone)));
        perform(stranger, signed);
        assertEq(hotWallet.balance, 1 ether + 2, "both");
    }

    /// @notice And he cancels them as everybody cancels his own.
    function test_hot_cancelledByTheOperator() public {
        uint256 nonce = nextHotNonce();
        bytes memory hot = hotReleaseCall(ETH, hotWallet, 1);
        perform(vm.addr(operatorKey), abi.encodeCall(IVaultCore.cancelNonce, (nonce)));
        refuse(stranger, hot, err(Errors.Signature_NonceUsed.selector, nonce));
    }

    function test_hot_zeroCapIsNone() public {
        Terms memory terms = _terms();
        terms.hotCapBps = 0;
        vault = deploy(terms);
        openService();
        fund(ETH, 1 ether);
        refuse(stranger, hotReleaseCall(ETH, hotWallet, 1), _above(1, 0));
        refuse(stranger, hotPayOutCall(finalTree(ETH), ETH, 0, 1), _above(1, 0));
    }

    // ------------------------------------------------------------------ warm

    function test_warm_signersUpToTheCap() public {
        uint256 most = _most(WARM_CAP);
        refuse(stranger, releaseCall(ETH, hotWallet, most + 1), _above(WARM_CAP + 1, WARM_CAP));
        perform(stranger, hotReleaseCall(ETH, hotWallet, 1 ether));
        uint256 held = vault.gate(ETH).current;
        uint256 left = OWED * (WARM_CAP - held) / WHOLE;
        refuse(stranger, releaseCall(ETH, hotWallet, left + 1), _above(WARM_CAP + 1, WARM_CAP));
        perform(stranger, releaseCall(ETH, hotWallet, left));
        refuse(stranger, releaseCall(ETH, hotWallet, 1), _above(WARM_CAP + 1, WARM_CAP));
    }

    function test_warm_eachAssetAlone() public {
        perform(stranger, releaseCall(ETH, hotWallet, _most(WARM_CAP)));
        perform(stranger, releaseCall(token, hotWallet, 17e6));
        assertEq(vault.gate(token).highest, 1, "nonces too");
    }

    function test_warm_shareOfWhatIsOwedThen() public {
        perform(stranger, releaseCall(ETH, hotWallet, 17 ether));
        postFinal(ETH, threeUsers(1.2 ether));
        // 17 of 175, then 0.5 of 210.
        uint256 sum = (17 * WHOLE + 174) / 175 + (WHOLE + 419) / 420;
        perform(stranger, releaseCall(ETH, hotWallet, 0.5 ether));
        assertEq(vault.gate(ETH).current, sum, "each by what was owed at its time");
    }

    /// @notice Where nothing is owed everything is above every cap: only what has waited may go.
    function test_warm_nothingOwed() public {
        Terms memory terms = patientTerms();
        (terms.hotCapBps, terms.warmCapBps) = (100, 1000);
        vault = deploy(terms);
        fund(ETH, 1 ether);
        refuse(stranger, hotReleaseCall(ETH, hotWallet, 1), _above(2 * WHOLE, HOT_CAP));
        refuse(stranger, releaseCall(ETH, hotWallet, 1), _above(2 * WHOLE, WARM_CAP));
        perform(stranger, queueCall(ETH, hotWallet, 1 ether, 1));
        warpBy(48 hours);
        perform(stranger, executeCall(ETH, hotWallet, 1 ether, 1));
        assertEq(hotWallet.balance, 1 ether, "after its time");
    }

    /// @notice More than all that is owed is above a cap of all that is owed.
    function test_warm_moreThanAllIsAboveAll() public {
        Terms memory terms = _terms();
        terms.warmCapBps = 10_000;
        vault = deploy(terms);
        openService();
        fund(ETH, 400 ether);
        refuse(stranger, releaseCall(ETH, hotWallet, OWED + 1), _above(2 * WHOLE, WHOLE));
        perform(stranger, releaseCall(ETH, hotWallet, OWED));
    }

    // ------------------------------------------------------------------ the window

    function test_window_previousCountsInFullThenNotAtAll() public {
        uint256 day = now_() / 1 days;
        perform(stranger, releaseCall(ETH, hotWallet, _most(WARM_CAP)));
        // Another day, not a day later.
        stayAlive((day + 1) * 1 days - now_());
        refuse(stranger, releaseCall(ETH, hotWallet, 1), _above(WARM_CAP + 1, WARM_CAP));
        stayAlive(1 days - 1);
        refuse(stranger, releaseCall(ETH, hotWallet, 1), _above(WARM_CAP + 1, WARM_CAP));
        stayAlive(1);
        perform(stranger, releaseCall(ETH, hotWallet, _most(WARM_CAP)));
        Gate memory gate = vault.gate(ETH);
        assertEq(gate.window, day + 2, "numbered by the clock");
        assertEq(gate.previous, 0, "the day between was empty");
    }

    function test_window_rollsCurrentIntoPrevious() public {
        uint256 day = now_() / 1 days;
        perform(stranger, releaseCall(ETH, hotWallet, 1 ether));
        uint256 first = vault.gate(ETH).current;
        stayAlive((day + 1) * 1 days - now_());
        perform(stranger, releaseCall(ETH, hotWallet, 2 ether));
        Gate memory gate = vault.gate(ETH);
        assertEq(gate.previous, first, "yesterday's");
        assertEq(gate.current, 2 * WHOLE / 175 + 1, "today's, rounded up");
    }

    // ------------------------------------------------------------------ payouts

    function test_payOut_byTheSignersCountsNothing() public {
        payOut(ETH, 0, 100 ether);
        fund(ETH, 10 ether);
        assertEq(vault.gate(ETH).current, 0, "proven debts need no cap");
        perform(stranger, hotReleaseCall(ETH, hotWallet, _most(HOT_CAP)));
    }

    function test_payOut_byTheOperatorAloneCounts() public {
        uint128 most = uint128(_most(HOT_CAP));
        refuse(stranger, hotPayOutCall(finalTree(ETH), ETH, 0, most + 1), _above(HOT_CAP + 1, HOT_CAP));
        perform(stranger, hotPayOutCall(finalTree(ETH), ETH, 0, most));
        assertEq(alice.balance, most, "paid");
        refuse(stranger, hotPayOutCall(finalTree(ETH), ETH, 0, 1), _above(HOT_CAP + 1, HOT_CAP));
        refuse(stranger, hotReleaseCall(ETH, hotWallet, 1), _above(HOT_CAP + 1, HOT_CAP));
        // The signers are within theirs.
        payOut(ETH, 0, 1 ether);
        perform(stranger, releaseCall(ETH, hotWallet, 1 ether));
    }

    function test_payOut_aloneOnlyByTheOperator() public {
        bytes32 hash = Typed.payOut(ETH, 0, alice, 1, 1, soon());
        Quorum memory alone;
        alone.signatures = sig(backupKey, digestOf(hash));
        SumTree.Tree memory tree = finalTree(ETH);
        bytes memory data =
            abi.encodeCall(IVaultCore.payOut, (ETH, 0, tree.leaves[0], 1, tree.proof(0), 1, soon(), alone));
        refuse(stranger, data, err(Errors.Signature_Invalid.selector, vm.addr(operatorKey)));
    }

    // ------------------------------------------------------------------ cancelled nonces

    function test_cancel_voidsOneNonce() public {
        bytes memory release = releaseCall(ETH, hotWallet, 1 ether, 7, soon());
        bytes memory cancel = cancelReleaseCall(ETH, 7);
        vm.expectEmit(address(vault));
        emit IVaultCore.ReleaseCancelled(ETH, 7);
        perform(stranger, cancel);
        refuse(stranger, release, nonceError(ETH, 7));
        refuse(stranger, cancel, nonceError(ETH, 7));
        perform(stranger, releaseCall(ETH, hotWallet, 1 ether, 6, soon()));
        perform(stranger, releaseCall(token, hotWallet, 1e6, 7, soon()));
        assertEq(vault.gate(ETH).current, WHOLE / 175 + 1, "a cancellation counts nothing");
    }

    function test_cancel_ofAPayout() public {
        bytes memory payout = payOutCall(finalTree(ETH), ETH, 0, 1, 3, soon());
        perform(stranger, cancelReleaseCall(ETH, 3));
        refuse(stranger, payout, nonceError(ETH, 3));
    }

    function test_cancel_needsTheSigners() public {
        Quorum memory alone = byOperator(Typed.cancelRelease(ETH, 1, soon()));
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.cancelRelease, (ETH, 1, soon(), alone)),
            err(Errors.Signature_UnknownMembers.selector)
        );
        Quorum memory one = quorum(signerKeys, 1, Typed.cancelRelease(ETH, 1, soon()));
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.cancelRelease, (ETH, 1, soon(), one)),
            err(Errors.Signature_QuorumNotMet.selector, 1, 2)
        );
        Quorum memory two = bySigners(Typed.cancelRelease(ETH, 1, soon()));
        bytes memory why = err(Errors.Signature_NotAMember.selector, 0);
        refuse(stranger, abi.encodeCall(IVaultCore.cancelRelease, (ETH, 2, soon(), two)), why);
        refuse(stranger, abi.encodeCall(IVaultCore.cancelRelease, (token, 1, soon(), two)), why);
        refuse(stranger, abi.encodeCall(IVaultCore.cancelRelease, (ETH, 1, soon() + 1, two)), why);
    }

    function test_cancel_inTimeAndOfAListedAsset() public {
        uint256 past = now_() - 1;
        Quorum memory late = bySigners(Typed.cancelRelease(ETH, 1, past));
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.cancelRelease, (ETH, 1, past, late)),
            err(Errors.Signature_Expired.selector, past)
        );
        Quorum memory other = bySigners(Typed.cancelRelease(stranger, 1, soon()));
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.cancelRelease, (stranger, 1, soon(), other)),
            err(Errors.Books_AssetNotListed.selector, stranger)
        );
    }

    function test_cancel_inEveryPhase() public {
        perform(stranger, cancelReleaseCall(ETH, 1));
        toSuspected();
        perform(stranger, cancelReleaseCall(ETH, 2));
        toLatched();
        perform(stranger, cancelReleaseCall(ETH, 3));
        toReturning();
        perform(stranger, cancelReleaseCall(ETH, 4));
    }

    // ------------------------------------------------------------------ nonces

    function test_nonces_payoutsAndReleasesShareThem() public {
        perform(stranger, releaseCall(ETH, hotWallet, 1, 1, soon()));
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 0, 1, 1, soon()), nonceError(ETH, 1));
        perform(stranger, payOutCall(finalTree(token), token, 0, 1, 1, soon()));
    }

    function test_nonces_withinSixtyFour() public {
        refuse(stranger, releaseCall(ETH, hotWallet, 1, 65, soon()), nonceError(ETH, 65));
        perform(stranger, releaseCall(ETH, hotWallet, 1, 64, soon()));
        refuse(stranger, releaseCall(ETH, hotWallet, 1, 0, soon()), nonceError(ETH, 0));
        perform(stranger, releaseCall(ETH, hotWallet, 1, 1, soon()));
        refuse(stranger, releaseCall(ETH, hotWallet, 1, 129, soon()), nonceError(ETH, 129));
        refuse(stranger, releaseCall(ETH, hotWallet, 1, type(uint256).max, soon()), nonceError(ETH, type(uint256).max));
    }
}
