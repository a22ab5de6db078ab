//! The end of every case: everyone who is owed is driven out by strangers' calls, and what is left is dust.
//!
//! Operator, signers and watchers do nothing here. Accounts withdraw what is segregated, and wallets that refuse ETH sign it away;
//! everything else is anybody's call. Tokens are first left as hostile as the case made them: an asset with an honest token must come out
//! whatever the others do (rule 7). Then they behave again, and the rest must come out.

use alloy::primitives::{Address, U256};

use crate::{
    action::{
        Action, Amount, ChallengeRef, Deadline, DisputeAction, DisputeRef, Edge, Forgery, Gas, LeafRef, NodesRef,
        Packing, QuorumSig, RoundRef, Sig, Source, Step, TokenMode, Warp, WordRef,
    },
    case::{CaseError, Finding, Run},
    cover::Coverage,
    model::{AssetState, Model, Phase},
    world::{ACTORS, ASSETS, PEOPLE},
};

mod escrow;

/// Rounds that late money may need until nothing worth distributing is left.
const MOST_ROUNDS: usize = 4;

/// Releases of equity of one asset.
const MOST_RELEASES: usize = 6;
/// Levels of nodes that one transaction has the gas to anchor: 512 nodes.
const HIGHEST_ANCHORED: u32 = 9;
/// Steps in a block: anvil keeps what each transaction of its last blocks did, word for word.
const MOST_IN_BLOCK: usize = 32;
/// Leaves below a false sum that are claimed.
const FALSELY_CLAIMED: usize = 4;
/// Leaves of an asset that are compensated: all named ones.
const COMPENSATED: u32 = 24;

/// Drives everyone out and checks what is left.
///
/// # Errors
/// A finding, or a chain that could not run a step.
pub fn drive(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    let honest: Vec<usize> = (0..ASSETS).filter(|asset| is_honest(&run.model.assets[*asset])).collect();
    drain(run, cover)?;
    for asset in &honest {
        require_out(run, *asset)?;
    }
    if honest.len() < ASSETS {
        heal(run, cover)?;
        drain(run, cover)?;
        for asset in 0..ASSETS {
            require_out(run, asset)?;
        }
    }
    give_back_deposits(run, cover)?;
    compensate(run, cover)?;
    leave_nothing(run, cover)
}

/// What of the bond the rounds did not need goes to the leaves for the downtime, and then into the vault.
fn compensate(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for asset in 0..ASSETS as u8 {
        let held = &run.model.assets[usize::from(asset)];
        if held.balance_of(run.model.bond()).is_zero() {
            continue;
        }
        // Everything here is tried too early and a second time: what is refused must be.
        act(run, cover, Action::ReturnRest { asset })?;
        act(run, cover, Action::OpenCompensation { asset })?;
        act(run, cover, Action::OpenCompensation { asset })?;
        for index in 0..COMPENSATED {
            let held = &run.model.assets[usize::from(asset)];
            let leaf = held.counting_ledger().and_then(|told| told.leaves().get(index as usize).copied());
            let due = |leaf| held.bonded.compensation.and_then(|opened| opened.share_of(held.net(leaf)));
            if leaf.as_ref().and_then(due).is_some_and(|share| share > 0) && !held.bonded.compensated.contains(&index) {
                act(run, cover, Action::Compensate { asset, leaf: leaf_ref(index) })?;
                act(run, cover, Action::Compensate { asset, leaf: leaf_ref(index) })?;
            }
        }
        for by in 0..ACTORS as u8 {
            let account = run.model.world().actor(by, run.model.vault);
            if run.model.assets[usize::from(asset)].bonded.credit.contains_key(&account) {
                act(run, cover, Action::WithdrawCredit { by, asset, to: 0 })?;
                act(run, cover, Action::WithdrawCredit { by, asset, to: 0 })?;
            }
        }
        act(run, cover, Action::ReturnRest { asset })?;
        let bonded = &run.model.assets[usize::from(asset)].bonded;
        // Whose key nobody has, his credit waits for him.
        let fetchable = bonded.credit.keys().any(|account| run.model.world().key_of(*account).is_some());
        if bonded.compensation.is_some() && (fetchable || !bonded.bond.is_zero()) {
            return Err(finding(run, "bond", format!("asset {asset}: {bonded:?}")));
        }
    }
    Ok(())
}

