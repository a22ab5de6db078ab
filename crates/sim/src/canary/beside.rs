//! Bugs in what stands beside a vault: registry, bond, disputes and escrow.

use super::Canary;

/// Of ledgers, challenges, requests and redirects.
pub(super) const OF_REGISTRY: &[Canary] = &[
    Canary {
        name: "a challenge does not keep a root from counting",
        file: "registry/Commitments.sol",
        from: "finalAt = posted.openChallenges == 0\n                ?",
        to: "finalAt = postedAt != 0\n                ?",
    },
    Canary {
        name: "an answer does not put finality off",
        file: "registry/Commitments.sol",
        from: "_later(postedAt + UNATTESTED_FINALITY, uint256(posted.answeredAt) + 1)",
        to: "postedAt + UNATTESTED_FINALITY",
    },
    Canary {
        name: "a void root is attested",
        file: "registry/Commitments.sol",
        from: "if (posted.isVoid) revert Errors.Ledger_CommitmentVoid(epoch);",
        to: "",
    },
    Canary {
        name: "a void root's total is owed",
        file: "registry/Commitments.sol",
        from: "posted.total > owed && !posted.isVoid",
        to: "posted.total > owed",
    },
    Canary {
        name: "a void root moves suspicion into the past",
        file: "registry/Commitments.sol",
        from: "_later(_oldestPosting(), block.timestamp - ROOT_MAX_AGE));",
        to: "_oldestPosting());",
    },
    Canary {
        name: "a challenge is answered after its time",
        file: "registry/Challenges.sol",
        from: "if (block.timestamp > challenge.due) revert Errors.Ledger_AnswerTooLate(challenge.due);",
        to: "",
    },
    Canary {
        name: "a challenge gives its bond back twice",
        file: "registry/Challenges.sol",
        from: "challenge.closed = true;\n        _giveBack(challenge.challenger",
        to: "_giveBack(challenge.challenger",
    },
    Canary {
        name: "a challenge voids what the watchers attested",
        file: "registry/Challenges.sol",
        from: "if (posted.isVoid || posted.attestedAt != 0) return;",
        to: "if (posted.isVoid) return;",
    },
    Canary {
        name: "whoever calls the registry is whom he says",
        file: "registry/Caller.sol",
        from: "if (msg.sender != VAULT) return msg.sender;",
        to: "",
    },
    Canary {
        name: "a deposit is fetched twice",
        file: "registry/Deposits.sol",
        from: "depositOf[account] = 0;",
        to: "",
    },
    Canary {
        name: "a served request keeps its deposit",
        file: "registry/ExitRequests.sol",
        from: "_giveBack(account, EXIT_DEPOSIT);\n        if (reported)",
        to: "if (reported)",
    },
    Canary {
        name: "anybody closes a request before the latch",
        file: "registry/ExitRequests.sol",
        from: "if (block.timestamp < latchAt) revert Errors.Liveness_WrongPhase(uint8(_phaseAt(start, latchAt)));",
        to: "start;",
    },
    Canary {
        name: "anybody redirects an account's shares",
        file: "registry/Redirects.sol",
        from: "if (account != leaf.account) revert Errors.Ledger_NotTheAccount(account, leaf.account);",
        to: "account = leaf.account;",
    },
    Canary {
        name: "a ledger is posted without its bond",
        file: "registry/Commitments.sol",
        from: "if (bond < least) revert Errors.Bond_TooLow(bond, least);",
        to: "(bond, least);",
    },
];

