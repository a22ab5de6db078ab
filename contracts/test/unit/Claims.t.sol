// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";
import {HeavyWallet, ReturnBomb, Reverter} from "../twins/Recipients.sol";
import {Delegate, Wallet} from "../twins/Wallets.sol";

/// @notice A leaf's share: claimed for its account by anyone, or sent elsewhere by its account's signature.
contract ClaimsTest is VaultTest {
    using SumTree for SumTree.Tree;

    Round internal round;

    /// @dev Index 3 is a contract that refuses ETH, 4 a wallet, 5 the zero address, 6 the vault, 7 too small for a share.
    address internal reverter = address(new Reverter());
    Wallet internal wallet = new Wallet();

    function setUp() public override {
        super.setUp();
        openService();
        fund(ETH, 41 ether);
        Leaf[] memory leaves = new Leaf[](8);
        Leaf[] memory three = threeUsers(1 ether);
        (leaves[0], leaves[1], leaves[2]) = (three[0], three[1], three[2]);
        leaves[3] = Leaf(reverter, 10 ether, 0);
        leaves[4] = Leaf(address(wallet), 10 ether, 0);
        leaves[5] = Leaf(address(0), 10 ether, 0);
        leaves[6] = Leaf(address(vault), 10 ether, 0);
        leaves[7] = Leaf(hotWallet, 1, 0);
        postFinal(ETH, leaves);
        payOut(ETH, 0, 100 ether);
        toReturning();
        round = openRound(ETH);
    }

    function tree() internal view returns (SumTree.Tree memory) {
        return finalTree(ETH);
    }

    function share(uint256 net) internal view returns (uint128) {
        return uint128(net * round.numerator / round.denominator);
    }

    // ------------------------------------------------------------------ claim

    /// @notice Claims and payouts are marked by cells of 64 leaves: the last of these leaves is alone in the second.
    function test_claim_leavesOfTwoCells() public {
        vault = deploy(termsFor(token));
        fund(ETH, 1 ether);
        Leaf[] memory leaves = new Leaf[](65);
        for (uint256 i = 0; i < 65; ++i) {
            leaves[i] = Leaf(address(uint160(0x100000 + i)), 1 gwei, 0);
        }
        postFinal(ETH, leaves);
        payOut(ETH, 64, 0.5 gwei);
        toReturning();
        vm.deal(address(vault), 32.5 gwei);
        round = openRound(ETH);
        claim(ETH, round, 0);
        claim(ETH, round, 64);
        assertEq(leaves[0].account.balance, 0.5 gwei, "half");
        assertEq(leaves[64].account.balance, 0.75 gwei, "half of the rest");
        vm.deal(address(vault), 65 gwei);
        round = openRound(ETH);
        assertEq(round.id, 1, "a second round");
        claim(ETH, round, 0);
        claim(ETH, round, 64);
        assertEq(leaves[0].account.balance, 1 gwei, "all");
        assertEq(leaves[64].account.balance, 1 gwei, "all of the rest");
    }

    function test_claim_paysTheAccountWhoeverSendsIt() public {
        bytes memory data = claimCall(tree(), ETH, round, 1);
        vm.expectEmit(address(vault));
        emit IVaultCore.Claimed(bob, ETH, 1, share(50 ether));
        perform(stranger, data);
        assertEq(bob.balance, share(50 ether), "paid");
        assertEq(stranger.balance, 0, "the sender gets nothing");
        assertEq(vault.cell(ETH, 0, 0) & type(uint64).max, 1 << 1, "bit");
        assertEq(vault.cell(ETH, 0, 0) >> 128, share(50 ether), "untallied");
        refuse(bob, data, err(Errors.Return_AlreadyClaimed.selector, 1));
    }

    function test_claim_netsThePayouts() public {
        refuse(stranger, claimCall(tree(), ETH, round, 0), err(Errors.Return_NothingDue.selector, 0));
    }

    function test_claim_shareOfNothing() public {
        assertEq(share(1), 0, "rounded down to nothing");
        refuse(stranger, claimCall(tree(), ETH, round, 7), err(Errors.Return_NothingDue.selector, 7));
    }

    function test_claim_notForReservedAccounts() public {
        refuse(stranger, claimCall(tree(), ETH, round, 5), err(Errors.Return_UnpayableAccount.selector, address(0)));
        refuse(stranger, claimCall(tree(), ETH, round, 6), err(Errors.Return_UnpayableAccount.selector, address(vault)));
        SumTree.Tree memory all = tree();
        Leaf memory none;
        bytes memory empty = abi.encodeCall(IVaultCore.claim, (ETH, round, 8, none, all.proof(8)));
        refuse(stranger, empty, err(Errors.Return_UnpayableAccount.selector, address(0)));
    }

    function test_claim_roundMustBeOpenAndTold() public {
        Round memory other = round;
        other.id = 1;
        refuse(stranger, claimCall(tree(), ETH, other, 1), err(Errors.Return_RoundUnknown.selector, 1));
        other = round;
        other.numerator += 1;
        refuse(stranger, claimCall(tree(), ETH, other, 1), err(Errors.Ledger_ProofInvalid.selector));
        other = round;
        other.denominator -= 1;
        refuse(stranger, claimCall(tree(), ETH, other, 1), err(Errors.Ledger_ProofInvalid.selector));
        refuse(stranger, claimCall(tree(), token, round, 1), err(Errors.Return_RoundUnknown.selector, 0));
    }

    function test_claim_provesTheLeaf() public {
        SumTree.Tree memory all = tree();
        bytes memory invalid = err(Errors.Ledger_ProofInvalid.selector);
        Leaf memory more = Leaf(bob, 51 ether, 0);
        refuse(stranger, abi.encodeCall(IVaultCore.claim, (ETH, round, 1, more, all.proof(1))), invalid);
        Leaf memory whose = Leaf(stranger, 50 ether, 0);
        refuse(stranger, abi.encodeCall(IVaultCore.claim, (ETH, round, 1, whose, all.proof(1))), invalid);
        Leaf memory paid = Leaf(bob, 50 ether, 1);
        refuse(stranger, abi.encodeCall(IVaultCore.claim, (ETH, round, 1, paid, all.proof(1))), invalid);
        Leaf memory leaf = all.leaves[1];
        refuse(stranger, abi.encodeCall(IVaultCore.claim, (ETH, round, 2, leaf, all.proof(1))), invalid);
        refuse(stranger, abi.encodeCall(IVaultCore.claim, (ETH, round, 257, leaf, all.proof(1))), invalid);
        refuse(stranger, abi.encodeCall(IVaultCore.claim, (ETH, round, 1, leaf, "")), invalid);
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.claim, (ETH, round, 1, leaf, new bytes(47))),
            err(Errors.Ledger_ProofMalformed.selector)
        );
        bytes memory overflow = new bytes(48);
        for (uint256 i = 32; i < 48; ++i) {
            overflow[i] = 0xff;
        }
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.claim, (ETH, round, 1, leaf, overflow)),
            err(Errors.Ledger_ProofMalformed.selector)
        );
    }

    function test_claim_aFailingTransferLosesNothing() public {
        bytes memory why = err(Errors.Books_TransferFailed.selector, ETH, reverter);
        refuse(stranger, claimCall(tree(), ETH, round, 3), why);
        assertEq(vault.cell(ETH, 0, 0) & type(uint64).max, 0, "no bit set");
        vm.etch(reverter, address(new ReturnBomb()).code);
        refuse(stranger, claimCall(tree(), ETH, round, 3), why);
        vm.etch(reverter, address(new HeavyWallet()).code);
        claim(ETH, round, 3);
        assertEq(reverter.balance, share(10 ether), "paid when it accepts, with all gas");
    }

    // ------------------------------------------------------------------ claimTo

    function test_claimTo_paysElsewhereLessTheFee() public {
        bytes memory data = claimToCall(bobKey, tree(), ETH, round, 1, hotWallet, 1 ether);
        uint128 due = share(50 ether);
        vm.expectEmit(address(vault));
        emit IVaultCore.Claimed(bob, ETH, 1, due);
        vm.expectEmit(address(vault));
        emit IVaultCore.ClaimRedirected(bob, hotWallet, stranger, 1 ether);
        perform(stranger, data);
        assertEq(hotWallet.balance, due - 1 ether, "share less fee");
        assertEq(stranger.balance, 1 ether, "fee to the relayer");
        assertEq(bob.balance, 0, "nothing to the account");
        refuse(stranger, data, err(Errors.Return_AlreadyClaimed.selector, 1));
    }

    function test_claimTo_theWholeShareMayBeFee() public {
        uint128 due = share(50 ether);
        refuse(
            stranger,
            claimToCall(bobKey, tree(), ETH, round, 1, hotWallet, due + 1),
            err(Errors.Return_FeeAboveAmount.selector, due + 1, due)
        );
        perform(stranger, claimToCall(bobKey, tree(), ETH, round, 1, hotWallet, due));
        assertEq(stranger.balance, due, "all of it");
        assertEq(hotWallet.balance, 0, "nothing");
    }

    function test_claimTo_conditions() public {
        SumTree.Tree memory all = tree();
        bytes memory signature = sig(bobKey, digestOf(Typed.claim(ETH, 0, 1, hotWallet, 5, now_() - 1)));
        refuse(
            stranger,
            claimToCall(all, ETH, round, 1, hotWallet, 5, now_() - 1, signature),
            err(Errors.Signature_Expired.selector, now_() - 1)
        );
        address[3] memory unpayable = [address(0), address(0xffff), address(vault)];
        for (uint256 i = 0; i < 3; ++i) {
            refuse(
                stranger,
                claimToCall(bobKey, all, ETH, round, 1, unpayable[i], 0),
                err(Errors.Return_UnpayableAccount.selector, unpayable[i])
            );
        }
        refuse(
            stranger,
            claimToCall(aliceKey, all, ETH, round, 1, hotWallet, 0),
            err(Errors.Signature_Invalid.selector, bob)
        );
        refuse(
            stranger, claimToCall(aliceKey, all, ETH, round, 0, hotWallet, 0), err(Errors.Return_NothingDue.selector, 0)
        );
    }

    function test_claimTo_everyFieldIsSigned() public {
        SumTree.Tree memory all = tree();
        bytes memory signature = sig(bobKey, digestOf(Typed.claim(ETH, 0, 1, hotWallet, 5, soon())));
        bytes memory why = err(Errors.Signature_Invalid.selector, bob);
        refuse(stranger, claimToCall(all, token, round, 1, hotWallet, 5, soon(), signature), why);
        refuse(stranger, claimToCall(all, ETH, round, 1, stranger, 5, soon(), signature), why);
        refuse(stranger, claimToCall(all, ETH, round, 1, hotWallet, 6, soon(), signature), why);
        refuse(stranger, claimToCall(all, ETH, round, 1, hotWallet, 5, soon() + 1, signature), why);
        Round memory other = round;
        other.id = 1;
        refuse(stranger, claimToCall(all, ETH, other, 1, hotWallet, 5, soon(), signature), why);
        perform(stranger, claimToCall(all, ETH, round, 1, hotWallet, 5, soon(), signature));
    }

    function test_claimTo_zeroAddressSignsNothing() public {
        bytes memory zeros = new bytes(65);
        refuse(
            stranger,
            claimToCall(tree(), ETH, round, 5, stranger, 0, soon(), zeros),
            err(Errors.Signature_Invalid.selector, address(0))
        );
    }

    function test_claimTo_byAContractWallet() public {
        bytes memory data = claimToCall(tree(), ETH, round, 4, hotWallet, 0, soon(), "anything");
        bytes memory why = err(Errors.Signature_Invalid.selector, address(wallet));
        refuse(stranger, data, why);
        wallet.approve(digestOf(Typed.claim(ETH, 0, 4, hotWallet, 0, soon())));
        for (uint8 answer = 1; answer <= uint8(type(Wallet.Answer).max); ++answer) {
            wallet.misbehave(Wallet.Answer(answer));
            refuse(stranger, data, why);
        }
        wallet.misbehave(Wallet.Answer.Honest);
        perform(stranger, data);
        assertEq(hotWallet.balance, share(10 ether), "paid");
    }

    function test_claimTo_byAnAccountWithCodeOfItsOwn() public {
        vm.etch(bob, address(new Delegate()).code);
        perform(stranger, claimToCall(bobKey, tree(), ETH, round, 1, hotWallet, 0));
        assertEq(hotWallet.balance, share(50 ether), "ECDSA goes first (EIP-7702)");
    }

    function test_claimTo_malleableSignature() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(bobKey, digestOf(Typed.claim(ETH, 0, 1, hotWallet, 0, soon())));
        bytes memory high = abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        refuse(
            stranger,
            claimToCall(tree(), ETH, round, 1, hotWallet, 0, soon(), high),
            err(Errors.Signature_Invalid.selector, bob)
        );
    }

    // ------------------------------------------------------------------ tally

    function test_tally_countsEachClaimOnce() public {
        claim(ETH, round, 1);
        claim(ETH, round, 2);
        uint256 paid = uint256(share(50 ether)) + share(25 ether);
        uint32[] memory cells = new uint32[](3);
        (cells[0], cells[1], cells[2]) = (0, 0, 1);
        bytes memory data = abi.encodeCall(IVaultCore.tally, (ETH, 0, cells));
        vm.expectEmit(address(vault));
        emit IVaultCore.Tallied(ETH, 0, paid);
        perform(stranger, data);
        assertEq(vault.recovery(ETH).tallied, paid, "tallied");
        assertEq(vault.cell(ETH, 0, 0) >> 128, 0, "cleared");
        assertEq(vault.cell(ETH, 0, 0) & type(uint64).max, 6, "claims stand");
        perform(stranger, data);
        assertEq(vault.recovery(ETH).tallied, paid, "a second tally adds nothing");
    }

    function test_tally_roundMustBeOpen() public {
        uint32[] memory cells = new uint32[](1);
        bytes memory data = abi.encodeCall(IVaultCore.tally, (ETH, 1, cells));
        refuse(stranger, data, err(Errors.Return_RoundUnknown.selector, 1));
    }
}