/// Strangers close what stands open; whose the deposits are fetch them.
fn give_back_deposits(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for asset in 0..ASSETS as u8 {
        for account in 0..ACTORS as u8 {
            let address = run.model.world().actor(account, run.model.vault);
            if run.model.assets[usize::from(asset)].requests.contains_key(&address) {
                act(run, cover, Action::CloseExit { asset, account })?;
            }
        }
        // The time to answer is over long since: it is shorter than the way to the return.
        let held = &run.model.assets[usize::from(asset)];
        for _ in 0..held.challenges.values().filter(|challenge| !challenge.closed).count() {
            let challenge = ChallengeRef { pick: 0, closed: false };
            act(run, cover, Action::VoidCommitment { asset, challenge })?;
        }
    }
    for by in 0..ACTORS as u8 {
        let (world, account) = (run.model.world(), run.model.world().actor(by, run.model.vault));
        // Where the named one cannot send, the driver does.
        let sender = if world.key_of(account).is_some() { account } else { world.driver };
        if run.model.deposits.contains_key(&sender) {
            // To somebody who accepts: wallets may refuse.
            act(run, cover, Action::WithdrawDeposit { by, to: 0, posing_as: None })?;
            act(run, cover, Action::WithdrawDeposit { by, to: 0, posing_as: None })?;
        }
    }
    fetch_credits(run, cover)?;
    let disputes = run.model.disputes_address();
    let left = run.model.assets[0].balance_of(run.model.registry()) + run.model.assets[0].balance_of(disputes);
    if left.is_zero() {
        return Ok(());
    }
    Err(finding(run, "deposits", format!("{left} wei left")))
}

/// Who opened disputes fetches what they gave back.
fn fetch_credits(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for by in 0..ACTORS as u8 {
        let account = run.model.world().actor(by, run.model.vault);
        let account =
            if run.model.world().key_of(account).is_some() { account } else { run.model.world().operator.address() };
        if run.model.disputes.credit.contains_key(&account) {
            let fetch = DisputeAction::WithdrawCredit { by, to: 0 };
            act(run, cover, Action::Disputes(fetch.clone()))?;
            act(run, cover, Action::Disputes(fetch))?;
        }
    }
    Ok(())
}

/// The service takes what is its own, and only that: everybody is out, so nothing but what was set aside stays.
fn leave_nothing(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    if run.model.now < run.model.equity_at() {
        warp(run, cover, Edge::Equity, Action::Latch)?;
    }
    for asset in 0..ASSETS as u8 {
        let number = usize::from(asset);
        let held = &run.model.assets[number];
        let covered = held.recovered.is_some_and(|recovered| recovered.owed == recovered.allotted);
        if !held.listed || !covered {
            continue;
        }
        // One release moves at most 2^128 - 1 here; a bond can have left some times 2^128. A case that does not get on is found below.
        for _ in 0..MOST_RELEASES {
            if !run.model.equity(number).is_zero() {
                release_equity(run, cover, asset, Amount::Limit(0))?;
            }
        }
        // A unit more is not the service's.
        release_equity(run, cover, asset, Amount::Units(1))?;
        let left = run.model.equity(number);
        if !left.is_zero() {
            return Err(finding(run, "equity", format!("asset {asset}: {left} left")));
        }
    }
    Ok(())
}

fn release_equity(run: &mut Run, cover: &mut Coverage, asset: u8, amount: Amount) -> Result<(), CaseError> {
    let unused = |nonce: &u8| !run.model.nonces.contains(&(Address::ZERO, U256::from(*nonce)));
    let Some(nonce) = (0..=u8::MAX).find(unused) else { return Ok(()) };
    let (deadline, quorum) = (Deadline::Never, QuorumSig::Good);
    act(run, cover, Action::ReleaseEquity { asset, to: 0, amount, nonce, deadline, quorum })
}

fn is_honest(held: &AssetState) -> bool {
    matches!(held.mode, TokenMode::Standard | TokenMode::NoReturn | TokenMode::Reenters) && held.blocked.is_empty()
}

/// Tokens behave and serve everybody again.
fn heal(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for asset in 1..ASSETS as u8 {
        // Tokens are numbered from 0 in these two actions.
        let token = asset - 1;
        act(run, cover, Action::SetToken { asset: token, mode: TokenMode::Standard })?;
        for who in 0..ACTORS as u8 {
            let account = run.model.world().actor(who, run.model.vault);
            if run.model.assets[usize::from(asset)].blocked.contains(&account) {
                act(run, cover, Action::Block { asset: token, who, blocked: false })?;
            }
        }
    }
    Ok(())
}

