//! A strategy for each kind of action.

use super::{symbols::*, *};

pub(super) fn action(kind: usize, model: &Model, m: u32) -> BoxedStrategy<Action> {
    match KINDS[kind] {
        "deposit()" => (who(), amount(m)).prop_map(|(by, amount)| Action::DepositEth { by, amount }).boxed(),
        "deposit" => incoming(model, m)
            .prop_map(|(by, asset, account, amount, value)| Action::Deposit { by, asset, account, amount, value })
            .boxed(),
        "withdraw" => (segregated(model), who(), amount(m))
            .prop_map(|((asset, by), to, amount)| Action::Withdraw { by, asset, to, amount })
            .boxed(),
        "spend" => (who(), segregated(model), who(), amount(m), nonce(model), deadline(m), sig(m))
            .prop_map(|(by, (asset, account), payee, amount, nonce, deadline, sig)| Action::Spend {
                by,
                asset,
                account,
                payee,
                amount,
                nonce,
                deadline,
                sig,
            })
            .boxed(),
        "cancelNonce" => (who(), nonce(model)).prop_map(|(by, nonce)| Action::CancelNonce { by, nonce }).boxed(),
        "depositToLedger" => incoming(model, m)
            .prop_map(|(by, asset, account, amount, value)| Action::DepositToLedger {
                by,
                asset,
                account,
                amount,
                value,
            })
            .boxed(),
        "refundPending" => {
            let any = (among(model, |held| !held.queue.is_empty()), any::<u8>());
            (prop_oneof![2 => any, 1 => disputes::reopened(model)], gas(m))
                .prop_map(|((asset, entry), gas)| Action::RefundPending { asset, entry, gas })
                .boxed()
        }
        "beat" => (prop_oneof![2 => Just(0_u8), 6 => Just(1), 2 => 0..6_u8], rarely(m, any::<bool>(), false), sig(m))
            .prop_map(|(back, wrong_hash, sig)| Action::Beat { back, wrong_hash, sig })
            .boxed(),
        "announceWindDown" => (-1..9_i8, deadline(m), quorum(m))
            .prop_map(|(notice, deadline, quorum)| Action::WindDown { notice, deadline, quorum })
            .boxed(),
        "cancelRelease" => (prop_oneof![9 => listed(model), 1 => asset()], gate_nonce(m), deadline(m), quorum(m))
            .prop_map(|(asset, nonce, deadline, quorum)| Action::CancelRelease { asset, nonce, deadline, quorum })
            .boxed(),
        "queueRelease" => {
            let (first_twin, first_reserved) = (PEOPLE as u8, (PEOPLE + TWINS) as u8);
            let to = prop_oneof![6 => who(), 6 => first_twin..first_reserved, 1 => first_reserved..ACTORS as u8];
            // The same again, now and then.
            let same = |quorum| Action::QueueRelease {
                asset: 1,
                to: 0,
                amount: Amount::Units(5),
                salt: 0,
                deadline: Deadline::Never,
                quorum,
            };
            let new = (listed(model), to, amount(m), 0..4_u8, deadline(m), quorum(m)).prop_map(
                |(asset, to, amount, salt, deadline, quorum)| Action::QueueRelease {
                    asset,
                    to,
                    amount,
                    salt,
                    deadline,
                    quorum,
                },
            );
            prop_oneof![6 => new, 1 => Just(same(QuorumSig::Good))].boxed()
        }
        "executeRelease" => queued(model, m).prop_map(|queued| Action::ExecuteRelease { queued }).boxed(),
        "vetoRelease" => {
            (queued(model, m), quorum(m)).prop_map(|(queued, quorum)| Action::VetoRelease { queued, quorum }).boxed()
        }
        "freeze" => (duration(m), quorum(m)).prop_map(|(duration, quorum)| Action::Freeze { duration, quorum }).boxed(),
        "announce" => (rarely(m, -1..2_i8, 0), 0..7_u8, rarely(m, Just(true), false), sig(m))
            .prop_map(|(ahead, reason, unknown, sig)| Action::Announce {
                ahead,
                reason: if unknown { reason + 7 } else { reason },
                sig,
            })
            .boxed(),
        // Long ones: seven use up what a period allows, before there are eight.
        "announceMaintenance" => (
            rarely(m, Just(-1_i16), 0),
            0..2_000_i16,
            prop_oneof![2 => Just(Amount::Limit(0)), 1 => duration(m)],
            sig(m),
        )
            .prop_map(|(early, notice, duration, sig)| {
                let notice = if early < 0 { early } else { notice };
                Action::AnnounceMaintenance { notice, duration, sig }
            })
            .boxed(),
        "declareForceMajeure" => (duration(m), sig(m), quorum(m))
            .prop_map(|(duration, sig, quorum)| Action::DeclareForceMajeure { duration, sig, quorum })
            .boxed(),
        "raiseAlarm" => {
            let good = prop_oneof![2 => (0..100_i8).prop_map(Deadline::Now), 1 => (-9..1_i8).prop_map(Deadline::Week)];
            let bad = prop_oneof![Just(Deadline::Now(-1)), Just(Deadline::Week(1)), Just(Deadline::Never)];
            let deadline = if m == 0 { good.boxed() } else { prop_oneof![100 - m => good, m => bad].boxed() };
            (deadline, quorum(m)).prop_map(|(deadline, quorum)| Action::RaiseAlarm { deadline, quorum }).boxed()
        }
        "announceRotation" => {
            let bad = [
                Successors::Unsorted,
                Successors::ThresholdsSwapped,
                Successors::Contracts,
                Successors::WithOperator,
                Successors::WithAuditor,
                Successors::WithArbitrator,
                Successors::WithZero,
                Successors::WithUnknownKind,
            ];
            let good = prop_oneof![3 => Just(Successors::Others), 1 => Just(Successors::Same)];
            let successors =
                if m == 0 { good.boxed() } else { prop_oneof![100 - m => good, 3 * m => select(bad.to_vec())].boxed() };
            (successors, rarely(m, -1..2_i8, 0), deadline(m), rarely(m, Just(true), false), quorum(m))
                .prop_map(|(successors, ahead, deadline, wrong_others, quorum)| Action::AnnounceRotation {
                    successors,
                    ahead,
                    deadline,
                    wrong_others,
                    quorum,
                })
                .boxed()
        }
        "activateRotation" => Just(Action::ActivateRotation).boxed(),
        "releaseEquity" => {
            // Vaults seldom live to see it, so that one below the threshold is tried more often than elsewhere.
            let signed = prop_oneof![7 => quorum(m), 1 => Just(QuorumSig::TooFew)];
            (prop_oneof![9 => listed(model), 1 => asset()], who(), amount(m), nonce(model), deadline(m), signed)
                .prop_map(|(asset, to, amount, nonce, deadline, quorum)| Action::ReleaseEquity {
                    asset,
                    to,
                    amount,
                    nonce,
                    deadline,
                    quorum,
                })
                .boxed()
        }
        "latch" => Just(Action::Latch).boxed(),
        "commit" => commit(model, m),
        "attest" => {
            (among(model, |held| !held.posted.is_empty()), prop_oneof![8 => Just(0_u8), 2 => 0..10_u8], quorum(m))
                .prop_map(|(asset, back, quorum)| Action::Attest { asset, back, quorum })
                .boxed()
        }
        "sync" => prop_oneof![9 => listed(model), 1 => asset()].prop_map(|asset| Action::Sync { asset }).boxed(),
        "payOut" => pay_out(model, m),
        "release" => (listed(model), who(), amount(m), gate_nonce(m), deadline(m), gate_quorum(m))
            .prop_map(|(asset, to, amount, nonce, deadline, quorum)| Action::Release {
                asset,
                to,
                amount,
                nonce,
                deadline,
                quorum,
            })
            .boxed(),
        "requestExit" => (rarely(m, who().prop_map(Some), None), counting_leaf(model, m), amount(m), value(m))
            .prop_map(|(by, (asset, leaf), amount, value)| Action::RequestExit { by, asset, leaf, amount, value })
            .boxed(),
        "challengeWord" => {
            (who(), listed(model), rarely(2 * m, 0..10_u8, 0), prop_oneof![6 => Just(0_u8), 2 => 0..6_u8], value(m))
                .prop_map(|(by, asset, back, word, value)| Action::ChallengeWord { by, asset, back, word, value })
                .boxed()
        }
        "answerChallenge" => {
            let forgery = rarely(2 * m, select(FORGERIES.to_vec()), Forgery::None);
            (who(), challenged(model), challenge(m), forgery, packing(m))
                .prop_map(|(by, asset, challenge, forgery, packing)| Action::AnswerChallenge {
                    by,
                    asset,
                    challenge,
                    forgery,
                    packing,
                })
                .boxed()
        }
        "voidCommitment" => (challenged(model), challenge(m))
            .prop_map(|(asset, challenge)| Action::VoidCommitment { asset, challenge })
            .boxed(),
        "withdrawDeposit" => (
            depositor(model),
            prop_oneof![8 => who(), 1 => (PEOPLE + TWINS) as u8..ACTORS as u8],
            rarely(m, depositor(model).prop_map(Some), None),
        )
            .prop_map(|(by, to, posing_as)| Action::WithdrawDeposit { by, to, posing_as })
            .boxed(),
        "putBond" => {
            (
                who(),
                mostly_listed(model),
                amount(m),
                value(m),
                among(model, |held| held.listed && held.bonded.bond.is_zero()),
            )
                .prop_map(|(by, any, amount, value, without)| {
                    // Those that have none first.
                    let asset = if by % 2 == 0 { without } else { any };
                    let by = if amount == Amount::Huge && by % 4 > 0 { PEOPLE as Who - 1 } else { by };
                    Action::PutBond { by, asset, amount, value }
                })
                .boxed()
        }
        "announceUnbonding" => {
            (rarely(m, who().prop_map(Some), None), among(model, |held| !held.bonded.bond.is_zero()), amount(m))
                .prop_map(|(by, asset, amount)| Action::AnnounceUnbonding { by, asset, amount })
                .boxed()
        }
        "unbond" => {
            among(model, |held| held.bonded.unbonding.is_some()).prop_map(|asset| Action::Unbond { asset }).boxed()
        }
        "fillShortfall" => {
            prop_oneof![1 => among(model, |held| !held.bonded.bond.is_zero()), 1 => mostly_listed(model)]
                .prop_map(|asset| Action::FillShortfall { asset })
                .boxed()
        }
        "openCompensation" => {
            prop_oneof![1 => among(model, |held| !held.bonded.bond.is_zero()), 1 => mostly_listed(model)]
                .prop_map(|asset| Action::OpenCompensation { asset })
                .boxed()
        }
        "compensate" => (among(model, |held| held.bonded.compensation.is_some()), leaf(m))
            .prop_map(|(asset, leaf)| Action::Compensate { asset, leaf })
            .boxed(),
        "withdrawCredit" => (accounts(model, |held, account| held.bonded.credit.contains_key(&account)), who())
            .prop_map(|((asset, by), to)| Action::WithdrawCredit { by, asset, to })
            .boxed(),
        "returnRest" => among(model, |held| held.bonded.compensation.is_some())
            .prop_map(|asset| Action::ReturnRest { asset })
            .boxed(),
        "closeExit" => requested(model).prop_map(|(asset, account)| Action::CloseExit { asset, account }).boxed(),
        "setRedirect" => {
            let to = prop_oneof![4 => who().prop_map(Some), 1 => Just(None)];
            (rarely(m, who().prop_map(Some), None), counting_leaf(model, m), to)
                .prop_map(|(by, (asset, leaf), to)| Action::SetRedirect { by, asset, leaf, to })
                .boxed()
        }
        "cancelExit" => requested(model).prop_map(|(asset, by)| Action::CancelExit { by, asset }).boxed(),
        "reportUnserved" => {
            requested(model).prop_map(|(asset, account)| Action::ReportUnserved { asset, account }).boxed()
        }
        "answerExit" => requested_leaf(model, m).prop_map(|(asset, leaf)| Action::AnswerExit { asset, leaf }).boxed(),
        "countWord" => (prop_oneof![9 => listed(model), 1 => asset()], word(m))
            .prop_map(|(asset, word)| Action::CountWord { asset, word })
            .boxed(),
        "countPacked" => (prop_oneof![9 => listed(model), 1 => asset()], word(m), packing(m))
            .prop_map(|(asset, word, packing)| Action::CountPacked { asset, word, packing })
            .boxed(),
        "flagPayout" => unflagged_leaf(model, m).prop_map(|(asset, leaf)| Action::FlagPayout { asset, leaf }).boxed(),
        "openRound" => listed(model).prop_map(|asset| Action::OpenRound { asset }).boxed(),
        "anchor" => (opened(model), round(m), nodes(m))
            .prop_map(|(asset, round, nodes)| Action::Anchor { asset, round, nodes })
            .boxed(),
        "claim" => (opened(model), round(m), leaf(m))
            .prop_map(|(asset, round, leaf)| Action::Claim { asset, round, leaf })
            .boxed(),
        "claimTo" => (who(), opened(model), round(m), leaf(m), who(), fee(m), deadline(m), sig(m))
            .prop_map(|(by, asset, round, leaf, to, fee, deadline, sig)| Action::ClaimTo {
                by,
                asset,
                round,
                leaf,
                to,
                fee,
                deadline,
                sig,
            })
            .boxed(),
        "pushWord" => (opened(model), round(m), word(m), any::<bool>())
            .prop_map(|(asset, round, word, priced)| Action::PushWord { asset, round, word, priced })
            .boxed(),
        "tally" => (opened(model), round(m), vec(0..10_u8, 0..10))
            .prop_map(|(asset, round, cells)| Action::Tally { asset, round, cells })
            .boxed(),
        "donate" => (listed(model), amount(m)).prop_map(|(asset, amount)| Action::Donate { asset, amount }).boxed(),
        "fillTank" => amount(m).prop_map(|amount| Action::FillTank { amount }).boxed(),
        "setAccount" => {
            (0..TWINS as u8, select(ACCOUNT_MODES)).prop_map(|(who, mode)| Action::SetAccount { who, mode }).boxed()
        }
        "setToken" => (asset(), prop_oneof![Just(TokenMode::Standard), select(TOKEN_MODES)])
            .prop_map(|(asset, mode)| Action::SetToken { asset, mode })
            .boxed(),
        "block" => (asset(), who(), prop::bool::weighted(0.4))
            .prop_map(|(asset, who, blocked)| Action::Block { asset, who, blocked })
            .boxed(),
        name if EscrowAction::NAMES.contains(&name) => escrow::action(name, model, m),
        name => disputes::action(name, model, m),
    }
}

