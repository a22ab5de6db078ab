// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBond} from "lifeboat/interfaces/IBond.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Round, Terms} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {FeeToken, FrozenToken, OddToken} from "../twins/Tokens.sol";
import {HookedFeeToken, HookedHolder} from "../twins/Weird.sol";
import {TokenTest} from "./TokenTest.sol";

/// @notice A bond in tokens with manners: what arrived is what counts here, too, and its trouble is no other's.
contract BondTokensTest is TokenTest {
    using SumTree for SumTree.Tree;

    IBond private bond;

    function mint(address to, uint256 amount) internal override {
        OddToken(token).mint(to, amount);
    }

    /// @dev 100 of the 175 that are owed are in the vault.
    function serveShort(address token_) private {
        (token, unit) = (token_, 1e6);
        Terms memory terms = termsFor(token);
        terms.coverageFloorBps = 5000;
        vault = deploy(terms);
        createSatellite("Bond.sol:Bond");
        bond = IBond(vault.parameters().bond);
        mint(address(vault), 100e6);
        fund(ETH, 175 ether);
        post(ETH, threeUsers(1 ether));
        attest(ETH);
        postFinal(token, threeUsers(unit));
        beat();
    }

    function put(uint256 amount) private {
        mint(address(this), amount);
        OddToken(token).approve(address(bond), amount);
        bond.put(token, amount);
    }

    /// @notice A fee switched on: bonded is what arrived, and what the fee takes of the filling is filled by the next call.
    function test_bondTokens_feeSwitchedOn() public {
        FeeToken fee = new FeeToken();
        serveShort(address(fee));
        fee.setFee(1000);
        put(100e6);
        assertEq(bond.bonded(token), 90e6, "what arrived");
        toReturning();
        bond.fillShortfall(token);
        assertEq(vault.recovery(token).allotted, 100e6, "the vault's own first");
        assertEq(vault.reserve(token), 167.5e6, "75 sent, less the fee");
        bond.fillShortfall(token);
        assertEq(vault.recovery(token).allotted, 167.5e6, "in the next round");
        assertEq(vault.reserve(token), 167.5e6 + 6.75e6, "the fee is filled, less its own fee");
        bond.fillShortfall(token);
        assertEq(vault.recovery(token).allotted, 174.25e6, "and so on");
        assertEq(balanceOf(token, address(bond)), bond.bonded(token), "the bond's books are true");
    }

    /// @notice The bond itself is blocked: it can fill nothing and pay nothing, and holds up no claim; it pays when it is unblocked.
    function test_bondTokens_blockedBondHoldsUpNothing() public {
        FrozenToken frozen = new FrozenToken();
        serveShort(address(frozen));
        put(100e6);
        frozen.setBlocked(address(bond), true);
        toReturning();
        vm.prank(stranger);
        (bool ok,) = address(bond).call(abi.encodeCall(IBond.fillShortfall, (token)));
        assertFalse(ok, "nothing leaves it");
        assertEq(bond.bonded(token), 100e6, "and nothing is booked");
        Round memory first = openRound(token);
        claim(token, first, 0);
        assertEq(frozen.balanceOf(alice), uint256(100e6) * 100 / 175, "the vault's own round is paid");
        frozen.setBlocked(address(bond), false);
        perform(stranger, abi.encodeCall(IVaultCore.tally, (token, 0, new uint32[](1))));
        bond.fillShortfall(token);
        Round memory second = openRound(token);
        claim(token, second, 0);
        assertGe(frozen.balanceOf(alice), 100e6 - 2, "and the rest");
    }

    /// @notice A blocked user's compensation is his credit; he fetches it to another address, or when he is unblocked.
    function test_bondTokens_blockedUsersCompensationIsCredited() public {
        FrozenToken frozen = new FrozenToken();
        serveShort(address(frozen));
        put(175e6);
        frozen.setBlocked(alice, true);
        toReturning();
        bond.fillShortfall(token);
        openRound(token);
        bond.openCompensation(token);
        SumTree.Tree memory tree = finalTree(token);
        bond.compensate(token, 0, tree.leaves[0], tree.proof(0));
        uint256 credit = bond.creditOf(token, alice);
        assertEq(credit, uint256(bond.compensation(token).amount) * 100 / 175, "her part");
        vm.prank(alice);
        bond.withdrawCredit(token, bobsOther);
        assertEq(frozen.balanceOf(bobsOther), credit, "to another address of hers");
    }

    /// @notice The issuer takes from the bond what it holds: nothing can be sent that is not there, and nothing of the vault's stands for it.
    function test_bondTokens_seizedBondIsNobodysDebt() public {
        FrozenToken frozen = new FrozenToken();
        serveShort(address(frozen));
        put(100e6);
        frozen.seize(address(bond), 100e6);
        toReturning();
        vm.prank(stranger);
        (bool ok,) = address(bond).call(abi.encodeCall(IBond.fillShortfall, (token)));
        assertFalse(ok, "there is nothing");
        Round memory round = openRound(token);
        toPushes();
        push(token, round, 0);
        assertEq(frozen.balanceOf(carol), uint256(100e6) * 25 / 175, "the vault's own is shared out");
        assertEthGoesHome();
    }

    /// @notice A limit of tokens with a fee and a sender's hook together. While his deposit is on its way he has the bond give the vault what is
    /// the service's anyway, and is credited with the fee that this made up for. Nobody else's money is in it.
    function test_limit_feeIsMadeUpByTheBond() public {
        HookedFeeToken odd = new HookedFeeToken();
        serveShort(address(odd));
        mint(address(vault), 75e6);
        put(100e6);
        toReturning();
        claim(token, openRound(token), 0);
        bond.openCompensation(token);
        assertGt(bond.bonded(token), 10e6, "a rest");
        HookedHolder holder = new HookedHolder();
        mint(address(holder), 100e6);
        holder.arm(address(bond), abi.encodeCall(IBond.returnRest, (token)));
        vm.prank(address(holder));
        odd.register();
        vm.prank(address(holder));
        odd.approve(address(vault), 100e6);
        perform(address(holder), depositCall(token, address(holder), 100e6));
        assertTrue(holder.succeeded(), "in the middle of the deposit");
        assertEq(vault.segregatedOf(token, address(holder)), 100e6, "brought 90");
        assertBacked(token);
    }
}
