//! `terms.toml`: every timer, bound and role of one vault, as a person writes them.

use std::path::Path;

use alloy::primitives::{
    B256, Bytes,
    aliases::{U40, U96},
    keccak256,
};
use eyre::WrapErr;
use lifeboat_bindings::{
    signers::Signer,
    vault::{Sla, Terms, Timers},
};
use serde::Deserialize;

use crate::{
    amount,
    asset::{Asset, parse_address, parse_asset},
    failure::Failure,
    terms::{PRODUCTION, TESTNET},
    time::parse_duration,
};

/// Terms read from a file, and what was tidied on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsFile {
    /// The constructor's argument, with members and assets in ascending order.
    pub terms: Terms,
    /// What was changed for the contract's sake, for the user to know.
    pub notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    profile: RawProfile,
    /// Path of the agreement, beside the terms file.
    agreement: Option<String>,
    agreement_hash: Option<B256>,
    operator: String,
    backup_operator: Option<String>,
    signers: RawSigners,
    auditors: RawQuorum,
    watchers: Option<RawQuorum>,
    guardians: Option<RawQuorum>,
    assets: Vec<String>,
    coverage_floor: String,
    hot_cap: String,
    warm_cap: String,
    max_tank_gas_price: String,
    #[serde(default = "nothing")]
    exit_deposit: String,
    #[serde(default = "nothing")]
    challenge_bond: String,
    /// None: there are no disputes.
    arbitrator: Option<RawArbitrator>,
    sla: Option<RawSla>,
    timers: RawTimers,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawProfile {
    Production,
    Testnet,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuorum {
    threshold: u8,
    members: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSigners {
    threshold: u8,
    cold_threshold: u8,
    members: Vec<String>,
}

/// Who decides disputes (ERC-792).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArbitrator {
    address: String,
    /// Passed on to him as it is.
    #[serde(default)]
    extra_data: Bytes,
}

/// What is paid for downtime, out of the bond.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSla {
    min_bond: String,
    daily: String,
    cap: String,
    allowance: String,
}

fn nothing() -> String {
    "0 ETH".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTimers {
    grace: String,
    serve_deadline: String,
    challenge_window: String,
    return_delay: String,
    root_max_age: String,
    attested_finality: String,
    unattested_finality: String,
    head_start: String,
    wind_down_notice: String,
    #[serde(default = "silence_cap")]
    silence_cap: String,
    #[serde(default = "release_window")]
    release_window: String,
    #[serde(default = "cold_delay")]
    cold_delay: String,
    #[serde(default = "freeze_max")]
    freeze_max: String,
    #[serde(default = "rotation_notice")]
    rotation_notice: String,
    #[serde(default = "answer_window")]
    answer_window: String,
    #[serde(default = "unbonding")]
    unbonding: String,
}

fn answer_window() -> String {
    "24h".to_owned()
}

fn unbonding() -> String {
    "45d".to_owned()
}

fn silence_cap() -> String {
    "21d".to_owned()
}

fn release_window() -> String {
    "24h".to_owned()
}

fn cold_delay() -> String {
    "48h".to_owned()
}

fn freeze_max() -> String {
    "72h".to_owned()
}

fn rotation_notice() -> String {
    "7d".to_owned()
}

/// Reads a terms file. The agreement's path is relative to it. Does not check bounds: see [`super::check`].
///
/// # Errors
/// `TERMS_UNREADABLE`, `TERMS_MALFORMED`, `TERMS_AGREEMENT`, and the ids of durations, addresses and amounts, with the field's name.
pub fn load(path: &Path) -> eyre::Result<TermsFile> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            "TERMS_UNREADABLE",
            format!("cannot read {}: {error}", path.display()),
            "check the path of --terms",
        )
    })?;
    let beside = path.parent().unwrap_or(Path::new("."));
    parse(&text, |agreement| std::fs::read(beside.join(agreement)))
        .wrap_err_with(|| format!("reading the terms in {}", path.display()))
}

