// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBond} from "lifeboat/interfaces/IBond.sol";
import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVault} from "lifeboat/interfaces/IVault.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Phase, Round, Terms} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice Withdraws a wei of its own, and fills a shortfall while the vault is in the middle of paying it.
contract Shortcut {
    IVault private immutable VAULT;
    IBond private immutable BOND;
    bytes public refusal;

    constructor(IVault vault, IBond bond) {
        (VAULT, BOND) = (vault, bond);
    }

    function attack() external {
        VAULT.withdraw(address(0), address(this), 1);
    }

    receive() external payable {
        try BOND.fillShortfall(address(0)) {}
        catch (bytes memory why) {
            refusal = why;
        }
    }
}

/// @notice A service that would rather have its bond back than pay what it promised.
contract BondTricksTest is VaultTest {
    IBond private bond;

    function setUp() public override {
        super.setUp();
        openService();
        createBond(10 ether);
    }

    /// @notice The vault covers everything, so the bond is for compensation. From within a withdrawal the vault opens no round; if the bond
    /// took that for "it has nothing", all of it would go into the vault, where it is the service's own.
    function test_bond_isNoShortfallWhileTheVaultIsEntered() public {
        Shortcut thief = new Shortcut(vault, bond);
        performWith(stranger, 1, depositCall(ETH, address(thief), 1));
        toReturning();
        perform(stranger, abi.encodeCall(IVaultCore.latch, ()));
        thief.attack();
        assertEq(bond.bonded(ETH), 10 ether, "the vault's own round comes first");
        assertEq(bytes4(thief.refusal()), bytes4(keccak256("ReentrancyGuardReentrantCall()")), "told why");
        openRound(ETH);
        bond.openCompensation(ETH);
        assertGt(bond.compensation(ETH).amount, 8 ether, "as promised");
    }

    /// @notice Three suspicions of seconds, by a request of his own, and the operator's vault latches at the fourth without a
    /// challenge window. The outage that began then is one all the same.
    function test_bond_flickersDoNotSaveTheCompensation() public {
        for (uint256 i = 0; i < 3; ++i) {
            perform(carol, requestCall(finalTree(ETH), ETH, 2, 1 ether));
            stayAlive(7 days);
            perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, carol)));
            assertPhase(Phase.Suspected, "overdue");
            perform(carol, abi.encodeCall(IRegistry.cancelExit, (ETH)));
            assertPhase(Phase.Live, "cured");
        }
        toSuspected();
        assertPhase(Phase.Latched, "at once");
        toReturning();
        openRound(ETH);
        bond.openCompensation(ETH);
        // 72 hours of return delay, less 4 allowed, at 1 % a day of 175 ether.
        assertEq(
            bond.compensation(ETH).amount, uint256(175 ether) * 100 * 68 hours / (1 days * 10_000), "for the delay"
        );
    }

    /// @notice Claims that nobody has tallied hide what the bond has sent: the vault opens no round with it, and still lacks as much. It is
    /// not sent a second time, for it would be the service's own as soon as somebody tallies.
    function test_bond_fillsAShortfallOnce() public {
        Terms memory terms = termsFor(token);
        terms.coverageFloorBps = 5000;
        vault = deploy(terms);
        fund(ETH, 100 ether);
        fund(token, 175e6);
        post(ETH, threeUsers(1 ether));
        attest(ETH);
        postFinal(token, threeUsers(1e6));
        createBond(155 ether);
        toReturning();
        Round memory round = openRound(ETH);
        for (uint32 i = 0; i < 3; ++i) {
            claim(ETH, round, i);
        }
        bond.fillShortfall(ETH);
        assertEq(bond.bonded(ETH), 80 ether, "75 were missing");
        vm.expectRevert(abi.encodeWithSelector(Errors.Bond_NothingMissing.selector, ETH));
        bond.fillShortfall(ETH);
        perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, 0, new uint32[](1))));
        round = openRound(ETH);
        assertEq(vault.recovery(ETH).allotted, 175 ether, "everything that is owed");
        bond.openCompensation(ETH);
        assertGt(bond.compensation(ETH).amount, 8 ether, "as promised");
    }

    function createBond(uint256 amount) private {
        createSatellite("Bond.sol:Bond");
        bond = IBond(vault.parameters().bond);
        bond.put{value: amount}(ETH, amount);
    }
}
