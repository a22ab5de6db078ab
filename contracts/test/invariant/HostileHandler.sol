// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {Case, IDisputes} from "lifeboat/interfaces/IDisputes.sol";
import {IVaultHooks} from "lifeboat/interfaces/ISatellites.sol";
import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {CommitmentInput, Leaf, Phase, Quorum, Round} from "lifeboat/types/Types.sol";

import {SumTree} from "../base/SumTree.sol";
import {Typed} from "../base/Typed.sol";
import {RegistryThieves} from "./RegistryThieves.sol";
import {FrozenToken} from "../twins/Tokens.sol";
import {Reentrant} from "../twins/Recipients.sol";

/// @notice The honest service among thieves: forged claims, colluding signers, calls out of phase, re-entering users, a token in trouble.
/// @dev What must be refused and is not becomes a violation. Honest actions may fail here, because the token may.
contract HostileHandler is RegistryThieves {
    using SumTree for SumTree.Tree;

    function actions() public pure override returns (bytes4[] memory list) {
        bytes4[] memory honest = super.actions();
        list = new bytes4[](honest.length + 15);
        for (uint256 i = 0; i < honest.length; ++i) {
            list[i] = honest[i];
        }
        uint256 next = honest.length;
        list[next++] = this.forgeClaim.selector;
        list[next++] = this.forgeAnchor.selector;
        list[next++] = this.claimAgain.selector;
        list[next++] = this.refundAgain.selector;
        list[next++] = this.outOfPhase.selector;
        list[next++] = this.overdraw.selector;
        list[next++] = this.minority.selector;
        list[next++] = this.badLedger.selector;
        list[next++] = this.trouble.selector;
        list[next++] = this.arm.selector;
        list[next++] = this.noise.selector;
        list[next++] = this.frozenDoors.selector;
        list[next++] = this.aboveTheCaps.selector;
        list[next++] = this.abuseOfGuards.selector;
        list[next++] = this.abuseOfDisputes.selector;
    }

    // ------------------------------------------------------------------ thieves

    function forgeClaim(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        Round memory round = _anyRound(asset, seed >> 16);
        SumTree.Tree memory tree = finalTree(asset);
        Leaf memory leaf = Leaf(tree.leaves[user].account, tree.leaves[user].balance, tree.leaves[user].paid);
        bytes memory proof = tree.proof(user);
        uint32 index = uint32(user);
        uint256 kind = (seed >> 32) % 6;
        if (kind == 0) leaf.balance += 1;
        if (kind == 1) leaf.account = stranger;
        if (kind == 2) leaf.paid += 1;
        if (kind == 3) index += uint32(1) << uint32((seed >> 40) % 31);
        if (kind == 4) round.numerator += 1;
        if (kind == 5) proof[(seed >> 40) % proof.length] ^= bytes1(uint8(1 + (seed >> 56) % 255));
        _mustFail(
            stranger, abi.encodeCall(IVaultCore.claim, (asset, round, index, leaf, proof)), "a forged claim was paid"
        );
        hit("forgeClaim");
    }

    /// @notice One of the things that an anchor binds is wrong.
    function forgeAnchor(uint256 seed) external watched {
        address asset = assets[seed % 2];
        Round memory round = _anyRound(asset, seed >> 16);
        SumTree.Tree memory tree = finalTree(asset);
        uint256 low = (seed >> 24) % 7;
        bytes memory nodes = tree.nodes(low, 0, 1 << (tree.depthOf() - low));
        (uint8 level, uint32 position) = (uint8(tree.depthOf()), 0);
        uint256 kind = (seed >> 32) % 8;
        if (kind == 0) nodes[(seed >> 40) % nodes.length] ^= bytes1(uint8(1 + (seed >> 80) % 255));
        // A unit of the first node's sum is told under the second.
        if (kind == 1) _shift(nodes);
        if (kind == 2) level = uint8(tree.depthOf() + 1 + (seed >> 40) % 30);
        if (kind == 3) position = uint32(1 + (seed >> 40) % 1000);
        if (kind == 4) round.id += uint32(opened[asset].length);
        if (kind == 5) round.numerator += 1;
        if (kind == 6) round.denominator += 1;
        if (kind == 7) nodes = bytes.concat(nodes, new bytes(48));
        bytes memory data = abi.encodeCall(IVaultCore.anchor, (asset, round, level, position, nodes));
        _mustFail(stranger, data, "a forged node was anchored");
        hit("forgeAnchor");
    }

    function _shift(bytes memory nodes) private pure {
        (uint8 first, uint8 second) = (uint8(nodes[47]), uint8(nodes[95]));
        unchecked {
            (nodes[47], nodes[95]) = (bytes1(first + 1), bytes1(second - 1));
        }
    }

    function claimAgain(uint256 seed) external watched {
        (address asset, uint256 user) = (assets[seed % 2], (seed >> 8) % USERS);
        Round memory round = _anyRound(asset, seed >> 16);
        vm.assume(settled[asset][round.id][user]);
        SumTree.Tree memory tree = finalTree(asset);
        _mustFail(users[user], claimCall(tree, asset, round, uint32(user)), "claimed twice");
        if (user < KEYED) {
            bytes memory data = claimToCall(keys[user], tree, asset, round, uint32(user), hotWallet, 0);
            _mustFail(stranger, data, "claimed twice, elsewhere");
        }
        hit("claimAgain");
    }

    /// @notice Entries that were refunded, or that the counting ledger covers.
    function refundAgain(uint256 seed) external watched {
        address asset = assets[seed % 2];
        vm.assume(!isBefore(Phase.Latched) && entries[asset].length > 0);
        uint256 entry = (seed >> 8) % entries[asset].length;
        vm.assume(entries[asset][entry].refunded || entry < _refundableFrom(asset));
        _mustFail(
            stranger, abi.encodeCall(IVaultCore.refundPending, (asset, entry)), "refunded twice, or from the ledger"
        );
        hit("refundAgain");
    }

    /// @notice What the phase table forbids now.
    function outOfPhase(uint256 seed) external watched {
        address asset = assets[seed % 2];
        uint32 user = uint32((seed >> 8) % USERS);
        vm.assume(vault.finalEpoch(asset) != 0);
        SumTree.Tree memory tree = finalTree(asset);
        if (isBefore(Phase.Latched)) {
            _mustFail(stranger, abi.encodeCall(IVaultCore.latch, ()), "latched early");
            _mustFail(stranger, abi.encodeCall(IVaultCore.refundPending, (asset, 0)), "refunded early");
            _mustFail(stranger, countCall(tree, asset, 0), "counted early");
            _mustFail(stranger, countPackedCall(tree, asset, 0), "counted packed early");
            _mustFail(stranger, flagCall(tree, asset, user), "flagged early");
        } else {
            vm.roll(block_() + 1);
            _mustFail(stranger, beatCall(), "beaten back to life");
            _mustFail(stranger, commitCall(inputFor(asset, leavesOf(asset))), "a ledger posted after the latch");
            _mustFail(stranger, payOutCall(tree, asset, user, 1), "paid out after the latch");
            _mustFail(stranger, flagCall(tree, asset, user), "flagged a leaf that hides no payout");
        }
        if (!isBefore(Phase.Suspected)) {
            _mustFail(stranger, releaseCall(asset, hotWallet, 1), "released under suspicion");
            _mustFail(stranger, hotReleaseCall(asset, hotWallet, 1), "released alone under suspicion");
            _mustFail(stranger, queueCall(asset, hotWallet, 1, 1 << 64), "queued under suspicion");
            _mustFail(stranger, maintenanceCall(now_() + 1 days, now_() + 1 days + 1), "a window under suspicion");
            _mustFail(stranger, majeureCall(now_() + 1), "force majeure under suspicion");
            _mustFail(stranger, alarmCall(now_()), "an alarm under suspicion");
            _mustFail(stranger, abi.encodeCall(ISafeguards.activateRotation, ()), "a rotation under suspicion");
            for (uint256 i = 0; i < colds.length; ++i) {
                bytes memory execute = executeCall(colds[i].asset, hotWallet, colds[i].amount, i);
                _mustFail(stranger, execute, "a cold release under suspicion");
            }
        }
        if (!isBefore(Phase.Latched)) _mustFail(stranger, freezeCall(now_() + 1), "frozen after the latch");
        if (isBefore(Phase.Returning)) {
            _mustFail(stranger, abi.encodeCall(IVaultCore.openRound, (asset)), "a round before the return");
        } else if (now_() >= vault.recovery(asset).roundsFrom) {
            _mustFail(stranger, countCall(tree, asset, 0), "counted after the return began");
            _mustFail(stranger, countPackedCall(tree, asset, 0), "counted packed after the return began");
        } else {
            _miscount(tree, asset, seed >> 16);
        }
        hit("outOfPhase");
    }

    /// @dev While words are counted: no other leaves, nor the same twice in another form.
    function _miscount(SumTree.Tree memory tree, address asset, uint256 seed) private {
        (bytes memory leaves, bytes memory paid) = _falsified(tree, seed);
        bytes memory data = abi.encodeCall(IRegistry.countPacked, (asset, 0, leaves, paid, tree.siblings(0)));
        _mustFail(stranger, data, "counted other leaves");
        hit("miscount");
        if (!vault.wordCounted(asset, 0)) return;
        _mustFail(stranger, countPackedCall(tree, asset, 0), "counted twice, packed");
        _mustFail(stranger, countCall(tree, asset, 0), "counted twice");
    }

    /// @notice All signers together, and still no more than the rules allow.
    function overdraw(uint256 seed) external watched {
        (address asset, uint32 user) = (assets[seed % 2], uint32((seed >> 8) % USERS));
        vm.assume(vault.finalEpoch(asset) != 0);
        SumTree.Tree memory tree = finalTree(asset);
        uint128 net = netOf(asset, tree.leaves[user]);
        _mustFail(stranger, payOutCall(tree, asset, user, net + 1), "paid out more than owed");
        uint256 floor = (uint256(vault.book(asset).owed) * 8000 + 9999) / 10_000;
        uint256 reserve = vault.reserve(asset);
        uint256 free = reserve > floor ? reserve - floor : 0;
        _mustFail(stranger, releaseCall(asset, hotWallet, free + 1), "released below the floor");
        uint128 own = vault.segregatedOf(asset, users[user]);
        bytes memory data = abi.encodeCall(IVaultCore.withdraw, (asset, second(user), own + 1));
        _mustFail(users[user], data, "withdrew more than his own");
        data = spendCall(keyOf("thief"), asset, users[user], hotWallet, 1, newNonce(), soon());
        _mustFail(stranger, data, "spent without the account's signature");
        hit("overdraw");
    }

    /// @notice While frozen nobody moves the reserve, however many sign; but a freeze keeps nobody from serving what he is suspected for.
    function frozenDoors(uint256 seed) external watched {
        (address asset, uint32 user) = (assets[seed % 2], uint32((seed >> 8) % USERS));
        vm.assume(isFrozen() && vault.finalEpoch(asset) != 0);
        SumTree.Tree memory tree = finalTree(asset);
        _mustFail(stranger, releaseCall(asset, hotWallet, 1), "released while frozen");
        _mustFail(stranger, hotReleaseCall(asset, hotWallet, 1), "released alone while frozen");
        if (isBefore(Phase.Suspected) || asked[asset][user] == 0) {
            _mustFail(stranger, payOutCall(tree, asset, user, 1), "paid out while frozen");
            _mustFail(stranger, hotPayOutCall(tree, asset, user, 1), "paid out alone while frozen");
        }
        for (uint256 i = 0; i < colds.length; ++i) {
            bytes memory execute = executeCall(colds[i].asset, hotWallet, colds[i].amount, i);
            _mustFail(stranger, execute, "a cold release while frozen");
        }
        hit("frozenDoors");
    }

    /// @notice A unit above what the window still allows.
    function aboveTheCaps(uint256 seed) external watched {
        (address asset, uint32 user) = (assets[seed % 2], uint32((seed >> 8) % USERS));
        vm.assume(vault.finalEpoch(asset) != 0);
        uint256 warm = room(asset, WARM_CAP) + 1;
        uint256 hot = room(asset, HOT_CAP) + 1;
        _mustFail(stranger, releaseCall(asset, hotWallet, warm), "above the warm cap");
        _mustFail(stranger, hotReleaseCall(asset, hotWallet, hot), "above the hot cap");
        bytes memory data = hotPayOutCall(finalTree(asset), asset, user, uint128(hot));
        _mustFail(stranger, data, "paid out above the hot cap");
        hit("aboveTheCaps");
    }

    /// @notice Roles that take more than the terms give them, or what is another's.
    function abuseOfGuards(uint256 seed) external watched {
        uint40 soon_ = now_() + 1;
        _mustFail(stranger, freezeCall(now_() + uint40(FREEZE_MAX) + 1), "frozen for too long");
        _mustFail(stranger, freezeCall(now_()), "frozen until now");
        uint40 from = now_() + 24 hours;
        _mustFail(stranger, maintenanceCall(from - 1, from), "a window announced too late");
        _mustFail(stranger, maintenanceCall(from, from + 12 hours + 1), "a window too long");
        _mustFail(stranger, majeureCall(now_() + 14 days + 1), "force majeure too long");
        _mustFail(stranger, alarmCall(now_() + 7 days + 1), "an alarm to be kept");
        _mustFail(stranger, announceCall(safeguards().announcements() + 1, 0), "an announcement out of order");
        _mustFail(stranger, windDownCall(now_() + 30 days - 1, soon()), "a wind-down without notice");
        address asset = assets[seed % 2];
        bytes memory equity = equityCall(asset, users[0], vault.reserve(asset) + 1, newNonce());
        _mustFail(stranger, equity, "money not its own");
        if (frozenTo != 0 && now_() < frozenTo + 2 * FREEZE_MAX) {
            _mustFail(stranger, freezeCall(soon_), "frozen without a rest");
        }
        bytes32 hash = Typed.freeze(soon_, 0);
        _mustFail(stranger, abi.encodeCall(ISafeguards.freeze, (soon_, 0, bySigners(hash))), "frozen by signers");
        hash = Typed.alarm(0, soon_);
        Quorum memory q = quorum(watcherKeys, 1, hash);
        _mustFail(stranger, abi.encodeCall(ISafeguards.raiseAlarm, (0, soon_, q)), "an alarm of one");
        uint256[] memory thieves = memberKeys("thief", 2);
        uint256 sequence = safeguards().rotations();
        q = quorum(signerKeys, 2, Typed.rotation(idsOf(thieves), 1, 1, sequence, soon()));
        bytes memory data =
            abi.encodeCall(ISafeguards.announceRotation, (idsOf(thieves), 1, 1, sequence, soon(), otherRoles(), q));
        _mustFail(stranger, data, "a rotation by too few");
        hit("abuseOfGuards");
    }

    /// @notice An open dispute holds the rounds, and neither its ruling nor its end is anybody's; nor is it disputed twice.
    function abuseOfDisputes(uint256 seed) external watched {
        address asset = assets[seed % 2];
        (uint256 id, Case memory opened) = openDispute(asset);
        _mustFail(stranger, abi.encodeCall(IVaultCore.openRound, (asset)), "a round in the middle of a dispute");
        bytes memory hook = abi.encodeCall(IVaultHooks.ledgerContested, (asset, 0, seed % 4 < 2));
        _mustFail(stranger, hook, "a dispute settled by a stranger");
        hook = abi.encodeCall(IVaultHooks.returnReopened, (asset, 0, 0));
        _mustFail(stranger, hook, "an entry refunded by a stranger");
        _mustFailAt(abi.encodeCall(IDisputes.rule, (id, 1)), "ruled by a stranger");
        _mustFailAt(abi.encodeCall(IDisputes.disputeLedger, (asset)), "disputed twice");
        _mustFailAt(abi.encodeCall(IDisputes.refundEntryWithoutLeaf, (asset, 0)), "refunded by a stranger");
        if (!opened.isRuled && now_() <= opened.due) {
            _mustFailAt(abi.encodeCall(IDisputes.settle, (id)), "settled early");
        }
        hit("abuseOfDisputes");
    }

    function _mustFailAt(bytes memory data, string memory why) private {
        vm.prank(stranger);
        (bool ok,) = address(disputes).call(data);
        if (ok) violate(why);
    }

    /// @notice One signer, once or twice over.
    function minority(uint256 seed) external watched {
        uint256 nonce = nextNonce(ETH);
        bytes32 hash = Typed.release(ETH, hotWallet, 1, nonce, soon());
        Quorum memory q = quorum(signerKeys, 0, hash);
        bytes memory one = sig(signerKeys[seed % 3], digestOf(hash));
        q.signatures = one;
        bytes memory data = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, nonce, soon(), q));
        _mustFail(stranger, data, "one signer was enough");
        q.signatures = bytes.concat(one, one);
        data = abi.encodeCall(IVaultCore.releaseFreeReserveTo, (ETH, hotWallet, 1, nonce, soon(), q));
        _mustFail(stranger, data, "one signer counted twice");
        hit("minority");
    }

    /// @notice Operator and auditors together cannot post what is not covered, out of order, or with the queue turned back.
    function badLedger(uint256 seed) external watched {
        address asset = assets[seed % 2];
        Leaf[] memory leaves = leavesOf(asset);
        CommitmentInput memory input = inputFor(asset, leaves);
        uint256 kind = (seed >> 8) % 3;
        if (kind == 0) {
            leaves[0].balance = 1e30;
            input = inputFor(asset, leaves);
        }
        if (kind == 1) input.epoch += (seed >> 16) % 2 == 0 ? 1 : type(uint32).max;
        if (kind == 2) input.depositCursor += 1;
        _mustFail(stranger, commitCall(input), "a ledger that must not be");
        hit("badLedger");
    }

    /// @notice The token is paused, or blocks a user or the vault.
    function trouble(uint256 seed) external watched {
        FrozenToken frozen = FrozenToken(token);
        if (seed % 4 == 0) frozen.pause(true);
        else if (seed % 4 == 1) frozen.setBlocked(users[(seed >> 8) % USERS], true);
        else if (seed % 4 == 2) frozen.setBlocked(address(vault), true);
        else _calm(frozen);
        hit("trouble");
    }

    function _calm(FrozenToken frozen) private {
        frozen.pause(false);
        frozen.setBlocked(address(vault), false);
        for (uint256 i = 0; i < USERS; ++i) {
            frozen.setBlocked(users[i], false);
        }
    }

    /// @notice Gives the re-entering user something to do when it is paid next.
    function arm(uint256 seed) external watched {
        vm.assume(vault.finalEpoch(ETH) != 0);
        SumTree.Tree memory tree = finalTree(ETH);
        uint256 kind = seed % 6;
        uint128 own = vault.segregatedOf(ETH, users[REENTRANT]);
        bytes memory data = abi.encodeCall(IVaultCore.withdraw, (ETH, users[REENTRANT], own));
        Round memory round = Round(0, 1, 1);
        if (opened[ETH].length > 0) round = opened[ETH][(seed >> 8) % opened[ETH].length];
        if (kind == 1) data = claimCall(tree, ETH, round, uint32(REENTRANT));
        if (kind == 2) data = claimCall(tree, ETH, round, uint32((seed >> 16) % USERS));
        if (kind == 3) data = pushCall(tree, ETH, round, 0);
        if (kind == 4) data = abi.encodeCall(IVaultCore.openRound, (ETH));
        if (kind == 5) data = abi.encodeCall(IVaultCore.tally, (ETH, round.id, new uint32[](1)));
        Reentrant(payable(users[REENTRANT])).arm(address(vault), data);
        hit("arm");
    }

    /// @notice Arbitrary arguments to any function, from any user.
    function noise(uint256 seed, bytes calldata arguments) external watched {
        bytes4[27] memory selectors = [
            IVaultCore.withdraw.selector,
            IVaultCore.spend.selector,
            IVaultCore.refundPending.selector,
            IRegistry.commit.selector,
            IRegistry.attest.selector,
            IVaultCore.payOut.selector,
            IVaultCore.releaseFreeReserveTo.selector,
            IRegistry.answerExit.selector,
            IVaultCore.flagPayout.selector,
            IVaultCore.anchor.selector,
            IVaultCore.claim.selector,
            IVaultCore.claimTo.selector,
            IVaultCore.pushWord.selector,
            IVaultCore.cancelRelease.selector,
            IVaultCore.executeRelease.selector,
            IVaultCore.releaseEquity.selector,
            ISafeguards.announce.selector,
            ISafeguards.announceMaintenance.selector,
            ISafeguards.declareForceMajeure.selector,
            ISafeguards.announceWindDown.selector,
            ISafeguards.raiseAlarm.selector,
            ISafeguards.freeze.selector,
            ISafeguards.queueRelease.selector,
            ISafeguards.vetoRelease.selector,
            ISafeguards.announceRotation.selector,
            IRegistry.countPacked.selector,
            IRegistry.answerChallenge.selector
        ];
        bytes memory data = bytes.concat(selectors[seed % 27], arguments);
        _mustFail(users[(seed >> 8) % USERS], data, "noise was accepted");
        hit("noise");
    }

    function _mustFail(address from, bytes memory data, string memory why) private {
        address target = targetOf(data);
        vm.prank(from);
        (bool ok,) = target.call(data);
        if (ok) violate(why);
    }
}