pub(super) fn commit(model: &Model, m: u32) -> BoxedStrategy<Action> {
    let epoch = rarely(m, -2..3_i8, 0);
    let cursor = prop_oneof![8 => Just(Amount::Limit(0)), 2 => any::<u8>().prop_map(Amount::Part), 1 => (-3..2_i8).prop_map(Amount::Limit)];
    let age = rarely(m, prop_oneof![(-1..2_i8).prop_map(Amount::Limit), Just(Amount::Huge)], Amount::Zero);
    let age = prop_oneof![6 => age, 2 => (0..90_u64).prop_map(Amount::Units)];
    (listed(model), epoch, ledger(m), cursor, age, sig(m), quorum(m))
        .prop_map(|(asset, epoch, ledger, cursor, age, sig, quorum)| Action::Commit {
            asset,
            epoch,
            ledger,
            cursor,
            age,
            sig,
            quorum,
        })
        .boxed()
}

pub(super) fn pay_out(model: &Model, m: u32) -> BoxedStrategy<Action> {
    let leaf = match model.phase() {
        Phase::Suspected => prop_oneof![requested_leaf(model, m), counting_leaf(model, m)].boxed(),
        _ => prop_oneof![1 => counting_leaf(model, m), 1 => deposited_leaf(model, m)].boxed(),
    };
    (leaf, amount(m), gate_nonce(m), deadline(m), gate_quorum(m), gas(m))
        .prop_map(|((asset, leaf), amount, nonce, deadline, quorum, gas)| Action::PayOut {
            asset,
            leaf,
            amount,
            nonce,
            deadline,
            quorum,
            gas,
        })
        .boxed()
}
