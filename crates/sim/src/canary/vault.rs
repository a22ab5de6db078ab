//! Bugs in the vault, its safeguards and its clock.

use super::Canary;

/// Of what moves money, and of what decides when.
pub(super) const OF_VAULT: &[Canary] = &[
    Canary {
        name: "netting dropped",
        file: "shared/TermsStore.sol",
        from: "return since < balance ? balance - since : 0;",
        to: "return since < balance ? balance : 0;",
    },
    Canary {
        name: "shares rounded up",
        file: "modules/Claims.sol",
        from: "share := div(mul(net, calldataload(add(round, 0x20))), calldataload(add(round, 0x40)))",
        to: "let den := calldataload(add(round, 0x40))
            share := div(sub(add(mul(net, calldataload(add(round, 0x20))), den), 1), den)",
    },
    Canary {
        name: "round opens, and is claimed, before the return",
        file: "modules/Recoveries.sol",
        from: "if (_phase() != Phase.Returning) _revertPhase();",
        to: "_requireLatched();",
    },
    Canary {
        name: "claimed bit not set",
        file: "modules/Claims.sol",
        from: "(packed | bit) + (share << UNTALLIED_SHIFT)",
        to: "packed + (share << UNTALLIED_SHIFT)",
    },
    Canary {
        name: "deposit cursor off by one",
        file: "modules/Recoveries.sol",
        from: "if (entry < cursor) revert",
        to: "if (entry + 1 < cursor) revert",
    },
    Canary {
        name: "latch reversible by a beat",
        file: "modules/LivenessClock.sol",
        from: "uint256 start = _requireNotLatched(live);\n        if (blockNumber",
        to: "(uint256 start,) = _clock(live);\n        if (blockNumber",
    },
    Canary {
        name: "vault missing in the signed domain",
        file: "shared/Signatures.sol",
        from: "block.chainid, VAULT",
        to: "block.chainid, address(0)",
    },
    Canary {
        name: "fee taken twice",
        file: "modules/Claims.sol",
        from: "if (fee > 0) Transfers.send(asset, msg.sender, fee);",
        to: "if (fee > 0) Transfers.send(asset, msg.sender, uint256(fee) * 2);",
    },
    Canary {
        name: "reserve counted with pending deposits",
        file: "modules/Books.sol",
        from: "uint256 balance = Transfers.balanceOf(asset, address(this));",
        to: "uint256 balance = Transfers.balanceOf(asset, address(this)) + _assets[asset].book.pending;",
    },
    Canary {
        name: "root accepted that was final only after suspicion began",
        file: "shared/VaultReader.sol",
        from: "return block.timestamp < end ? block.timestamp : end;",
        to: "return block.timestamp;",
    },
    Canary {
        name: "nodes anchored without a proof",
        file: "modules/Recoveries.sol",
        from: "_requireAnchored(asset, round, level, position, hash, sum);",
        to: "(hash, sum);",
    },
    Canary {
        name: "nodes anchored at the wrong place",
        file: "modules/Recoveries.sol",
        from: "uint256 first = uint256(position) << height;",
        to: "uint256 first = uint256(position) * 0 << height;",
    },
    Canary {
        name: "a claim's proof may end at another round's anchor",
        file: "modules/Recoveries.sol",
        from: "_anchors[asset][_placeOf(round.id, level, position)];",
        to: "_anchors[asset][_placeOf(0, level, position)];",
    },
    Canary {
        name: "the window of releases does not roll",
        file: "modules/Tiers.sol",
        from: "if (window != last) spent =",
        to: "if (last == 0) spent =",
    },
    Canary {
        name: "a nonce behind the window counts as unused",
        file: "modules/Tiers.sol",
        from: "if (highest - nonce >= NONCES_TOLD || used",
        to: "if (highest - nonce > NONCES_TOLD || used",
    },
    Canary {
        name: "shares of the cap rounded down",
        file: "modules/Tiers.sol",
        from: "_quotient((amount << SHARE_BITS) + owed - 1, owed)",
        to: "_quotient(amount << SHARE_BITS, owed)",
    },
    Canary {
        name: "hot cap not checked",
        file: "modules/Tiers.sol",
        from: "if (sum > HOT_CAP) revert Errors.Gate_AboveCap(sum, HOT_CAP);",
        to: "sum;",
    },
    Canary {
        name: "payouts during a freeze",
        file: "modules/ReleaseGate.sol",
        from: "_phase() == Phase.Live) _requireNotFrozen(flags);",
        to: "_phase() == Phase.Suspected) _requireNotFrozen(flags);",
    },
    Canary {
        name: "waiting releases executed during a freeze",
        file: "modules/ReleaseGate.sol",
        from: "_requireOutflow();\n        _requireReleasable(_assets",
        to: "_requireLive();\n        _requireReleasable(_assets",
    },
    Canary {
        name: "the watchers' alarm is held against the service",
        file: "modules/LivenessClock.sol",
        from: "if (ownBefore <= block.timestamp && own > block.timestamp) _countCure(live, start);",
        to: "if (own > block.timestamp) _countCure(live, start);",
    },
    Canary {
        name: "a cure does not count while the alarm stands",
        file: "modules/LivenessClock.sol",
        from: "if (ownBefore <= block.timestamp && own > block.timestamp)",
        to: "if (ownBefore <= block.timestamp && _earlier(own, alarm) > block.timestamp)",
    },
    Canary {
        name: "the operator uses up the signers' nonces",
        file: "modules/Tiers.sol",
        from: "held.gate = spent | packed & type(uint128).max;",
        to: "held.gate = spent | _useNonce(packed, nonce);",
    },
    Canary {
        name: "a waiting release is queued after its deadline",
        file: "safeguards/Brakes.sol",
        from: "_requireLive();\n        _requireBefore(deadline);",
        to: "_requireLive();",
    },
    Canary {
        name: "waiting releases survive a suspicion",
        file: "safeguards/Brakes.sol",
        from: "queued.queuedAt <= _conduct().curedAt || queued.queuedAt <= _rotatedAt;",
        to: "queued.queuedAt <= _rotatedAt;",
    },
    Canary {
        name: "waiting releases survive a rotation",
        file: "safeguards/Brakes.sol",
        from: "queued.queuedAt <= _conduct().curedAt || queued.queuedAt <= _rotatedAt;",
        to: "queued.queuedAt <= _conduct().curedAt;",
    },
    Canary {
        name: "veto ignored",
        file: "safeguards/Brakes.sol",
        from: "if (queued.readyAt == 0 || queued.closed) revert",
        to: "if (queued.readyAt == 0) revert",
    },
    Canary {
        name: "waiting releases signed like others",
        file: "safeguards/Brakes.sol",
        from: "current.membersHash, current.coldThreshold);",
        to: "current.membersHash, current.threshold);",
    },
    Canary {
        name: "maintenance excuses old ledgers too",
        file: "shared/PhaseMath.sol",
        from: "staleAt = _putOff(staleAt, live.rootsAt, majeureFrom, majeureUntil);",
        to: "staleAt = _putOff(_putOff(staleAt, live.rootsAt, majeureFrom, majeureUntil), live.rootsAt, from, until);",
    },
    Canary {
        name: "silence cap dropped",
        file: "shared/PhaseMath.sol",
        from: "_earlier(silentAt, live.lastBeat + SILENCE_CAP),",
        to: "silentAt,",
    },
    Canary {
        name: "time in two windows counts twice",
        file: "shared/PhaseMath.sol",
        from: "live.lastBeat > until ? live.lastBeat : until",
        to: "live.lastBeat",
    },
    Canary {
        name: "what is left released before everybody's share is set aside",
        file: "Views.sol",
        from: "if (missing != 0) revert Errors.Return_StillOwed(missing);",
        to: "missing;",
    },
    Canary {
        name: "rotation without notice",
        file: "safeguards/Rotations.sol",
        from: "if (block.timestamp < pending.readyAt) revert Errors.Safeguards_TooSoon(block.timestamp, pending.readyAt);",
        to: "",
    },
    Canary {
        name: "the old signers sign after a rotation",
        file: "modules/Satellites.sol",
        from: "_liveness.flags |= Flags.ROTATED;",
        to: "",
    },
    Canary {
        name: "the backup operator signs everything",
        file: "shared/Signatures.sol",
        from: "if (Ecdsa.recover(digest, signature) != OPERATOR) revert Errors.Signature_Invalid(OPERATOR);",
        to: "_requireBeatSigned(digest, signature);",
    },
    Canary {
        name: "a push pays who wants his share elsewhere",
        file: "modules/Pushes.sol",
        from: "if (reserved || _redirects[asset][account] != address(0)) passedOver |= bit;",
        to: "if (reserved) passedOver |= bit;",
    },
    Canary {
        name: "a claim forgets where the share is to go",
        file: "modules/Claims.sol",
        from: "payee == address(0) ? leaf.account : payee, share",
        to: "touched && payee == address(1) ? payee : leaf.account, share",
    },
    Canary {
        name: "an anchor forgets its node's sum",
        file: "modules/Recoveries.sol",
        from: "return keccak256(abi.encode(node, sum, numerator, denominator));",
        to: "return keccak256(abi.encode(node, sum * 0, numerator, denominator));",
    },
    Canary {
        name: "an anchor is taken for a node of twice its sum",
        file: "modules/Recoveries.sol",
        from: "if (_anchorOf(node, sum, round.numerator, round.denominator) != held) {",
        to: "if (
            _anchorOf(node, sum, round.numerator, round.denominator) != held
                && _anchorOf(node, sum / 2, round.numerator, round.denominator) != held
        ) {",
    },
    Canary {
        name: "a proof of another length than the tree's depth",
        file: "shared/TermsStore.sol",
        from: "proven != root || proof.length != depth * LedgerTree.NODE_BYTES || index",
        to: "proven != root || index",
    },
    Canary {
        name: "a ninth window in a period",
        file: "libraries/RollingBudget.sol",
        from: "if (replaced.until != 0 && replaced.until + period > until) revert Errors.Safeguards_BudgetSpent(used, most);",
        to: "",
    },
    Canary {
        name: "windows beyond their budget",
        file: "libraries/RollingBudget.sol",
        from: "if (used > most) revert Errors.Safeguards_BudgetSpent(used, most);",
        to: "",
    },
    Canary {
        name: "a service may flicker for ever",
        file: "shared/PhaseMath.sol",
        from: "if (own < flickerUntil) latchAt = _earlier(own, latchAt);",
        to: "",
    },
];
