// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Phase, Profile, Round, Terms} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice Threats that the shape of the contracts answers: no decision by a failed call, no initialiser, no sweep.
contract StructureThreatsTest is VaultTest {
    /// @notice Whatever gas a caller gives: a call that fails changes nothing, and no failing call moves the clock.
    function testFuzz_T11_starvedCallsNeverMoveTheClock(uint256 gasGiven) public {
        openService();
        gasGiven = bound(gasGiven, 21_000, 400_000);
        bytes32 before = keccak256(abi.encode(vault.timeline(), vault.excuses(), vault.conduct()));
        bytes memory data = payOutCall(finalTree(ETH), ETH, 0, 1 ether);
        vm.prank(stranger);
        (bool ok,) = address(vault).call{gas: gasGiven}(data);
        assertEq(keccak256(abi.encode(vault.timeline(), vault.excuses(), vault.conduct())), before, "the clock moved");
        if (!ok) assertEq(vault.paidOut(ETH, alice), 0, "half of a payout");
        toReturning();
        vm.prank(stranger);
        (ok,) = address(vault).call{gas: gasGiven}(abi.encodeCall(IVaultCore.openRound, (ETH)));
        if (!ok) assertEq(vault.recovery(ETH).rounds, 0, "half of a round");
    }

    /// @notice No production vault returns money sooner than a day after the latch: a reorg that undoes a latch undoes no payment.
    function test_T13_returnDelayOutlastsAnyReorg() public {
        Terms memory terms = termsFor(token);
        assertTrue(terms.profile == Profile.Production, "production bounds");
        terms.timers.returnDelay = 24 hours - 1;
        bytes memory code = bytes.concat(vm.getCode("Vault.sol:Vault"), abi.encode(terms, blueprints()));
        address created;
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        assertEq(created, address(0), "refused");
        openService();
        toLatched();
        uint256 timestamp = vault.timeline().returnAt;
        vm.warp(timestamp - 1);
        assertPhase(Phase.Latched, "the whole delay");
        vm.warp(timestamp);
        assertPhase(Phase.Returning, "and then");
    }

    /// @notice Years later every unclaimed share is still there, and no role has a way to it.
    function test_T42_nothingSweepsWhatIsOwed() public {
        openService();
        toReturning();
        Round memory round = openRound(ETH);
        warpBy(3650 days);
        bytes memory equity = equityCall(ETH, hotWallet, 1, 1);
        vm.prank(stranger);
        (bool ok,) = address(vault).call(equity);
        assertFalse(ok, "owed money is nobody else's");
        claim(ETH, round, 2);
        assertEq(carol.balance, 25 ether, "ten years late, in full");
    }

    /// @notice Nothing to initialise, nothing to upgrade, nothing that delegates or destroys: by the code itself.
    function test_T45_codeHasNoInitialiserAndDelegatesToNobody() public {
        address[4] memory contracts =
            [address(vault), registry(), address(safeguards()), vm.computeCreateAddress(address(vault), 4)];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory code = contracts[i].code;
            for (uint256 at_ = 0; at_ < code.length; ++at_) {
                uint8 op = uint8(code[at_]);
                assertFalse(op == 0xf4 || op == 0xf2 || op == 0xff, "DELEGATECALL, CALLCODE or SELFDESTRUCT");
                // PUSH1 to PUSH32 carry data, no code.
                if (op >= 0x60 && op <= 0x7f) at_ += op - 0x5f;
            }
        }
        bytes4[3] memory initialisers = [
            bytes4(keccak256("initialize()")),
            bytes4(keccak256("initialize(address)")),
            bytes4(keccak256("upgradeTo(address)"))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(stranger);
            (bool ok,) = address(vault).call(abi.encodeWithSelector(initialisers[i], stranger));
            assertFalse(ok, "answered");
        }
    }
}