fn drain(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    if run.model.phase() < Phase::Latched {
        warp(run, cover, Edge::Latched, Action::Latch)?;
    }
    act(run, cover, Action::Latch)?;
    escrow::empty_purses(run, cover)?;
    settle(run, cover)?;
    let counts = |held: &AssetState| held.recovered.is_some_and(|recovered| run.model.now < recovered.rounds_from);
    if run.model.phase() == Phase::Latched || run.model.assets.iter().any(counts) {
        count(run, cover)?;
    }
    if run.model.phase() == Phase::Latched {
        warp(run, cover, Edge::Return, Action::Latch)?;
    }
    refund(run, cover)?;
    withdraw(run, cover)?;
    for asset in 0..ASSETS as u8 {
        if run.model.now < run.model.push_at(usize::from(asset)) {
            warp(run, cover, Edge::PushOf(asset), Action::Latch)?;
        }
    }
    for _ in 0..MOST_ROUNDS {
        let before: Vec<usize> = run.model.assets.iter().map(|held| held.rounds.len()).collect();
        for asset in 0..ASSETS as u8 {
            if run.model.assets[usize::from(asset)].listed {
                tally(run, cover, asset)?;
                if !run.model.assets[usize::from(asset)].bonded.bond.is_zero() {
                    act(run, cover, Action::FillShortfall { asset })?;
                }
                act(run, cover, Action::OpenRound { asset })?;
                beside_the_lie(run, cover, asset)?;
                push(run, cover, asset)?;
                sign_away(run, cover, asset)?;
                tally(run, cover, asset)?;
            }
        }
        if run.model.assets.iter().map(|held| held.rounds.len()).eq(before) {
            break;
        }
    }
    // Some have paid in again while they were being paid.
    withdraw(run, cover)
}

/// What was put to the arbitrator is carried out: as he has ruled, or else when his time is over.
fn settle(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for position in 0..run.model.disputes.opened.len() {
        let back = (run.model.disputes.opened.len() - 1 - position) as u8;
        let dispute = &run.model.disputes.opened[position].1;
        if dispute.is_settled {
            continue;
        }
        let waits = dispute.ruling.is_none() && run.model.now <= dispute.due;
        let action = Action::Disputes(DisputeAction::Settle { dispute: DisputeRef::Back(back) });
        run.step(&Step { warp: waits.then_some(Warp::To(Edge::RulingOver(back), 0)), action }, cover)?;
    }
    Ok(())
}

/// Payouts under another index are flagged, then every word is counted.
fn count(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for asset in 0..ASSETS as u8 {
        let held = &run.model.assets[usize::from(asset)];
        let Some(ledger) = held.counting_ledger().cloned() else { continue };
        for (index, leaf) in (0_u32..).zip(ledger.leaves()).filter(|(index, _)| ledger.proves(*index)) {
            let held = &run.model.assets[usize::from(asset)];
            if !held.touched(index) && held.paid_out_to(leaf.account) > leaf.paid {
                act(run, cover, Action::FlagPayout { asset, leaf: leaf_ref(index) })?;
            }
        }
        for word in 0..ledger.word_count() {
            act(run, cover, Action::CountPacked { asset, word: word_ref(word), packing: Packing::Right })?;
        }
    }
    Ok(())
}

fn refund(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for asset in 0..ASSETS as u8 {
        let first = run.model.assets[usize::from(asset)].absorbed;
        for entry in first..run.model.assets[usize::from(asset)].queue.len() as u64 {
            act(run, cover, Action::RefundPending { asset, entry: entry as u8, gas: Gas::Plenty })?;
            // Whose account has had payouts, an entry that a dispute has reopened needs a leaf, or its account, or time: here nobody acts for
            // himself.
            if is_open(run, asset, entry) {
                let (entry, source, forgery) = (entry as u8, Source::Counting, Forgery::None);
                act(run, cover, Action::Disputes(DisputeAction::RefundEntry { asset, entry, source, forgery }))?;
            }
            if is_open(run, asset, entry) {
                let late = DisputeAction::RefundEntryWithoutLeaf { by: Some(0), asset, entry: entry as u8 };
                let waits = run.model.unlisted_at(usize::from(asset)).is_some_and(|at| run.model.now < at);
                let waits = waits.then_some(Warp::To(Edge::Unlisted(asset), 0));
                run.step(&Step { warp: waits, action: Action::Disputes(late) }, cover)?;
            }
        }
    }
    Ok(())
}

