// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Round, Terms} from "lifeboat/types/Types.sol";

import {TwoDoors} from "../attack/Doors.t.sol";
import {OddToken} from "../twins/Tokens.sol";
import {DenyingToken, OnTopFeeToken} from "../twins/Weird.sol";
import {TokenTest} from "./TokenTest.sol";

/// @notice Tokens that no terms may list: what they do to their own lane if somebody lists them all the same, and that they do it to no other.
contract UnlistableTokensTest is TokenTest {
    function mint(address to, uint256 amount) internal override {
        OddToken(token).mint(to, amount);
    }

    /// @notice Refused at listing: nothing there, an account, the same asset twice.
    function test_unlistable_noCodeOrListedTwice() public {
        Terms memory terms = termsFor(stranger);
        refuseTerms(terms, err(Errors.Terms_AssetWithoutCode.selector, stranger));
        terms.assets[0] = token;
        terms.assets[1] = token;
        refuseTerms(terms, err(Errors.Terms_AssetsNotAscending.selector));
    }

    /// @notice It moves money and says that it did not. Deposits are refused, so no user's money comes in by itself; but what is pushed
    /// counts as unpaid and is pushed again. Its lane is worth nothing; ETH goes home.
    function test_limit_tokenThatDeniesWhatItDid() public {
        serveWith(address(new DenyingToken()), 1e6);
        mint(dave, 7e6);
        approveVault(dave, 7e6);
        vm.prank(dave);
        (bool ok,) = address(vault).call(depositCall(token, dave, 7e6));
        assertFalse(ok, "no deposit");
        Round memory round = latchAndOpen();
        assertEthGoesHome();
        push(token, round, 0);
        assertEq(vault.cell(token, 0, 0) & 7, 0, "booked as unpaid");
        assertEq(balanceOf(token, alice), 100e6, "and paid");
        mint(address(vault), 175e6);
        push(token, round, 0);
        assertEq(balanceOf(token, alice), 200e6, "and paid again");
    }

    /// @notice Its fee comes on top, out of what is left of the vault: the last of a round bears what all moves have cost.
    function test_limit_feeOnTopOfTheAmount() public {
        OnTopFeeToken fee = new OnTopFeeToken();
        serveWith(address(fee), 1e6);
        depositNew(dave, 7e6);
        fee.setFee(1000);
        Round memory round = latchAndOpen();
        assertEthGoesHome();
        push(token, round, 0);
        assertEq(balanceOf(token, alice), 100e6, "the first has all");
        assertEq(balanceOf(token, carol), 0, "the last has not");
        assertEq(vault.reserve(token), 10e6, "what is left beside what is Dave's");
        perform(dave, abi.encodeCall(IVaultCore.withdraw, (token, dave, 7e6)));
        assertEq(balanceOf(token, dave), 7e6, "in whole, as long as there is something");
    }

    /// @notice Two names of one token, both listed: each asset's books count the same money.
    function test_limit_twoNamesOfOneTokenBothListed() public {
        TwoDoors two = new TwoDoors();
        (address first, address second) = (address(two), two.SECOND());
        Terms memory terms = termsFor(first);
        terms.assets = new address[](2);
        (terms.assets[0], terms.assets[1]) = first < second ? (first, second) : (second, first);
        vault = deploy(terms);
        two.transfer(address(vault), 175e6);
        assertEq(vault.reserve(first), 175e6, "counted");
        assertEq(vault.reserve(second), 175e6, "and counted again");
    }
}
