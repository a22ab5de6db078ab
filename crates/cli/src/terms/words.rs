//! Terms told in sentences, so that a person sees what an address commits to.

use alloy::primitives::{Address, U256, aliases::U40};
use lifeboat_bindings::{signers::describe, vault::Terms};

use crate::{amount::Amount, asset::Asset, terms::TESTNET, time::format_duration};

/// One line a term.
#[must_use]
pub fn in_words(terms: &Terms) -> Vec<String> {
    let timers = &terms.timers;
    let signers: Vec<_> = terms.signers.iter().map(describe).collect();
    let mut lines = vec![
        format!("profile: {}", profile(terms.profile)),
        format!("agreement: keccak256 {}", terms.agreementHash),
        format!("operator {} signs heartbeats and, with the auditors, ledger commitments", terms.operator),
    ];
    if !terms.backupOperator.is_zero() {
        lines.push(format!("{} signs heartbeats too, in the operator's stead", terms.backupOperator));
    }
    lines.extend([
        format!(
            "{} of {} signers move the reserve while the service lives: {}",
            terms.signerThreshold,
            signers.len(),
            signers.join(", ")
        ),
        format!(
            "within {}, the operator alone may move {} of what is owed, and the signers {}",
            show(timers.releaseWindow),
            percent(terms.hotCapBps),
            percent(terms.warmCapBps)
        ),
        format!("  more needs {} signers, and waits for {}", terms.coldThreshold, show(timers.coldDelay)),
        quorum("auditors", "sign each ledger commitment", &terms.auditors, terms.auditorThreshold),
    ]);
    lines.push(if terms.watchers.is_empty() {
        "no watchers: every commitment takes the slow way to finality, and nobody raises an alarm".into()
    } else {
        quorum("watchers", "attest ledger data and raise alarms", &terms.watchers, terms.watcherThreshold)
    });
    lines.push(if terms.guardians.is_empty() {
        "no guardians: nobody freezes the outflow or vetoes a release that waits".into()
    } else {
        let task = format!("veto releases that wait, and freeze the outflow for up to {}", show(timers.freezeMax));
        quorum("guardians", &task, &terms.guardians, terms.guardianThreshold)
    });
    lines.extend(terms.assets.iter().map(|asset| format!("asset: {}", asset_name(*asset))));
    let price = Amount { base: U256::from(terms.maxTankGasPrice), asset: &Asset::eth() }.to_string();
    let eth = Asset::eth();
    let wei = |base: alloy::primitives::aliases::U96| Amount { base: U256::from(base), asset: &eth }.to_string();
    lines.extend([
        format!("an exit request costs {} until it is closed", wei(terms.exitDeposit)),
        format!(
            "asking for a part of a ledger's data costs {}; it is answered within {}, or the ledger is void",
            wei(terms.challengeBond),
            show(timers.answerWindow)
        ),
        if terms.arbitrator.is_zero() {
            "no arbitrator: there are no disputes".into()
        } else {
            format!(
                "arbitrator {}: decides which of an asset's last two final ledgers counts, at a bond of {}, and whether a request was served",
                terms.arbitrator,
                wei(terms.challengeBond)
            )
        },
        format!(
            "bond: {} of the ledger at least, taken back {} after an announcement",
            percent(terms.sla.minBondBps),
            show(timers.unbonding)
        ),
        format!(
            "downtime beyond {} is compensated from it by {} of what is owed a day, {} at most",
            show(terms.sla.allowance),
            percent(terms.sla.dailyBps),
            percent(terms.sla.capBps)
        ),
        format!("the reserve must keep covering {} of the ledger", percent(terms.coverageFloorBps)),
        format!("the gas tank repays pushes at up to {} gwei ({price}) a unit of gas", gwei(terms.maxTankGasPrice)),
        format!("suspicion begins after {} without a heartbeat,", show(timers.grace)),
        format!("  or when the newest ledger commitment is older than {},", show(timers.rootMaxAge)),
        format!("  or when a user's exit request is not served within {}", show(timers.serveDeadline)),
        format!(
            "the vault latches for ever {} after suspicion began, unless it is cured",
            show(timers.challengeWindow)
        ),
        format!(
            "the return begins {} after the latch; pushes {} later",
            show(timers.returnDelay),
            show(timers.headStart)
        ),
        format!(
            "a commitment is final after {} if watchers attested it, else after {}",
            show(timers.attestedFinality),
            show(timers.unattestedFinality)
        ),
        format!("announced windows can excuse silence and old commitments for {} at most", show(timers.silenceCap)),
        format!("new signers are announced at least {} ahead", show(timers.rotationNotice)),
        format!("a wind-down is announced at least {} ahead", show(timers.windDownNotice)),
    ]);
    lines
}

fn profile(profile: u8) -> &'static str {
    if profile == TESTNET { "TESTNET (short timers allowed: not for real money)" } else { "production" }
}

fn quorum(role: &str, task: &str, members: &[Address], threshold: u8) -> String {
    let list: Vec<_> = members.iter().map(Address::to_string).collect();
    format!("{threshold} of {} {role} {task}: {}", members.len(), list.join(", "))
}

fn percent(bps: u16) -> String {
    format!("{}.{:02} %", bps / 100, bps % 100)
}

fn asset_name(asset: Address) -> String {
    if asset.is_zero() { "ETH".into() } else { format!("token {asset}") }
}

fn show(seconds: U40) -> String {
    format_duration(seconds.to())
}

fn gwei(wei: u64) -> String {
    let text = format!("{}.{:09}", wei / 1_000_000_000, wei % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