fn is_open(run: &Run, asset: u8, entry: u64) -> bool {
    run.model.assets[usize::from(asset)].queue.get(entry as usize).is_some_and(|queued| !queued.refunded)
}

fn withdraw(run: &mut Run, cover: &mut Coverage) -> Result<(), CaseError> {
    for asset in 0..ASSETS as u8 {
        for who in 0..ACTORS as u8 {
            let account = run.model.world().actor(who, run.model.vault);
            if run.model.assets[usize::from(asset)].segregated_to(account) > 0 {
                // To somebody who accepts: wallets may refuse.
                act(run, cover, Action::Withdraw { by: who, asset, to: 0, amount: Amount::Limit(0) })?;
            }
        }
    }
    Ok(())
}

fn push(run: &mut Run, cover: &mut Coverage, asset: u8) -> Result<(), CaseError> {
    let held = &run.model.assets[usize::from(asset)];
    let words = held.counting_ledger().map_or(0, |ledger| ledger.word_count());
    for back in 0..held.rounds.len() as u8 {
        for word in 0..words {
            let round = RoundRef { back: Some(back), numerator: 0 };
            act(run, cover, Action::PushWord { asset, round, word: word_ref(word), priced: false })?;
        }
    }
    Ok(())
}

/// A node with a false sum becomes an anchor; whoever is below it has no proof all the same.
fn beside_the_lie(run: &mut Run, cover: &mut Coverage, asset: u8) -> Result<(), CaseError> {
    let held = &run.model.assets[usize::from(asset)];
    let Some(told) = held.counting_ledger().filter(|_| !held.rounds.is_empty()).cloned() else { return Ok(()) };
    let Some((level, position)) = told.false_node().filter(|(level, _)| told.depth() - level <= HIGHEST_ANCHORED)
    else {
        return Ok(());
    };
    let round = RoundRef { back: Some(0), numerator: 0 };
    let height = (told.depth() - level - 1) as u8;
    let nodes = NodesRef { below: 0, height, pick: 0, forgery: Forgery::None };
    act(run, cover, Action::Anchor { asset, round, nodes })?;
    // Proofs of odd leaves end at anchors.
    let below = (position << level..(position + 1) << level).filter(|index| index % 2 == 1).take(FALSELY_CLAIMED);
    for index in below.filter(|index| told.leaves().get(*index as usize).is_some_and(|leaf| leaf.balance > 0)) {
        act(run, cover, Action::Claim { asset, round, leaf: leaf_ref(index) })?;
    }
    Ok(())
}

/// Redirected shares are claimed by strangers, and leaves beside a lie, whose word has no proof; accounts that nothing else could pay sign theirs away.
fn sign_away(run: &mut Run, cover: &mut Coverage, asset: u8) -> Result<(), CaseError> {
    let back = |run: &Run, round: usize| {
        let held = &run.model.assets[usize::from(asset)];
        RoundRef { back: Some((held.rounds.len() - 1 - round) as u8), numerator: 0 }
    };
    for (round, index) in unpaid(&run.model, usize::from(asset)) {
        let held = &run.model.assets[usize::from(asset)];
        let account =
            held.counting_ledger().and_then(|told| told.leaves().get(index as usize)).map(|leaf| leaf.account);
        let lied = held.counting_ledger().is_some_and(|told| !told.is_true());
        if lied || account.is_some_and(|account| held.redirected(index, account).is_some()) {
            act(run, cover, Action::Claim { asset, round: back(run, round), leaf: leaf_ref(index) })?;
        }
    }
    for (round, index) in unpaid(&run.model, usize::from(asset)) {
        let round = back(run, round);
        let claim = Action::ClaimTo {
            by: PEOPLE as u8 - 2,
            asset,
            round,
            leaf: leaf_ref(index),
            to: 1,
            fee: Amount::Zero,
            deadline: Deadline::Never,
            sig: Sig::Good,
        };
        act(run, cover, claim)?;
    }
    Ok(())
}

fn tally(run: &mut Run, cover: &mut Coverage, asset: u8) -> Result<(), CaseError> {
    for back in 0..run.model.assets[usize::from(asset)].rounds.len() as u8 {
        let round = RoundRef { back: Some(back), numerator: 0 };
        act(run, cover, Action::Tally { asset, round, cells: (0..10).collect() })?;
    }
    Ok(())
}