/// Of what is put up for the case that the service stops.
pub(super) const OF_BOND: &[Canary] = &[
    Canary {
        name: "what is about to be unbonded counts",
        file: "Bond.sol",
        from: "return bond > leaving ? bond - leaving : 0;",
        to: "return bond > leaving ? bond : 0;",
    },
    Canary {
        name: "unbonding without notice",
        file: "Bond.sol",
        from: "if (block.timestamp < announced.readyAt) revert Errors.Bond_NotReady(announced.readyAt);",
        to: "",
    },
    Canary {
        name: "unbonded while suspected",
        file: "Bond.sol",
        from: "if (phase != Phase.Live) revert Errors.Liveness_WrongPhase(uint8(phase));",
        to: "phase;",
    },
    Canary {
        name: "a shortfall is filled twice",
        file: "Bond.sol",
        from: "shortfall.total - shortfall.filled);",
        to: "shortfall.total);",
    },
    Canary {
        name: "compensation before the shortfall",
        file: "Bond.sol",
        from: "if (missing != 0) revert Errors.Bond_ShortfallFirst(missing);",
        to: "",
    },
    Canary {
        name: "compensation above its cap",
        file: "Bond.sol",
        from: "return byTime < cap ? byTime : cap;",
        to: "return byTime < cap ? byTime : byTime;",
    },
    Canary {
        name: "a leaf is compensated twice",
        file: "Bond.sol",
        from: "if (_compensated[asset][index / 256] & bit != 0) revert Errors.Return_AlreadyClaimed(index);",
        to: "",
    },
    Canary {
        name: "compensation for what was paid out",
        file: "Bond.sol",
        from: "return since < leaf.balance ? leaf.balance - since : 0;",
        to: "return since < leaf.balance ? leaf.balance : 0;",
    },
    Canary {
        name: "downtime ends at the latch",
        file: "Bond.sol",
        from: "downtime += line.returnAt - line.suspectedAt;",
        to: "downtime += line.latchedAt - line.suspectedAt;",
    },
    Canary {
        name: "the bond's credit is fetched twice",
        file: "Bond.sol",
        from: "creditOf[asset][msg.sender] = 0;",
        to: "",
    },
    Canary {
        name: "the bond goes back before compensation opens",
        file: "Bond.sol",
        from: "if (!_compensations[asset].isOpen) revert Errors.Bond_CompensationNotOpen(asset);",
        to: "",
    },
];

/// Of what is put to the arbitrator.
pub(super) const OF_DISPUTES: &[Canary] = &[
    Canary {
        name: "a dispute that is lost costs nothing",
        file: "Disputes.sol",
        from: "if (!newer) creditOf[opened.opener] += BOND;",
        to: "if (BOND != 1) creditOf[opened.opener] += BOND;",
    },
    Canary {
        name: "anybody rules",
        file: "Disputes.sol",
        from: "if (msg.sender != ARBITRATOR) revert Errors.Disputes_OnlyArbitrator();",
        to: "",
    },
    Canary {
        name: "a ruling after its time counts",
        file: "Disputes.sol",
        from: "if (opened.isRuled || opened.isSettled || block.timestamp > opened.due) return;",
        to: "if (opened.isRuled || opened.isSettled) return;",
    },
    Canary {
        name: "the first ruling can be taken back",
        file: "Disputes.sol",
        from: "if (opened.isRuled || opened.isSettled || block.timestamp > opened.due) return;",
        to: "if (opened.isSettled || block.timestamp > opened.due) return;",
    },
    Canary {
        name: "silence is for the newer ledger",
        file: "Disputes.sol",
        from: "bool yes = opened.ruling == YES;",
        to: "bool yes = opened.ruling == YES || !opened.isRuled;",
    },
    Canary {
        name: "the older ledger has no time to be counted",
        file: "Disputes.sol",
        from: "newer ? block.timestamp : block.timestamp + COUNTING_TIME",
        to: "block.timestamp",
    },
    Canary {
        name: "a request that was made anew is closed",
        file: "Disputes.sol",
        from: "if (request.openedAt != opened.openedAt || request.target != opened.target) return false;",
        to: "if (request.target == 0) return false;",
    },
    Canary {
        name: "anybody uses up a request's one dispute",
        file: "Disputes.sol",
        from: "if (msg.sender != OPERATOR) revert Errors.Disputes_OnlyOperator();",
        to: "",
    },
    Canary {
        name: "reopened entries are refunded beside payouts",
        file: "Disputes.sol",
        from: "HOOKS.returnReopened(asset, entry, withheld);",
        to: "HOOKS.returnReopened(asset, entry, 0);",
    },
    Canary {
        name: "payouts are taken off every reopened entry",
        file: "Disputes.sol",
        from: "_withheld[asset][account] = taken + withheld;",
        to: "",
    },
    Canary {
        name: "rounds open while a dispute is open",
        file: "modules/Recoveries.sol",
        from: "if (block.timestamp < from) revert Errors.Return_RoundHeld(from);",
        to: "",
    },
    Canary {
        name: "anybody puts the older ledger in the newer one's place",
        file: "modules/Satellites.sol",
        from: "if (msg.sender != DISPUTES) revert Errors.Disputes_OnlyDisputes();",
        to: "",
    },
    Canary {
        name: "what a dispute has undone is the service's own",
        file: "Views.sol",
        from: "available = available > kept ? available - kept : 0;",
        to: "",
    },
    Canary {
        name: "a final ledger that leaves the ring is forgotten",
        file: "registry/Commitments.sol",
        from: "_past[input.asset] = Past(place.root, place.total, place.count, place.depositCursor, place.epoch);",
        to: "",
    },
    Canary {
        name: "a paid-out deposit is nobody's for ever",
        file: "Disputes.sol",
        from: "if (msg.sender != account && !late)",
        to: "if (msg.sender != account)",
    },
    Canary {
        name: "anybody refunds at once as if there were no leaf",
        file: "Disputes.sol",
        from: "bool late = block.timestamp >= recovered.roundsFrom + REFUND_TIME;",
        to: "bool late = true;",
    },
    Canary {
        name: "an answer makes final in its own second",
        file: "registry/Commitments.sol",
        from: "uint256(posted.answeredAt) + 1",
        to: "posted.answeredAt",
    },
    Canary {
        name: "a reopened entry is refunded without a look at payouts",
        file: "modules/Recoveries.sol",
        from: "if (entry < unless && _paidOut[asset][account] != 0) revert Errors.Books_EntryNeedsLeaf(entry);",
        to: "",
    },
];

