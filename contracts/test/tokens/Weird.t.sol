// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {NoReturnToken, OddToken, TrueToken} from "../twins/Tokens.sol";
import {
    FlashToken,
    HeavyToken,
    HookedHolder,
    HookedToken,
    MaxMeansAllToken,
    OddNameToken,
    PickyToken,
    SmallToken
} from "../twins/Weird.sol";
import {TokenTest} from "./TokenTest.sol";

contract PlainToken is TrueToken {}

/// @notice Odd manners that tokens are known for, one by one, each on the whole way or where it matters.
contract WeirdTokensTest is TokenTest {
    using SumTree for SumTree.Tree;

    function mint(address to, uint256 amount) internal override {
        OddToken(token).mint(to, amount);
    }

    // ------------------------------------------------------------------ decimals and sizes

    function test_weird_noDecimals() public {
        serveWith(address(new PlainToken()), 1);
        walkThrough();
    }

    function test_weird_twoDecimals() public {
        serveWith(address(new PlainToken()), 1e2);
        walkThrough();
    }

    function test_weird_twentyFourDecimals() public {
        serveWith(address(new PlainToken()), 1e24);
        mintAndRefuseQueue();
        walkThrough();
    }

    /// @dev The queue ends at 2^96 base units ever: 79,228 whole ones of 24 decimals. Everything else goes on.
    function mintAndRefuseQueue() private {
        uint256 most = uint256(type(uint96).max);
        mint(dave, most + 1);
        approveVault(dave, most + 1);
        refuse(
            dave,
            abi.encodeCall(IVaultCore.depositToLedger, (token, dave, most + 1)),
            err(Errors.Books_QueueTotalTooLarge.selector)
        );
        perform(dave, depositCall(token, dave, most + 1));
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, stranger, uint128(most + 1))));
        approveVault(dave, 0);
    }

    /// @notice Amounts above 96 bits are the token's trouble: their leaf is skipped, everybody else is paid.
    function test_weird_amountsOf96Bits() public {
        serveWith(address(new SmallToken()), 1e18);
        walkThrough();

        serveWith(address(new SmallToken()), 1e18);
        Leaf[] memory leaves = threeUsers(1e18);
        leaves[0].balance = uint128(type(uint96).max) + 1;
        mint(address(vault), leaves[0].balance);
        postFinal(token, leaves);
        Round memory round = latchAndOpen();
        toPushes();
        uint256 before = balanceOf(token, carol);
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 6, "all but the whale");
        assertEq(balanceOf(token, carol) - before, 25e18, "Carol");
    }

    /// @notice More than 128 bits is no number for the books: refused, and nothing credited.
    function test_weird_amountsAbove128Bits() public {
        serveWith(address(new PlainToken()), 1e18);
        uint256 huge = uint256(type(uint128).max) + 1;
        mint(dave, huge);
        approveVault(dave, huge);
        refuse(dave, depositCall(token, dave, huge), err(Errors.Books_AmountTooLarge.selector));
        assertBacked(token);
    }

    /// @notice The greatest number means all that there is: credited is what arrived, and never taken for the number.
    function test_weird_theGreatestNumberMeansAll() public {
        serveWith(address(new MaxMeansAllToken()), 1e6);
        walkThrough();

        serveWith(address(new MaxMeansAllToken()), 1e6);
        mint(dave, 9e6);
        approveVault(dave, type(uint256).max);
        perform(dave, depositCall(token, dave, type(uint256).max));
        assertEq(vault.segregatedOf(token, dave), 9e6, "what arrived");
        mint(dave, 1e6);
        approveVault(dave, type(uint256).max);
        perform(dave, abi.encodeCall(IVaultCore.depositToLedger, (token, dave, type(uint256).max)));
        assertEq(vault.book(token).pending, 1e6, "what arrived");
        assertBacked(token);
    }

    // ------------------------------------------------------------------ manners of moving

    function test_weird_noReturnValue() public {
        serveWith(address(new SilentToken()), 1e6);
        walkThrough();
    }

    /// @notice A token that refuses moves of nothing and to nobody: the vault makes none of either kind.
    function test_weird_refusesNothingAndNobody() public {
        serveWith(address(new PickyToken()), 1e6);
        walkThrough();

        serveWith(address(new PickyToken()), 1e6);
        Leaf[] memory leaves = new Leaf[](5);
        for (uint256 i = 0; i < 3; ++i) {
            leaves[i] = threeUsers(1e6)[i];
        }
        leaves[3] = Leaf(dave, 0, 0);
        leaves[4] = Leaf(address(0), 1e6, 0);
        mint(address(vault), 1e6);
        postFinal(token, leaves);
        Round memory round = latchAndOpen();
        uint256 fees = balanceOf(token, relayer);
        // All of it as a fee: nothing is sent to the account.
        perform(relayer, claimToCall(bobKey, finalTree(token), token, round, 1, bobsOther, 50e6));
        assertEq(balanceOf(token, relayer) - fees, 50e6, "all of it");
        toPushes();
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 31, 15, "all but nobody's leaf, which stays where it is");
        assertEq(balanceOf(token, address(vault)), 1e6, "nobody's");
        refuse(dave, depositCall(token, dave, 0), err(TokenSays.Picky.selector));
    }

    /// @notice A move that costs more than a push gives: skipped there, claimed with all the gas that it needs.
    function test_weird_movesThatCostMoreThanAPushGives() public {
        serveWith(address(new HeavyToken()), 1e6);
        payOut(token, 0, 10e6);
        assertEq(vault.segregatedOf(token, alice), 10e6, "hers in the vault");
        perform(alice, abi.encodeCall(IVaultCore.withdraw, (token, alice, 10e6)));
        toLatched();
        perform(stranger, countCall(finalTree(token), token, 0));
        Round memory round = latchAndOpen();
        claim(token, round, 0);
        assertEq(balanceOf(token, alice), 100e6, "claimed");
        perform(relayer, claimToCall(bobKey, finalTree(token), token, round, 1, bobsOther, 1e6));
        assertEq(balanceOf(token, bobsOther), 49e6, "claimed");
        claim(token, round, 2);
        assertEq(balanceOf(token, address(vault)), 0, "all of it");
    }

    // ------------------------------------------------------------------ metadata

    /// @notice A name of another type, a symbol that is a program: the vault never asks for either.
    function test_weird_namesThatAreNone() public {
        serveWith(address(new OddNameToken()), 1e6);
        walkThrough();
    }

    // ------------------------------------------------------------------ flash mints

    /// @notice Money for the length of a call: it can be deposited and withdrawn, which leaves no trace.
    function test_weird_flashMintedDepositLeavesNothing() public {
        FlashToken flash = new FlashToken();
        serveWith(address(flash), 1e6);
        flash.flashMint(1e30, abi.encodeCall(this.inAndOut, (1e30)));
        assertEq(vault.segregatedOf(token, address(this)), 0, "nothing of it");
        assertEq(vault.reserve(token), 175e6, "the same reserve");
        walkThrough();
    }

    function inAndOut(uint128 amount) external {
        OddToken(token).approve(address(vault), amount);
        (bool ok,) = address(vault).call(depositCall(token, address(this), amount));
        assertTrue(ok, "in");
        (ok,) = address(vault).call(abi.encodeCall(IVaultCore.withdraw, (token, address(this), amount)));
        assertTrue(ok, "and out");
    }

    /// @notice Operator and auditors back a ledger of nothing with flash-minted money: what backs it cannot be taken out again in the same call,
    /// not even by all signers, so the loan cannot be repaid.
    function test_weird_flashMintedReserveCannotBeTakenBack() public {
        FlashToken flash = new FlashToken();
        serveWith(address(flash), 1e6);
        Leaf[] memory leaves = threeUsers(1e12);
        bytes memory commitment = commitCall(inputFor(token, leaves));
        uint256 lent = 175e18 - 175e6;
        bytes memory back = releaseCall(token, address(this), lent);
        bool ok = this.tryFlash(flash, lent, commitment, back);
        assertFalse(ok, "not repaid");
        assertEq(vault.book(token).owed, 175e6, "and so nothing has happened");
        assertEq(vault.newestEpoch(token), 1, "no such ledger");
    }

    function tryFlash(FlashToken flash, uint256 lent, bytes memory commitment, bytes memory back)
        external
        returns (bool ok)
    {
        bytes memory data = abi.encodeCall(this.backAndTake, (lent, commitment, back));
        (ok,) = address(flash).call(abi.encodeCall(FlashToken.flashMint, (lent, data)));
    }

    function backAndTake(uint256 lent, bytes calldata commitment, bytes calldata back) external {
        OddTransfer(token).transfer(address(vault), lent);
        (bool ok,) = address(vault).call(commitment);
        assertTrue(ok, "posted");
        (ok,) = address(vault).call(back);
        assertFalse(ok, "it backs a ledger now");
    }

    // ------------------------------------------------------------------ hooks

    /// @notice The sender's hook runs in the middle of a deposit: whatever he sends or calls there, he is credited what he announced at most.
    function test_weird_hookOfTheSender() public {
        HookedToken hooked = new HookedToken();
        serveWith(address(hooked), 1e6);
        HookedHolder holder = new HookedHolder();
        holder.send(token, abi.encodeCall(HookedToken.register, ()));
        mint(address(holder), 30e6);
        holder.send(token, abi.encodeWithSignature("approve(address,uint256)", address(vault), 30e6));
        bytes[4] memory tricks = [
            depositCall(token, address(holder), 5e6),
            abi.encodeCall(IVaultCore.depositToLedger, (token, address(holder), 5e6)),
            abi.encodeCall(IVaultCore.withdraw, (token, address(holder), 1)),
            abi.encodeCall(IRegistry.sync, (token))
        ];
        for (uint256 i = 0; i < 4; ++i) {
            holder.arm(address(vault), tricks[i]);
            assertTrue(holder.send(address(vault), depositCall(token, address(holder), 5e6)), "deposited");
            assertEq(holder.calls(), i + 1, "the hook ran");
            assertFalse(holder.succeeded(), "and could do nothing");
            assertEq(vault.segregatedOf(token, address(holder)), 5e6 * (i + 1), "once");
            assertBacked(token);
        }
        // More money in the middle of it is a gift to the reserve.
        holder.arm(token, abi.encodeWithSignature("transfer(address,uint256)", address(vault), 5e6));
        assertTrue(holder.send(address(vault), depositCall(token, address(holder), 5e6)), "deposited");
        assertTrue(holder.succeeded(), "sent beside it");
        assertEq(vault.segregatedOf(token, address(holder)), 25e6, "what was announced");
        assertEq(vault.reserve(token), 180e6, "a gift");
    }

    /// @notice The recipient's hook refuses or calls back: a refusal is skipped and stays claimable to elsewhere, a call back changes nothing.
    function test_weird_hookOfTheRecipient() public {
        HookedToken hooked = new HookedToken();
        serveWith(address(hooked), 1e6);
        HookedHolder holder = new HookedHolder();
        holder.send(token, abi.encodeCall(HookedToken.register, ()));
        Leaf[] memory leaves = threeUsers(1e6);
        leaves[2].account = address(holder);
        postFinal(token, leaves);
        beat();
        holder.refuse(true);
        Round memory round = latchAndOpen();
        toPushes();
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 3, "the refuser is skipped");
        holder.refuse(false);
        SumTree.Tree memory tree = finalTree(token);
        holder.arm(address(vault), claimCall(tree, token, round, 2));
        perform(stranger, claimCall(tree, token, round, 2));
        assertEq(holder.calls(), 1, "called back");
        assertFalse(holder.succeeded(), "in vain");
        assertEq(balanceOf(token, address(holder)), 25e6, "once");
        assertEq(balanceOf(token, address(vault)), 0, "all of it");
    }

    // ------------------------------------------------------------------ dust

    /// @notice One unit for three: less than a unit a leaf stays behind, and nobody is stuck.
    function test_weird_lastUnitIsDust() public {
        serveWith(address(new PlainToken()), 1);
        payOutAllButOne();
        toLatched();
        Round memory round = latchAndOpen();
        toPushes();
        push(token, round, 0);
        assertLe(balanceOf(token, address(vault)), 3, "less than a unit a leaf");
        assertEq(vault.cell(token, 0, 0) & 7, 7, "all settled");
    }

    /// @dev The ledger is not counted, so that shares are odd.
    function payOutAllButOne() private {
        payOut(token, 0, 99);
        payOut(token, 1, 50);
        payOut(token, 2, 25);
    }
}

contract SilentToken is NoReturnToken {}

interface TokenSays {
    error Picky();
}

interface OddTransfer {
    function transfer(address to, uint256 amount) external returns (bool);
}
