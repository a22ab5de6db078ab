// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "lifeboat/interfaces/IDisputes.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {DisputesTest} from "../base/DisputesTest.sol";
import {SilentArbitrator} from "../twins/Arbitrators.sol";

/// @notice Money that is set aside and nobody's: deposits between the last two ledgers that were paid out again. The arbitrator does not answer.
contract SetAsideTest is DisputesTest {
    address private eve = actor("eve");

    function newArbitrator() internal override returns (address) {
        return address(new SilentArbitrator());
    }

    /// @notice Dave is new: he deposits 100, the newer ledger owes him 100, he is paid 100 and is out. The older ledger comes to count. Dave's
    /// entry is pending again, in full, out of a reserve that has just what the three others are owed. He has had it all, and so he makes no
    /// call; if nobody else may, more than half of what the others are owed waits for him for ever.
    function test_setAside_aDepositThatWasPaidOutIsReleased() public {
        queue(dave, 100 ether);
        postFinal(ETH, _withFourth(dave, 100 ether));
        payOut(ETH, 3, 100 ether);
        _toOlder();
        assertEq(address(vault).balance, 175 ether, "all that the older ledger owes");
        assertEq(vault.reserve(ETH), 75 ether, "less what is set aside for Dave");
        vm.warp(vault.recovery(ETH).roundsFrom);
        _payAll();
        bytes memory data = abi.encodeCall(IDisputes.refundEntryWithoutLeaf, (ETH, 0));
        warpBy(30 days - 1);
        refuseHere(stranger, 0, data, err(Errors.Ledger_NotTheAccount.selector, stranger, dave));
        warpBy(1);
        vm.prank(stranger);
        disputes.refundEntryWithoutLeaf(ETH, 0);
        assertEq(dave.balance, 100 ether, "Dave has no more of it");
        _payAll();
        assertGe(alice.balance, 100 ether - 1, "Alice");
        assertGe(bob.balance, 50 ether - 1, "Bob");
        assertGe(carol.balance, 25 ether - 1, "Carol");
        assertBooks("rule 1");
    }

    /// @notice A limit. The last ledger owes Dave 30 of Alice's 100, by a mistake. With a deposit above the reserve, which he is paid out
    /// again at once, he keeps it from being disputed, although by the older ledger everybody could be paid.
    function test_limit_aDepositThatWasPaidOutForbidsTheDispute() public {
        queue(dave, 200 ether);
        Leaf[] memory leaves = _withFourth(dave, 230 ether);
        leaves[0].balance -= 30 ether;
        postFinal(ETH, leaves);
        payOut(ETH, 3, 200 ether);
        toLatched();
        assertEq(vault.reserve(ETH), 175 ether, "all that the older ledger owes");
        bytes memory data = abi.encodeCall(IDisputes.disputeLedger, (ETH));
        refuseHere(disputer, ledgerCost(), data, err(Errors.Disputes_NoOtherLedger.selector, ETH));
    }

    /// @notice A limit. Dave and Eve are one. Dave's deposit is sent to Eve off chain, she is paid out, and by the older ledger Dave has it back,
    /// too: out of what the others are owed. Deposits are netted against the payouts of their own account only.
    function test_limit_twoAccountsHaveOneDepositTwice() public {
        queue(dave, 100 ether);
        postFinal(ETH, _withFourth(eve, 100 ether));
        payOut(ETH, 3, 100 ether);
        _toOlder();
        refundPending(0);
        assertEq(dave.balance + eve.balance, 200 ether, "they had brought 100");
        vm.warp(vault.recovery(ETH).roundsFrom);
        _payAll();
        assertEq(alice.balance, uint256(100 ether) * 75 / 175, "Alice pays for it");
    }

    // ------------------------------------------------------------------ what leads there

    function _withFourth(address account, uint128 amount) private view returns (Leaf[] memory leaves) {
        Leaf[] memory three = threeUsers(1 ether);
        leaves = new Leaf[](4);
        (leaves[0], leaves[1], leaves[2], leaves[3]) = (three[0], three[1], three[2], Leaf(account, amount, 0));
    }

    function _toOlder() private {
        uint256 id = toDisputed();
        warpBy(RULING_TIME + 1);
        settle(id);
        assertEq(vault.recovery(ETH).epoch, OLDER, "nobody has answered");
    }

    /// @dev Opens a round and brings it to everybody.
    function _payAll() private {
        Round memory round = openRound(ETH);
        for (uint32 i = 0; i < 3; ++i) {
            claim(ETH, round, i);
        }
        perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, round.id, new uint32[](1))));
    }
}