/// Reads the text of a terms file; `read` fetches the agreement.
fn parse(text: &str, read: impl FnOnce(&str) -> std::io::Result<Vec<u8>>) -> eyre::Result<TermsFile> {
    let raw: Raw = toml::from_str(text).map_err(|error| {
        Failure::new(
            "TERMS_MALFORMED",
            error.to_string().trim_end().to_owned(),
            "compare with docs/examples/terms.testnet.toml: every field stands there with its meaning",
        )
    })?;
    let mut notes = Vec::new();
    let watchers = raw.watchers.unwrap_or_default();
    let guardians = raw.guardians.unwrap_or_default();
    let backup =
        raw.backup_operator.map(|text| parse_address(&text).wrap_err("reading backup_operator")).transpose()?;
    let arbitrator = raw.arbitrator.as_ref();
    let arbiter =
        arbitrator.map(|raw| parse_address(&raw.address).wrap_err("reading arbitrator.address")).transpose()?;
    let terms = Terms {
        agreementHash: agreement_hash(raw.agreement, raw.agreement_hash, read)?,
        operator: parse_address(&raw.operator).wrap_err("reading operator")?,
        backupOperator: backup.unwrap_or_default(),
        signerThreshold: raw.signers.threshold,
        coldThreshold: raw.signers.cold_threshold,
        signers: ascending("signers", &raw.signers.members, |text| Ok(parse_signer(text)?.id()), &mut notes)?,
        auditorThreshold: raw.auditors.threshold,
        auditors: ascending("auditors", &raw.auditors.members, parse_address, &mut notes)?,
        watcherThreshold: watchers.threshold,
        watchers: ascending("watchers", &watchers.members, parse_address, &mut notes)?,
        guardianThreshold: guardians.threshold,
        guardians: ascending("guardians", &guardians.members, parse_address, &mut notes)?,
        assets: ascending("assets", &raw.assets, parse_asset, &mut notes)?,
        coverageFloorBps: parse_percent(&raw.coverage_floor).wrap_err("reading coverage_floor")?,
        hotCapBps: parse_percent(&raw.hot_cap).wrap_err("reading hot_cap")?,
        warmCapBps: parse_percent(&raw.warm_cap).wrap_err("reading warm_cap")?,
        maxTankGasPrice: gas_price(&raw.max_tank_gas_price).wrap_err("reading max_tank_gas_price")?,
        exitDeposit: deposit(&raw.exit_deposit).wrap_err("reading exit_deposit")?,
        challengeBond: deposit(&raw.challenge_bond).wrap_err("reading challenge_bond")?,
        arbitrator: arbiter.unwrap_or_default(),
        arbitratorExtraData: arbitrator.map(|raw| raw.extra_data.clone()).unwrap_or_default(),
        sla: raw.sla.map_or_else(|| Ok(Sla::default()), |raw| sla(&raw))?,
        profile: match raw.profile {
            RawProfile::Production => PRODUCTION,
            RawProfile::Testnet => TESTNET,
        },
        timers: timers(&raw.timers)?,
    };
    Ok(TermsFile { terms, notes })
}

fn agreement_hash(
    file: Option<String>,
    hash: Option<B256>,
    read: impl FnOnce(&str) -> std::io::Result<Vec<u8>>,
) -> Result<B256, Failure> {
    let failure = |what: String| {
        Failure::new(
            "TERMS_AGREEMENT",
            what,
            "name the agreement's file with `agreement`, or give its keccak256 with `agreement_hash`, not both",
        )
    };
    match (file, hash) {
        (Some(path), None) => {
            let bytes = read(&path).map_err(|error| failure(format!("cannot read the agreement {path}: {error}")))?;
            if bytes.is_empty() {
                return Err(failure(format!("the agreement {path} is empty")));
            }
            Ok(keccak256(bytes))
        }
        (None, Some(hash)) => Ok(hash),
        (Some(_), Some(_)) => Err(failure("both `agreement` and `agreement_hash` are given".into())),
        (None, None) => Err(failure("neither `agreement` nor `agreement_hash` is given".into())),
    }
}

/// Reads a list and puts it into the order that the contract wants; duplicates stay, for the checks to refuse.
fn ascending<T: Ord>(
    role: &str,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, Failure>,
    notes: &mut Vec<String>,
) -> eyre::Result<Vec<T>> {
    let mut list = Vec::with_capacity(texts.len());
    for (position, text) in texts.iter().enumerate() {
        list.push(parse(text).wrap_err_with(|| format!("reading {role}, entry {}", position + 1))?);
    }
    if !list.is_sorted() {
        list.sort_unstable();
        notes.push(format!("{role} were put into ascending order"));
    }
    Ok(list)
}

/// `0x...`, `erc1271:0x...` or `erc7913:0x...`. An address in mixed case must have the right checksum.
///
/// # Errors
/// `ADDRESS_MALFORMED`, `SIGNER_MALFORMED`.
pub fn parse_signer(text: &str) -> Result<Signer, Failure> {
    let malformed = |_| {
        Failure::new(
            "SIGNER_MALFORMED",
            format!("`{text}` is no signer"),
            "write an address (an ECDSA key), erc1271:0x... (a contract), or erc7913:0x... (the verifier's address, then the key)",
        )
    };
    match text.split_once(':') {
        None => parse_address(text).map(Signer::Ecdsa),
        Some(("erc1271", address)) => parse_address(address).map(Signer::Contract),
        Some(_) => text.parse().map_err(malformed),
    }
}