/// Rounds and indices of leaves that can be paid and are not.
fn unpaid(model: &Model, asset: usize) -> Vec<(usize, u32)> {
    let held = &model.assets[asset];
    let Some(ledger) = held.counting_ledger() else { return Vec::new() };
    let mut found = Vec::new();
    for (round, opened) in held.rounds.iter().enumerate() {
        for (index, leaf) in (0_u32..).zip(ledger.leaves()) {
            let claimed = held.cell(round as u32, index / 64).claimed >> (index % 64) & 1 == 1;
            let due = opened.share_of(held.net_in_return(index, leaf)) > 0;
            if due && !claimed && !model.is_reserved(leaf.account) && ledger.proves(index) {
                found.push((round, index));
            }
        }
    }
    found
}

/// Rules 4 and 9: everybody is out, and less than one base unit a leaf a round is left of what was allotted.
fn require_out(run: &Run, asset: usize) -> Result<(), CaseError> {
    escrow::require_empty(run, asset)?;
    let model = &run.model;
    let held = &model.assets[asset];
    let finding = |what: &str, message: String| finding(run, what, message);
    if let Some((round, index)) = unpaid(model, asset).first() {
        return Err(finding("leaf unpaid", format!("asset {asset}, round {round}, leaf {index}")));
    }
    if held.pending > 0 {
        return Err(finding("pending left", format!("asset {asset}: {} base units", held.pending)));
    }
    let named = (0..ACTORS as u8).map(|who| held.segregated_to(model.world().actor(who, model.vault)));
    let segregated: u128 = named.sum();
    if segregated > 0 {
        return Err(finding("segregated left", format!("asset {asset}: {segregated} base units")));
    }
    let (Some(recovered), Some(ledger)) = (held.recovered, held.counting_ledger()) else { return Ok(()) };
    let shares = |wanted: &dyn Fn(u32, Address) -> bool| -> u128 {
        let leaves = (0_u32..).zip(ledger.leaves()).filter(|(index, leaf)| wanted(*index, leaf.account));
        let shares = leaves.flat_map(|(index, leaf)| {
            held.rounds.iter().map(move |round| round.share_of(held.net_in_return(index, leaf)))
        });
        shares.sum()
    };
    let left = recovered.allotted - recovered.tallied;
    if !ledger.is_true() {
        // What nobody can prove stays, and nothing else does.
        let paid = shares(&|index, account| ledger.proves(index) && !model.is_reserved(account));
        return if recovered.tallied == paid {
            Ok(())
        } else {
            Err(finding("lied", format!("asset {asset}: {} paid, {paid} due to who has a proof", recovered.tallied)))
        };
    }
    let unpayable = shares(&|_, account| model.is_reserved(account));
    let nets: u128 = (0_u32..).zip(ledger.leaves()).map(|(index, leaf)| held.net_in_return(index, leaf)).sum();
    // Payouts that nobody counted while there was time are set aside, and are not dust.
    let uncounted = recovered.owed.saturating_sub(nets);
    let bound = ledger.leaves().len() as u128 * held.rounds.len() as u128 + uncounted;
    let dust = left.checked_sub(unpayable);
    match dust {
        Some(dust) if dust <= bound => Ok(()),
        _ => Err(finding("dust", format!("asset {asset}: {left} left, {unpayable} unpayable, dust bound {bound}"))),
    }
}

fn finding(run: &Run, what: &str, message: String) -> CaseError {
    CaseError::Found(Finding { key: format!("exit: {what}"), step: run.steps().saturating_sub(1), message })
}

fn warp(run: &mut Run, cover: &mut Coverage, edge: Edge, action: Action) -> Result<(), CaseError> {
    run.step(&Step { warp: Some(Warp::To(edge, 0)), action }, cover)
}

fn act(run: &mut Run, cover: &mut Coverage, action: Action) -> Result<(), CaseError> {
    let warp = (run.in_block() >= MOST_IN_BLOCK).then_some(Warp::By(1));
    run.step(&Step { warp, action }, cover)
}

fn leaf_ref(index: u32) -> LeafRef {
    LeafRef { source: Source::Counting, pick: index as u16, forgery: Forgery::None }
}

fn word_ref(word: u32) -> WordRef {
    WordRef { source: Source::Counting, pick: word as u8, forgery: Forgery::None }
}