/// Of orders whose money waits.
pub(super) const OF_ESCROW: &[Canary] = &[
    Canary { name: "an order is settled twice", file: "Escrow.sol", from: "_outcomes[id] = outcome;", to: "" },
    Canary {
        name: "the payer need not consent",
        file: "Escrow.sol",
        from: "_requireConsent(order.payer, RELEASE_TYPEHASH, id, payerSignature);",
        to: "payerSignature;",
    },
    Canary {
        name: "the arbiter decides alone",
        file: "Escrow.sol",
        from: "_requireConsent(_beneficiary(order, outcome), typeHash, id, partySignature);",
        to: "partySignature;",
    },
    Canary {
        name: "the arbiter is not asked",
        file: "Escrow.sol",
        from: "_requireConsent(order.arbiter, typeHash, id, arbiterSignature);",
        to: "arbiterSignature;",
    },
    Canary {
        name: "who agrees to a cancellation has released",
        file: "Escrow.sol",
        from: "(Outcome.Released, RELEASE_TYPEHASH) : (Outcome.Refunded, CANCEL_TYPEHASH)",
        to: "(Outcome.Released, CANCEL_TYPEHASH) : (Outcome.Refunded, CANCEL_TYPEHASH)",
    },
    Canary {
        name: "a party is arbiter in its own case",
        file: "Escrow.sol",
        from: "_requireDistinct(order);\n        bytes32 id = _requireRunning(order);",
        to: "bytes32 id = _requireRunning(order);",
    },
    Canary {
        name: "an order goes back while the vault is suspected",
        file: "Escrow.sol",
        from: "if (block.timestamp < order.expiry && VAULT.phase() < Phase.Latched) {",
        to: "if (block.timestamp < order.expiry && VAULT.phase() == Phase.Live) {",
    },
    Canary {
        name: "an order is released after the latch",
        file: "Escrow.sol",
        from: "if (phase >= Phase.Latched) revert",
        to: "if (phase > Phase.Latched) revert",
    },
    Canary {
        name: "an order is released in the second of its expiry",
        file: "Escrow.sol",
        from: "if (block.timestamp >= order.expiry) revert",
        to: "if (block.timestamp > order.expiry) revert",
    },
    Canary {
        name: "a funded order is paid once more",
        file: "Escrow.sol",
        from: "if (held >= order.amount) revert Errors.Escrow_Funded(id, held);",
        to: "held;",
    },
    Canary {
        name: "anybody fetches what was not taken",
        file: "Escrow.sol",
        from: "if (msg.sender != beneficiary) revert Errors.Escrow_NotTheBeneficiary(beneficiary);",
        to: "",
    },
    Canary {
        name: "an order that a stranger brought to the vault cannot be opened",
        file: "Escrow.sol",
        from: "if (!VAULT.nonceUsed(order.payer, uint256(id))) {",
        to: "if (order.amount != 0) {",
    },
];
