// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Leaf, Phase, Quorum, Terms} from "lifeboat/types/Types.sol";

import {Typed} from "../base/Typed.sol";
import {VaultTest} from "../base/VaultTest.sol";

/// @notice Roles that hold up what is not theirs to stop.
contract HeldUpTest is VaultTest {
    function setUp() public override {
        super.setUp();
        openService();
    }

    /// @notice A service is back within the challenge window and pays what was overdue. Guardians who freeze the outflow for longer than the
    /// window would have latched its vault.
    function test_freeze_doesNotKeepAServiceFromCuring() public {
        perform(alice, requestCall(finalTree(ETH), ETH, 0, 100 ether));
        stayAlive(7 days);
        perform(stranger, freezeCall(now_() + 72 hours));
        refuse(
            stranger, payOutCall(finalTree(ETH), ETH, 1, 1 ether), err(Errors.Gate_Frozen.selector, now_() + 72 hours)
        );
        perform(alice, abi.encodeCall(IRegistry.reportUnserved, (ETH, alice)));
        assertPhase(Phase.Suspected, "overdue");
        refuse(stranger, payOutCall(finalTree(ETH), ETH, 1, 1 ether), err(Errors.Liveness_WrongPhase.selector, 1));
        payOut(ETH, 0, 100 ether);
        assertPhase(Phase.Live, "served, whatever guardians say");
    }

    /// @notice An id of the third kind is a hash, so nobody sees its verifier when it is named. The precompile that returns what it is given
    /// answers the question for a signature with the very word that means yes.
    function test_signers_noPrecompileVerifies() public {
        bytes memory key = abi.encodePacked(address(4), "nobody's key");
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = bytes32(uint256(2) << 248 | uint256(keccak256(key)) & type(uint248).max);
        Terms memory terms = termsFor(token);
        (terms.signers, terms.signerThreshold, terms.coldThreshold) = (ids, 1, 1);
        vault = deploy(terms);
        openService();
        fund(ETH, 10 ether);
        Quorum memory forged = Quorum({
            members: ids,
            signatures: abi.encodePacked(ids[0], uint256(65), uint8(0), uint16(key.length), key, uint16(4), "none")
        });
        refuse(
            stranger,
            abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, stranger, 10 ether, 1, soon(), forged)),
            err(Errors.Signature_NotAMember.selector, uint256(0))
        );
    }

    /// @notice Watchers who raise the alarm whenever they may void every rotation that needs a week's notice, for ever. They can stop
    /// nothing of what users are owed by it.
    function test_limit_watchersCanHoldUpRotations() public {
        bytes32[] memory next = idsOf(memberKeys("next signer", 3));
        for (uint256 i = 0; i < 4; ++i) {
            perform(stranger, alarmCall(now_() + 1 hours));
            warpBy(1);
            beat();
            assertPhase(Phase.Live, "answered at once");
            perform(stranger, rotationCall(next, 2, 3, safeguards().rotations(), soon()));
            stayAlive(7 days);
        }
        perform(stranger, alarmCall(now_() + 1 hours));
        warpBy(1);
        beat();
        refuse(
            stranger, abi.encodeCall(ISafeguards.activateRotation, ()), err(Errors.Safeguards_RotationLapsed.selector)
        );
    }

    /// @notice Operator and auditors who leave Alice out: her request under the ledger before is answered by the false one as soon as that
    /// is final, before it is due.
    function test_limit_aFalseLedgerAnswersRequests() public {
        perform(alice, requestCall(finalTree(ETH), ETH, 0, 100 ether));
        warpBy(1);
        Leaf[] memory leaves = threeUsers(1 ether);
        leaves[0].balance = 0;
        leaves[2].balance = 125 ether;
        post(ETH, leaves);
        post(token, threeUsers(1e6));
        warpBy(23 hours);
        beat();
        warpBy(23 hours);
        beat();
        warpBy(2 hours);
        perform(stranger, answerCall(finalTree(ETH), ETH, 0));
        assertEq(vault.exitRequest(ETH, alice).target, 0, "closed unpaid");
    }
}
