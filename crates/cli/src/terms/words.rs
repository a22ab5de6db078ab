//! Terms told in sentences, so that a person sees what an address commits to.

use alloy::primitives::{Address, U256, aliases::U40};
use lifeboat_bindings::vault::Terms;

use crate::{amount::Amount, asset::Asset, terms::TESTNET, time::format_duration};

/// One line a term.
#[must_use]
pub fn in_words(terms: &Terms) -> Vec<String> {
    let timers = &terms.timers;
    let mut lines = vec![
        format!("profile: {}", profile(terms.profile)),
        format!("agreement: keccak256 {}", terms.agreementHash),
        format!("operator {} signs heartbeats and, with the auditors, ledger commitments", terms.operator),
        quorum("signers", "move the reserve while the service lives", &terms.signers, terms.signerThreshold),
        quorum("auditors", "sign each ledger commitment", &terms.auditors, terms.auditorThreshold),
    ];
    lines.push(if terms.watchers.is_empty() {
        "no watchers: every commitment takes the slow way to finality".into()
    } else {
        quorum("watchers", "attest ledger data", &terms.watchers, terms.watcherThreshold)
    });
    lines.extend(terms.assets.iter().map(|asset| format!("asset: {}", asset_name(*asset))));
    let price = Amount { base: U256::from(terms.maxTankGasPrice), asset: &Asset::eth() }.to_string();
    lines.extend([
        format!(
            "the reserve must keep covering {}.{:02} % of the ledger",
            terms.coverageFloorBps / 100,
            terms.coverageFloorBps % 100
        ),
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