fn timers(raw: &RawTimers) -> eyre::Result<Timers> {
    let seconds = |name: &str, text: &str| -> eyre::Result<U40> {
        let seconds = parse_duration(text).wrap_err_with(|| format!("reading timers.{name}"))?;
        U40::try_from(seconds).map_err(|_| {
            Failure::new("DURATION_MALFORMED", format!("timers.{name} is too long"), "choose a shorter time").into()
        })
    };
    Ok(Timers {
        grace: seconds("grace", &raw.grace)?,
        serveDeadline: seconds("serve_deadline", &raw.serve_deadline)?,
        challengeWindow: seconds("challenge_window", &raw.challenge_window)?,
        returnDelay: seconds("return_delay", &raw.return_delay)?,
        rootMaxAge: seconds("root_max_age", &raw.root_max_age)?,
        attestedFinality: seconds("attested_finality", &raw.attested_finality)?,
        unattestedFinality: seconds("unattested_finality", &raw.unattested_finality)?,
        headStart: seconds("head_start", &raw.head_start)?,
        windDownNotice: seconds("wind_down_notice", &raw.wind_down_notice)?,
        silenceCap: seconds("silence_cap", &raw.silence_cap)?,
        releaseWindow: seconds("release_window", &raw.release_window)?,
        coldDelay: seconds("cold_delay", &raw.cold_delay)?,
        freezeMax: seconds("freeze_max", &raw.freeze_max)?,
        rotationNotice: seconds("rotation_notice", &raw.rotation_notice)?,
        answerWindow: seconds("answer_window", &raw.answer_window)?,
        unbonding: seconds("unbonding", &raw.unbonding)?,
    })
}

/// `100%` or `99.5 %` as basis points.
fn parse_percent(text: &str) -> Result<u16, Failure> {
    let malformed = || {
        Failure::new(
            "PERCENT_MALFORMED",
            format!("`{text}` is no percentage"),
            "write it as 100% or 99.5%, with at most two decimals",
        )
    };
    let number = text.trim().strip_suffix('%').ok_or_else(malformed)?.trim_end();
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return Err(malformed());
    }
    format!("{whole}{part:0<2}").parse().map_err(|_| malformed())
}

fn sla(raw: &RawSla) -> eyre::Result<Sla> {
    Ok(Sla {
        minBondBps: parse_percent(&raw.min_bond).wrap_err("reading sla.min_bond")?,
        dailyBps: parse_percent(&raw.daily).wrap_err("reading sla.daily")?,
        capBps: parse_percent(&raw.cap).wrap_err("reading sla.cap")?,
        allowance: U40::saturating_from(parse_duration(&raw.allowance).wrap_err("reading sla.allowance")?),
    })
}

/// Wei.
fn deposit(text: &str) -> Result<U96, Failure> {
    let wei = amount::parse(text, &Asset::eth())?;
    u128::try_from(wei).ok().and_then(|wei| U96::try_from(wei).ok()).ok_or_else(|| {
        Failure::new("AMOUNT_MALFORMED", format!("`{text}` is too high for a deposit"), "write it as in 0.01 ETH")
    })
}

