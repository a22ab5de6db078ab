// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TestBase} from "../base/TestBase.sol";
import {HonestHandler} from "./HonestHandler.sol";
import {HostileHandler} from "./HostileHandler.sol";
import {WholeHandler} from "./WholeHandler.sol";

struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @notice The campaign of one handler: the rules after every action, everybody drained out at the end of every run.
abstract contract Campaign is TestBase {
    /// @dev Forge prints it: how often an action was reached.
    event log_named_uint(string action, uint256 hits);

    HonestHandler internal handler;

    function newHandler() internal virtual returns (HonestHandler);

    /// @notice Names under which the handler counts what it reached.
    function names() internal pure virtual returns (string[] memory);

    /// @notice More of them: what is reached beside the vault.
    function namesBeside() internal pure virtual returns (string[] memory);

    function setUp() public {
        handler = newHandler();
        handler.setUp();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), handler.actions());
    }

    function invariant_moneyRules() public view {
        handler.checkRules();
    }

    function afterInvariant() public {
        handler.drain();
        handler.checkRules();
    }

    /// @notice Every action is really reached by random sequences: a condition that never holds would hide a rule from the campaign.
    function test_everyActionIsReached() public {
        string[] memory reached = _joined(names(), namesBeside());
        uint256[] memory hits = new uint256[](reached.length);
        uint256 world = vm.snapshotState();
        for (uint256 run = 0; run < 96; ++run) {
            vm.revertToState(world);
            _randomRun(run, 200);
            for (uint256 i = 0; i < hits.length; ++i) {
                hits[i] += handler.hits(reached[i]);
            }
            handler.drain();
            handler.checkRules();
        }
        for (uint256 i = 0; i < hits.length; ++i) {
            emit log_named_uint(reached[i], hits[i]);
            assertGt(hits[i], 0, reached[i]);
        }
    }

    function _joined(string[] memory a, string[] memory b) private pure returns (string[] memory all) {
        all = new string[](a.length + b.length);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = i < a.length ? a[i] : b[i - a.length];
        }
    }

    function _randomRun(uint256 run, uint256 steps) private {
        bytes4[] memory actions = handler.actions();
        for (uint256 step = 0; step < steps; ++step) {
            uint256 random = uint256(keccak256(abi.encode(run, step)));
            uint256 seed = uint256(keccak256(abi.encode(random)));
            bytes memory data = abi.encodeWithSelector(actions[random % actions.length], seed, 0x40, 0x20, seed);
            // A discarded action reverts: not this test's concern.
            (bool ok,) = address(handler).call(data);
            ok;
        }
    }
}

/// @notice The money rules over every sequence of valid actions, none of which may revert.
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: deep.invariant.fail-on-revert = true
contract MoneyInvariantTest is Campaign {
    function newHandler() internal override returns (HonestHandler) {
        return new WholeHandler();
    }

    function namesBeside() internal pure override returns (string[] memory list) {
        string[28] memory all = [
            "commit unseen",
            "attest late",
            "challengeWord",
            "answerChallenge",
            "voidCommitment",
            "root void",
            "withdrawDeposit",
            "closeExit",
            "depositForSelf",
            "sync",
            "setRedirect",
            "redirect taken back",
            "claim redirected",
            "put",
            "announceUnbonding",
            "unbond",
            "fillShortfall",
            "round opened by the bond",
            "openCompensation",
            "compensation above zero",
            "compensate",
            "compensate by credit",
            "withdrawCredit",
            "returnRest",
            "frozen commit unseen",
            "cancelNonce",
            "fill the tank",
            "repaid"
        ];
        list = new string[](28);
        for (uint256 i = 0; i < 28; ++i) {
            list[i] = all[i];
        }
    }

    function names() internal pure override returns (string[] memory list) {
        string[60] memory all = [
            "jump",
            "serve",
            "commit",
            "cure",
            "deposit",
            "depositToLedger",
            "withdraw",
            "spend",
            "payOut",
            "payOut suspected",
            "release",
            "donate",
            "lose",
            "requestExit",
            "reportUnserved",
            "answerExit",
            "cancelExit",
            "windDown",
            "replay",
            "latch",
            "refundPending",
            "countWord",
            "countPacked",
            "openRound",
            "anchor",
            "claim",
            "claim below an anchor",
            "claimTo",
            "pushWord",
            "tally",
            "hotRelease",
            "hotPayOut",
            "cancelRelease",
            "queueRelease",
            "executeRelease",
            "vetoRelease",
            "freeze",
            "maintenance",
            "forceMajeure",
            "alarm",
            "backupBeat",
            "announce",
            "announceRotation",
            "activateRotation",
            "releaseEquity",
            "frozen deposit",
            "frozen withdraw",
            "frozen spend",
            "frozen requestExit",
            "frozen commit",
            "disputeLedger",
            "rush",
            "rule",
            "settle",
            "settle in silence",
            "ledger replaced",
            "refundEntry",
            "refundEntry less payouts",
            "request closed by ruling",
            "request upheld"
        ];
        list = new string[](60);
        for (uint256 i = 0; i < 60; ++i) {
            list[i] = all[i];
        }
    }
}

/// @notice The same among thieves: longer runs, because thieves take turns too.
/// forge-config: default.invariant.runs = 40
/// forge-config: default.invariant.depth = 100
/// forge-config: deep.invariant.runs = 1000
contract HostileInvariantTest is Campaign {
    function newHandler() internal override returns (HonestHandler) {
        return new HostileHandler();
    }

    function namesBeside() internal pure override returns (string[] memory list) {
        string[4] memory all = ["stealDeposits", "abuseOfChallenges", "abuseOfRedirects", "robTheBond"];
        list = new string[](4);
        for (uint256 i = 0; i < 4; ++i) {
            list[i] = all[i];
        }
    }

    function names() internal pure override returns (string[] memory list) {
        string[16] memory all = [
            "forgeClaim",
            "forgeAnchor",
            "claimAgain",
            "refundAgain",
            "outOfPhase",
            "overdraw",
            "minority",
            "badLedger",
            "trouble",
            "arm",
            "noise",
            "frozenDoors",
            "aboveTheCaps",
            "abuseOfGuards",
            "abuseOfDisputes",
            "miscount"
        ];
        list = new string[](16);
        for (uint256 i = 0; i < 16; ++i) {
            list[i] = all[i];
        }
    }
}
