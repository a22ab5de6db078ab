// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRegistry} from "lifeboat/interfaces/IRegistry.sol";
import {ISafeguards} from "lifeboat/interfaces/ISafeguards.sol";
import {IVault} from "lifeboat/interfaces/IVault.sol";
import {IVaultCore} from "lifeboat/interfaces/IVaultCore.sol";
import {Errors} from "lifeboat/libraries/Errors.sol";
import {Commitment, CommitmentInput, Gate, Leaf, Quorum, Round, SumNode} from "lifeboat/types/Types.sol";

import {SumTree} from "./SumTree.sol";
import {TestBase} from "./TestBase.sol";
import {Typed} from "./Typed.sol";

/// @notice Every call of the vault as calldata, signed by whoever must sign it. A test decides who sends it and what must come of it.
abstract contract VaultCalls is TestBase {
    using SumTree for SumTree.Tree;

    IVault internal vault;
    uint256 internal operatorKey = keyOf("operator");
    uint256 internal backupKey = keyOf("backup operator");
    uint256[] internal signerKeys = memberKeys("signer", 3);
    uint256[] internal auditorKeys = memberKeys("auditor", 2);
    uint256[] internal watcherKeys = memberKeys("watcher", 3);
    uint256[] internal guardianKeys = memberKeys("guardian", 3);

    uint256 private _lastNonce;

    // ------------------------------------------------------------------ signatures

    /// @notice A nonce of an account that no call has used yet.
    function newNonce() internal returns (uint256) {
        return ++_lastNonce;
    }

    /// @notice The next nonce of an asset's release gate.
    function nextNonce(address asset) internal view returns (uint256) {
        return vault.gate(asset).highest + 1;
    }

    /// @notice The lowest nonce that the operator alone has not used.
    function nextHotNonce() internal view returns (uint256 nonce) {
        while (vault.nonceUsed(vm.addr(operatorKey), nonce)) {
            ++nonce;
        }
    }

    function soon() internal view returns (uint256) {
        return now_() + 30 days;
    }

    function digestOf(bytes32 structHash) internal view returns (bytes32) {
        return Typed.digest(address(vault), structHash);
    }

    /// @notice The quorum with the signatures of its first `count` members.
    function quorum(uint256[] memory keys, uint256 count, bytes32 structHash) internal view returns (Quorum memory q) {
        q.members = idsOf(keys);
        for (uint256 i = 0; i < count; ++i) {
            q.signatures = bytes.concat(q.signatures, sig(keys[i], digestOf(structHash)));
        }
    }

    function bySigners(bytes32 structHash) internal view returns (Quorum memory) {
        return quorum(signerKeys, 2, structHash);
    }

    /// @notice No members: the operator signs alone.
    function byOperator(bytes32 structHash) internal view returns (Quorum memory q) {
        q.signatures = sig(operatorKey, digestOf(structHash));
    }

    /// @notice What the release gate answers to a nonce that is not to be had.
    function nonceError(address asset, uint256 nonce) internal view returns (bytes memory) {
        uint256 highest = vault.gate(asset).highest;
        uint256 lowest = highest < 64 ? 0 : highest - 63;
        return abi.encodeWithSelector(Errors.Signature_NonceOutOfWindow.selector, nonce, lowest, highest + 64);
    }

    /// @notice Used up, or so old that the gate takes it for used.
    function gateUsed(address asset, uint256 nonce) internal view returns (bool) {
        Gate memory gate = vault.gate(asset);
        if (nonce > gate.highest) return false;
        return gate.highest - nonce >= 64 || (gate.used >> (gate.highest - nonce)) & 1 != 0;
    }

    // ------------------------------------------------------------------ liveness

    /// @notice A beat over the parent of the present block.
    function beatCall() internal view returns (bytes memory) {
        return beatCall(operatorKey, block_() - 1, blockhash(block_() - 1));
    }

    function beatCall(uint256 key, uint256 number, bytes32 hash) internal view returns (bytes memory) {
        return abi.encodeCall(IVaultCore.beat, (number, hash, sig(key, digestOf(Typed.beat(number, hash)))));
    }

    function windDownCall(uint40 latchAt, uint256 deadline) internal view returns (bytes memory) {
        Quorum memory signers = bySigners(Typed.windDown(latchAt, deadline));
        return abi.encodeCall(ISafeguards.announceWindDown, (latchAt, deadline, signers));
    }

    // ------------------------------------------------------------------ money in

    function depositCall(address asset, address account, uint256 amount) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("deposit(address,address,uint256)", asset, account, amount);
    }

    function spendCall(
        uint256 key,
        address asset,
        address account,
        address payee,
        uint128 amount,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (bytes memory) {
        bytes memory signature = sig(key, digestOf(Typed.order(asset, account, payee, amount, nonce, deadline)));
        return abi.encodeCall(IVaultCore.spend, (asset, account, payee, amount, nonce, deadline, signature));
    }

    // ------------------------------------------------------------------ ledger

    /// @notice The next epoch of an asset over these leaves: everything queued is in it, read now.
    function inputFor(address asset, Leaf[] memory leaves) internal view returns (CommitmentInput memory input) {
        (SumNode memory left, SumNode memory right) = SumTree.build(address(vault), asset, leaves).halves();
        return CommitmentInput({
            asset: asset,
            epoch: vault.book(asset).epoch + 1,
            left: left,
            right: right,
            count: uint32(leaves.length),
            depositCursor: vault.book(asset).queued,
            snapshotAt: now_(),
            dataHash: keccak256("manifest"),
            uri: "ipfs://bundle"
        });
    }

    function commitmentHash(CommitmentInput memory input) internal pure returns (bytes32) {
        SumNode memory root = SumTree.parent(input.left, input.right);
        return Typed.commitment(input, root.hash, root.sum);
    }

    function commitCall(CommitmentInput memory input) internal view returns (bytes memory) {
        bytes32 structHash = commitmentHash(input);
        Quorum memory auditors = quorum(auditorKeys, 1, structHash);
        return abi.encodeCall(IRegistry.commit, (input, sig(operatorKey, digestOf(structHash)), auditors));
    }

    function attestationHash(address asset, uint32 epoch) internal view returns (bytes32) {
        Commitment memory posted = vault.commitment(asset, epoch);
        return Typed.attestation(asset, epoch, posted.root, posted.dataHash);
    }

    function attestCall(address asset, uint32 epoch) internal view returns (bytes memory) {
        return abi.encodeCall(IRegistry.attest, (asset, epoch, quorum(watcherKeys, 2, attestationHash(asset, epoch))));
    }

    // ------------------------------------------------------------------ release gate

    function payOutCall(SumTree.Tree memory tree, address asset, uint32 index, uint128 amount)
        internal
        view
        returns (bytes memory)
    {
        return payOutCall(tree, asset, index, amount, nextNonce(asset), soon());
    }

    function payOutCall(
        SumTree.Tree memory tree,
        address asset,
        uint32 index,
        uint128 amount,
        uint256 nonce,
        uint256 deadline
    ) internal view returns (bytes memory) {
        Leaf memory leaf = tree.leaves[index];
        Quorum memory signers = bySigners(Typed.payOut(asset, index, leaf.account, amount, nonce, deadline));
        return
            abi.encodeCall(IVaultCore.payOut, (asset, index, leaf, amount, tree.proof(index), nonce, deadline, signers));
    }

    function releaseCall(address asset, address to, uint256 amount) internal view returns (bytes memory) {
        return releaseCall(asset, to, amount, nextNonce(asset), soon());
    }

    function releaseCall(address asset, address to, uint256 amount, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        Quorum memory signers = bySigners(Typed.release(asset, to, amount, nonce, deadline));
        return abi.encodeCall(IVaultCore.releaseFreeReserveTo, (asset, to, amount, nonce, deadline, signers));
    }

    /// @notice The operator signs a release alone.
    function hotReleaseCall(address asset, address to, uint256 amount) internal view returns (bytes memory) {
        uint256 nonce = nextHotNonce();
        Quorum memory alone = byOperator(Typed.release(asset, to, amount, nonce, soon()));
        return abi.encodeCall(IVaultCore.releaseFreeReserveTo, (asset, to, amount, nonce, soon(), alone));
    }

    /// @notice The operator signs a payout alone.
    function hotPayOutCall(SumTree.Tree memory tree, address asset, uint32 index, uint128 amount)
        internal
        view
        returns (bytes memory)
    {
        Leaf memory leaf = tree.leaves[index];
        uint256 nonce = nextHotNonce();
        Quorum memory alone = byOperator(Typed.payOut(asset, index, leaf.account, amount, nonce, soon()));
        return abi.encodeCall(IVaultCore.payOut, (asset, index, leaf, amount, tree.proof(index), nonce, soon(), alone));
    }

    function cancelReleaseCall(address asset, uint256 nonce) internal view returns (bytes memory) {
        Quorum memory signers = bySigners(Typed.cancelRelease(asset, nonce, soon()));
        return abi.encodeCall(IVaultCore.cancelRelease, (asset, nonce, soon(), signers));
    }

    /// @notice As many signers as a cold release needs.
    function queueCall(address asset, address to, uint256 amount, uint256 salt) internal view returns (bytes memory) {
        return queueCall(asset, to, amount, salt, Typed.NO_DEADLINE);
    }

    function queueCall(address asset, address to, uint256 amount, uint256 salt, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        Quorum memory signers = quorum(signerKeys, 3, Typed.coldRelease(asset, to, amount, salt, deadline));
        return abi.encodeCall(ISafeguards.queueRelease, (asset, to, amount, salt, deadline, signers));
    }

    function executeCall(address asset, address to, uint256 amount, uint256 salt) internal pure returns (bytes memory) {
        return abi.encodeCall(IVaultCore.executeRelease, (asset, to, amount, salt, Typed.NO_DEADLINE));
    }

    function equityCall(address asset, address to, uint256 amount, uint256 nonce) internal view returns (bytes memory) {
        Quorum memory signers = quorum(signerKeys, 3, Typed.releaseEquity(asset, to, amount, nonce, soon()));
        return abi.encodeCall(IVaultCore.releaseEquity, (asset, to, amount, nonce, soon(), signers));
    }

    // ------------------------------------------------------------------ safeguards

    function freezeCall(uint40 until) internal view returns (bytes memory) {
        bytes32 evidence = keccak256("evidence");
        return
            abi.encodeCall(
                ISafeguards.freeze, (until, evidence, quorum(guardianKeys, 2, Typed.freeze(until, evidence)))
            );
    }

    function vetoCall(bytes32 release) internal view returns (bytes memory) {
        return abi.encodeCall(ISafeguards.vetoRelease, (release, quorum(guardianKeys, 2, Typed.veto(release))));
    }

    function maintenanceCall(uint40 from, uint40 until) internal view returns (bytes memory) {
        bytes memory signature = sig(operatorKey, digestOf(Typed.maintenance(from, until)));
        return abi.encodeCall(ISafeguards.announceMaintenance, (from, until, signature));
    }

    function majeureCall(uint40 until) internal view returns (bytes memory) {
        bytes32 evidence = keccak256("evidence");
        bytes32 structHash = Typed.forceMajeure(until, evidence);
        return abi.encodeCall(
            ISafeguards.declareForceMajeure,
            (until, evidence, sig(operatorKey, digestOf(structHash)), quorum(watcherKeys, 2, structHash))
        );
    }

    function alarmCall(uint256 deadline) internal view returns (bytes memory) {
        bytes32 evidence = keccak256("evidence");
        Quorum memory watchers = quorum(watcherKeys, 2, Typed.alarm(evidence, deadline));
        return abi.encodeCall(ISafeguards.raiseAlarm, (evidence, deadline, watchers));
    }

    function announceCall(uint256 sequence, uint8 reason) internal view returns (bytes memory) {
        bytes32 text = keccak256("what is the matter");
        uint40 until = now_() + 1 days;
        bytes32 structHash = Typed.announcement(sequence, reason, text, "ipfs://text", until);
        bytes memory signature = sig(operatorKey, digestOf(structHash));
        return abi.encodeCall(ISafeguards.announce, (sequence, reason, text, "ipfs://text", until, signature));
    }

    /// @notice The other roles' ids, as a rotation must name them.
    function otherRoles() internal view returns (bytes32[][3] memory others) {
        others[0] = idsOf(auditorKeys);
        others[1] = idsOf(watcherKeys);
        others[2] = idsOf(guardianKeys);
    }

    /// @notice The present signers name the next ones.
    function rotationCall(bytes32[] memory ids, uint8 threshold, uint8 cold, uint256 sequence, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        Quorum memory current = quorum(signerKeys, 3, Typed.rotation(ids, threshold, cold, sequence, deadline));
        return
            abi.encodeCall(
                ISafeguards.announceRotation, (ids, threshold, cold, sequence, deadline, otherRoles(), current)
            );
    }

    // ------------------------------------------------------------------ exit requests

    function requestCall(SumTree.Tree memory tree, address asset, uint32 index, uint128 amount)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IRegistry.requestExit, (asset, index, tree.leaves[index], tree.proof(index), amount));
    }

    function answerCall(SumTree.Tree memory tree, address asset, uint32 index) internal pure returns (bytes memory) {
        return abi.encodeCall(IRegistry.answerExit, (asset, index, tree.leaves[index], tree.proof(index)));
    }

    // ------------------------------------------------------------------ the return

    function countCall(SumTree.Tree memory tree, address asset, uint32 word) internal pure returns (bytes memory) {
        return abi.encodeCall(IVaultCore.countWord, (asset, word, tree.word(word), tree.siblings(word)));
    }

    function countPackedCall(SumTree.Tree memory tree, address asset, uint32 word)
        internal
        pure
        returns (bytes memory)
    {
        (bytes memory leaves, bytes memory paid) = tree.packed(word);
        return abi.encodeCall(IRegistry.countPacked, (asset, word, leaves, paid, tree.siblings(word)));
    }

    /// @notice Answers a challenge of a word.
    function showCall(SumTree.Tree memory tree, address asset, uint32 epoch, uint32 word)
        internal
        pure
        returns (bytes memory)
    {
        (bytes memory leaves, bytes memory paid) = tree.packed(word);
        return abi.encodeCall(IRegistry.answerChallenge, (asset, epoch, word, leaves, paid, tree.siblings(word)));
    }

    function flagCall(SumTree.Tree memory tree, address asset, uint32 index) internal pure returns (bytes memory) {
        return abi.encodeCall(IVaultCore.flagPayout, (asset, index, tree.leaves[index], tree.proof(index)));
    }

    function claimCall(SumTree.Tree memory tree, address asset, Round memory round, uint32 index)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IVaultCore.claim, (asset, round, index, tree.leaves[index], tree.proof(index)));
    }

    /// @notice A claim whose proof ends at an anchor on that level.
    function claimUpToCall(SumTree.Tree memory tree, address asset, Round memory round, uint32 index, uint256 level)
        internal
        pure
        returns (bytes memory)
    {
        bytes memory proof = tree.pathUpTo(0, index, level);
        return abi.encodeCall(IVaultCore.claim, (asset, round, index, tree.leaves[index], proof));
    }

    /// @notice Anchors the nodes of level `low` that stand under node `position` of level `high`.
    function anchorCall(
        SumTree.Tree memory tree,
        address asset,
        Round memory round,
        uint256 high,
        uint256 position,
        uint256 low
    ) internal pure returns (bytes memory) {
        uint256 width = 1 << (high - low);
        bytes memory nodes = tree.nodes(low, position * width, width);
        // Levels are at most 32, positions 32 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return abi.encodeCall(IVaultCore.anchor, (asset, round, uint8(high), uint32(position), nodes));
    }

    /// @notice A claim that the leaf's account signs with `key`, to `to`, valid for the usual time.
    function claimToCall(
        uint256 key,
        SumTree.Tree memory tree,
        address asset,
        Round memory round,
        uint32 index,
        address to,
        uint128 fee
    ) internal view returns (bytes memory) {
        bytes memory signature = sig(key, digestOf(Typed.claim(asset, round.id, index, to, fee, soon())));
        return claimToCall(tree, asset, round, index, to, fee, soon(), signature);
    }

    function claimToCall(
        SumTree.Tree memory tree,
        address asset,
        Round memory round,
        uint32 index,
        address to,
        uint128 fee,
        uint256 deadline,
        bytes memory signature
    ) internal pure returns (bytes memory) {
        Leaf memory leaf = tree.leaves[index];
        return abi.encodeCall(
            IVaultCore.claimTo, (asset, round, index, leaf, tree.proof(index), to, fee, deadline, signature)
        );
    }

    function pushCall(SumTree.Tree memory tree, address asset, Round memory round, uint32 word)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IVaultCore.pushWord, (asset, round, word, tree.word(word), tree.siblings(word)));
    }
}