fn gas_price(text: &str) -> Result<u64, Failure> {
    let wei = amount::parse(text, &Asset::eth())?;
    u64::try_from(wei).map_err(|_| {
        Failure::new("AMOUNT_MALFORMED", format!("`{text}` is too high for a gas price"), "write it as in 50 gwei")
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::primitives::Address;
    use proptest::prelude::*;

    use super::*;
    use crate::failure::explain;

    const SAMPLE: &str = include_str!("../../../../docs/examples/terms.testnet.toml");

    fn read(text: &str) -> eyre::Result<TermsFile> {
        parse(text, |path| {
            if path == "agreement.md" {
                Ok(b"We pay back.\n".to_vec())
            } else {
                Err(std::io::ErrorKind::NotFound.into())
            }
        })
    }

    #[test]
    fn the_sample_is_read_and_passes_the_checks() {
        let file = read(SAMPLE).unwrap();
        assert_eq!(file.terms.agreementHash, keccak256("We pay back.\n"));
        assert_eq!(file.terms.coverageFloorBps, 10_000);
        assert_eq!(file.terms.maxTankGasPrice, 50_000_000_000);
        assert_eq!(file.terms.profile, TESTNET);
        assert_eq!(file.terms.timers.grace.to::<u64>(), 600);
        assert_eq!((file.terms.hotCapBps, file.terms.warmCapBps), (100, 1_000));
        super::super::check(&file.terms).unwrap();
    }

    #[test]
    fn an_arbitrator_may_be_named_with_what_he_is_told() {
        assert_eq!(read(SAMPLE).unwrap().terms.arbitrator, Address::ZERO);
        let address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
        let named = |rest: &str| read(&format!("{SAMPLE}\n[arbitrator]\naddress = \"{address}\"\n{rest}"));
        let terms = named("extra_data = \"0xc0ffee\"").unwrap().terms;
        assert_eq!(
            (terms.arbitrator.to_string(), terms.arbitratorExtraData.to_vec()),
            (address.to_owned(), vec![0xc0, 0xff, 0xee])
        );
        assert!(named("").unwrap().terms.arbitratorExtraData.is_empty());
        assert_eq!(explain(&named("extra_data = \"coffee\"").unwrap_err()).failure.id, "TERMS_MALFORMED");
    }

    #[test]
    fn signers_may_be_contracts_and_keys_of_other_curves() {
        let address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
        let [ecdsa, contract] =
            [address.to_owned(), format!("erc1271:{address}")].map(|text| parse_signer(&text).unwrap());
        assert_eq!((ecdsa.id()[0], contract.id()[0]), (0, 1));
        let key = format!("erc7913:{}{}", address.to_lowercase(), "07".repeat(64));
        assert_eq!(parse_signer(&key).unwrap().id()[0], 2);
        for wrong in ["safe:0x", "erc7913:0x07", "erc7913:07"] {
            assert_eq!(parse_signer(wrong).unwrap_err().id, "SIGNER_MALFORMED", "{wrong}");
        }
        assert_eq!(parse_signer("erc1271:0x07").unwrap_err().id, "ADDRESS_MALFORMED");
    }

    #[test]
    fn lists_are_sorted_with_a_note() {
        let (low, high) = ("0x00000000000000000000000000000000000A11cE", "0x4e59b44847b379578588920cA78FbF26c0B4956C");
        let mut notes = Vec::new();
        let sorted = ascending("signers", &[high.into(), low.into()], parse_address, &mut notes).unwrap();
        assert_eq!(sorted, [low.parse::<Address>().unwrap(), high.parse().unwrap()]);
        assert_eq!(notes, ["signers were put into ascending order"]);
    }

    #[test]
    fn bad_files_name_the_field() {
        for (from, to, id, place) in [
            ("grace = \"10m\"", "grace = \"10 minutes\"", "DURATION_MALFORMED", "timers.grace"),
            ("grace = \"10m\"", "grce = \"10m\"", "TERMS_MALFORMED", ""),
            ("hot_cap = \"1%\"", "hot_cap = \"1\"", "PERCENT_MALFORMED", "hot_cap"),
            ("coverage_floor = \"100%\"", "coverage_floor = \"100\"", "PERCENT_MALFORMED", "coverage_floor"),
            ("\"50 gwei\"", "\"50\"", "AMOUNT_UNIT", "max_tank_gas_price"),
            ("\"ETH\"", "\"BTC\"", "ADDRESS_MALFORMED", "assets, entry 1"),
            ("agreement = \"agreement.md\"", "", "TERMS_AGREEMENT", ""),
            ("agreement.md", "elsewhere.md", "TERMS_AGREEMENT", ""),
            ("profile = \"testnet\"", "profile = \"test\"", "TERMS_MALFORMED", ""),
        ] {
            assert!(SAMPLE.contains(from), "the sample lacks {from}");
            let explained = explain(&read(&SAMPLE.replace(from, to)).unwrap_err());
            assert_eq!(explained.failure.id, id, "{to}");
            assert!(
                explained.context.iter().any(|context| context.contains(place)) || place.is_empty(),
                "{explained:?}"
            );
        }
    }

    #[test]
    fn percentages_are_basis_points() {
        for (text, bps) in [("100%", 10_000), ("99.5 %", 9_950), ("0.01%", 1), ("0%", 0)] {
            assert_eq!(parse_percent(text).unwrap(), bps, "{text}");
        }
        for text in ["", "%", "100", "1.234%", "-1%", ".5%", "5.%", "700%00%", "999999%"] {
            assert_eq!(parse_percent(text).unwrap_err().id, "PERCENT_MALFORMED", "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*", percent in "[0-9.% ]*") {
            let _ = (read(&text), parse_percent(&percent), gas_price(&text));
        }
    }
}
