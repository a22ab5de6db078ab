// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {CommitmentInput, ExitRequest, Leaf, Phase, Round, Terms} from "lifeboat/types/Types.sol";

import {VaultTest} from "../base/VaultTest.sol";

/// @notice An operator who lives, beats and posts honest ledgers, and still tries to keep users' money for ever.
contract HostageTest is VaultTest {
    uint256 private constant SHAMS = 5;

    function setUp() public override {
        super.setUp();
        _open();
    }

    function _open() private {
        fund(ETH, 175 ether + SHAMS);
        fund(token, 175e6);
        post(token, threeUsers(1e6));
        postFinal(ETH, _leaves());
        beat();
    }

    function _sham(uint256 i) private pure returns (address) {
        return actor(string.concat("sham", string(abi.encodePacked(uint8(0x30 + i)))));
    }

    function _leaves() private view returns (Leaf[] memory leaves) {
        Leaf[] memory users = threeUsers(1 ether);
        leaves = new Leaf[](3 + SHAMS);
        for (uint256 i = 0; i < 3; ++i) {
            leaves[i] = users[i];
        }
        for (uint256 i = 0; i < SHAMS; ++i) {
            leaves[3 + i] = Leaf(_sham(i), 1, 0);
        }
    }

    function _request(uint256 sham) private {
        perform(_sham(sham), requestCall(finalTree(ETH), ETH, uint32(3 + sham), 1));
    }

    function _report(address account) private {
        perform(stranger, abi.encodeCall(IRegistry.reportUnserved, (ETH, account)));
    }

    /// @dev In one block: one sham request is withdrawn and opened anew, the next overdue one is reported.
    function _flicker(uint256 cycle) private {
        perform(_sham(cycle % SHAMS), abi.encodeCall(IRegistry.cancelExit, (ETH)));
        if (vault.phase() == Phase.Live) _request(cycle % SHAMS);
        _report(_sham((cycle + 1) % SHAMS));
    }

    /// @notice Sham requests, reported and withdrawn in turn, keep the vault suspected without a latch. Were requests for live vaults only,
    /// nobody else could ask for his money meanwhile; a request of his own that stands ends it.
    function test_hostage_suspicionDoesNotSilenceUsers() public {
        Terms memory terms = termsFor(token);
        terms.timers.serveDeadline = 1 days;
        terms.timers.unattestedFinality = 12 hours;
        terms.timers.freezeMax = 12 hours;
        vault = deploy(terms);
        _open();
        for (uint256 i = 0; i < SHAMS; ++i) {
            _request(i);
        }
        stayAlive(1 days);
        _report(_sham(0));
        stayAlive(24 hours);
        perform(alice, requestCall(finalTree(ETH), ETH, 0, 100 ether));
        stayAlive(23 hours);
        _flicker(0);
        assertPhase(Phase.Suspected, "never live for longer than an instant");
        stayAlive(47 hours);
        _report(alice);
        uint256 latchAt = vault.timeline().latchedAt;
        _flicker(1);
        assertEq(vault.timeline().latchedAt, latchAt, "Alice's request stands, so nothing is cured");
        _leave();
    }

    /// @notice And nobody needs to ask: after the third of these suspicions the next one latches at once.
    function test_hostage_endlessSuspicionEnds() public {
        for (uint256 i = 0; i < SHAMS; ++i) {
            _request(i);
        }
        stayAlive(7 days);
        _report(_sham(0));
        for (uint256 cycle = 0; cycle < 2; ++cycle) {
            stayAlive(47 hours);
            _flicker(cycle);
            assertPhase(Phase.Suspected, "never live for longer than an instant");
        }
        stayAlive(47 hours);
        _flicker(2);
        assertPhase(Phase.Latched, "three times is enough");
        _leave();
    }

    function _leave() private {
        toReturning();
        Round memory round = openRound(ETH);
        claim(ETH, round, 0);
        assertEq(alice.balance, 100 ether, "out");
    }

    /// @notice A deposit that the ledger never takes in would be neither owed nor refundable while the service lives.
    function test_hostage_depositsCannotBeIgnored() public {
        performWith(alice, 10 ether, abi.encodeCall(IVaultCore.depositToLedger, (ETH, alice, 10 ether)));
        CommitmentInput memory input = inputFor(ETH, _leaves());
        input.depositCursor = 0;
        perform(stranger, commitCall(input));
        warpBy(1 hours);
        input = inputFor(ETH, _leaves());
        input.depositCursor = 0;
        refuse(stranger, commitCall(input), err(Errors.Ledger_CursorOutOfRange.selector, 0, 1, 1));
        input.depositCursor = 1;
        perform(stranger, commitCall(input));
    }

    /// @notice A fee of one wei would otherwise close every request for a whole balance, again and again.
    function test_hostage_aFeeDoesNotCloseARequest() public {
        perform(bob, requestCall(finalTree(ETH), ETH, 1, 50 ether));
        uint40 due = vault.exitRequest(ETH, bob).due;
        Leaf[] memory leaves = _leaves();
        leaves[1].balance -= 1;
        postFinal(ETH, leaves);
        bytes memory answer = answerCall(finalTree(ETH), ETH, 1);
        vm.expectEmit(registry());
        emit IRegistry.ExitLowered(bob, ETH, 50 ether - 1);
        perform(stranger, answer);
        ExitRequest memory open = vault.exitRequest(ETH, bob);
        assertEq(open.target, 50 ether - 1, "asks for the rest");
        assertEq(open.due, due, "by the same time");
        refuse(stranger, answer, err(Errors.Liveness_RequestStands.selector, bob));
        payOut(ETH, 1, 50 ether - 1);
        assertEq(vault.exitRequest(ETH, bob).target, 0, "served");
    }
}
