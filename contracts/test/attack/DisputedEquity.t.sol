// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Round} from "lifeboat/types/Types.sol";

import {DisputesTest} from "../base/DisputesTest.sol";
import {SilentArbitrator} from "../twins/Arbitrators.sol";

/// @notice A service that disputes its own last ledger, before an arbitrator who does not answer in time.
contract DisputedEquityTest is DisputesTest {
    function newArbitrator() internal override returns (address) {
        return address(new SilentArbitrator());
    }

    /// @notice Carol has paid 50 in, by a bank or by an address of the service's, which has put them into the reserve. Bob has deposited 8 on
    /// chain. Both are in the newest final ledger. The service stops, and a friend of its signers disputes that ledger. Nobody answers, so
    /// the older one counts, his bond comes back, and Carol's 50 are above everything that is owed: equity.
    function test_disputedEquity_isNotTheSigners() public {
        queue(bob, 8 ether);
        fund(ETH, 50 ether);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[1].balance += 8 ether;
        leaves[2].balance += 50 ether;
        postFinal(ETH, leaves);
        // And three that are the service's own.
        fund(ETH, 3 ether);
        uint256 id = toDisputed();
        warpBy(RULING_TIME + 1);
        settle(id);
        vm.warp(vault.recovery(ETH).roundsFrom);
        Round memory round = openRound(ETH);
        for (uint32 i = 0; i < 3; ++i) {
            claim(ETH, round, i);
        }
        refundPending(0);
        perform(stranger, abi.encodeCall(IVaultCore.tally, (ETH, 0, new uint32[](1))));
        assertEq(address(vault).balance, 53 ether, "what is left");
        vm.warp(vault.timeline().returnAt + 30 days);
        bytes memory data = equityCall(ETH, hotWallet, 3 ether + 1, newNonce());
        vm.prank(stranger);
        (bool ok,) = address(vault).call(equityCall(ETH, hotWallet, 53 ether, newNonce()));
        assertFalse(ok, "the signers have Carol's 50");
        refuse(stranger, data, err(Errors.Gate_ReserveTooLow.selector, 3 ether, 3 ether + 1));
        perform(stranger, equityCall(ETH, hotWallet, 3 ether, newNonce()));
        assertEq(hotWallet.balance, 3 ether, "what was above both ledgers is theirs");
    }
}
