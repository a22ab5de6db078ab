//! Failures in the user's words: a stable id, what was wrong, where, and what to do next.

use std::fmt::Write as _;

use alloy::{
    contract,
    primitives::Bytes,
    transports::{RpcError, TransportErrorKind},
};
use lifeboat_bindings::{errors, vault::Vault::VaultErrors};
use serde::Serialize;
use thiserror::Error;

use crate::language::{Language, next_in_chinese};

/// Exit code of a command that refused or failed. (A command line that makes no sense ends with 2, as clap has it.)
pub const FAILED: u8 = 1;

/// One failure. Where it happened is in the contexts wrapped around it.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[error("{id}: {what}")]
pub struct Failure {
    /// Stable id, for scripts and for looking it up.
    pub id: String,
    /// What was wrong.
    pub what: String,
    /// What to do next.
    pub next: String,
}

impl Failure {
    /// A failure with its advice.
    pub fn new(id: impl Into<String>, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { id: id.into(), what: what.into(), next: next.into() }
    }

    /// A failure as an error that a command can return.
    pub fn report<T>(id: &str, what: impl Into<String>, next: impl Into<String>) -> eyre::Result<T> {
        Err(Self::new(id, what, next).into())
    }
}

impl From<VaultErrors> for Failure {
    fn from(error: VaultErrors) -> Self {
        let explained = errors::explain_error(&error);
        Self::new(explained.id, explained.what, explained.next)
    }
}

/// A failure and the contexts that lead to it, outermost first.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The failure.
    #[serde(flatten)]
    pub failure: Failure,
    /// What to do next, in Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_zh: Option<&'static str>,
    /// What was being done.
    pub context: Vec<String>,
}

/// Finds the failure inside an error: our own, a revert of the vault, a refusing or unreachable node, or any error whose text begins
/// with a stable id.
#[must_use]
pub fn explain(report: &eyre::Report) -> Explained {
    let mut context = Vec::new();
    for cause in report.chain() {
        if let Some(failure) = explain_cause(cause) {
            return Explained::new(failure, context);
        }
        context.push(cause.to_string());
    }
    let what = context.pop().unwrap_or_default();
    Explained::new(Failure::new("CLI_FAILED", what, "see the text above; nothing was sent unless it says so"), context)
}

impl Explained {
    fn new(failure: Failure, context: Vec<String>) -> Self {
        Self { next_zh: next_in_chinese(&failure.id), failure, context }
    }
}

fn explain_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Failure> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(failure.clone());
    }
    if let Some(error) = cause.downcast_ref::<contract::Error>() {
        return Some(match error {
            contract::Error::TransportError(error) => explain_rpc(error),
            contract::Error::ZeroData(..) => Failure::new(
                "CHAIN_NO_CONTRACT",
                "a call returned nothing: there is no contract of this kind at the address",
                "check the address and that the RPC URL is of the right chain",
            ),
            other => Failure::new(
                "CHAIN_ANSWER",
                other.to_string(),
                "check that the address is a vault of this version (`lifeboat verify`)",
            ),
        });
    }
    if let Some(error) = cause.downcast_ref::<RpcError<TransportErrorKind>>() {
        return Some(explain_rpc(error));
    }
    let text = cause.to_string();
    let (id, what) = text.split_once(": ")?;
    is_id(id).then(|| {
        let (what, next) = what.split_once("; ").unwrap_or((what, "mend what is named above and try again"));
        Failure::new(id, what, next)
    })
}

/// Ids of the libraries: `LEDGER_DUPLICATE`.
fn is_id(text: &str) -> bool {
    text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn explain_rpc(error: &RpcError<TransportErrorKind>) -> Failure {
    let Some(response) = error.as_error_resp() else {
        return Failure::new(
            "RPC_UNREACHABLE",
            format!("the node did not answer as a node should: {error}"),
            "check --rpc-url and that the node is up; nothing is known to have been sent",
        );
    };
    match response.as_revert_data() {
        Some(data) if !data.is_empty() => explain_revert(&data),
        _ => Failure::new(
            "RPC_REFUSED",
            format!("the node refused: {} (code {})", response.message, response.code),
            "see the node's words; often the account lacks ETH for gas, or the range of blocks is too wide",
        ),
    }
}

/// The failure that revert data stands for.
#[must_use]
pub fn explain_revert(data: &Bytes) -> Failure {
    let explained = errors::explain(data);
    Failure::new(explained.id, explained.what, explained.next)
}

/// Prints a failure on stderr: three lines for people in their language, one JSON document for programs.
pub fn print(report: &eyre::Report, json: bool, language: Language) {
    let explained = explain(report);
    if json {
        // Strings only: cannot fail.
        eprintln!("{}", serde_json::json!({ "error": explained }));
    } else {
        eprintln!("{}", text(&explained, language));
    }
}

fn text(explained: &Explained, language: Language) -> String {
    let Failure { id, what, next } = &explained.failure;
    let (error, during, then, next) = match (language, explained.next_zh) {
        (Language::Zh, next_zh) => ("错误", "正在", "下一步", next_zh.unwrap_or(next)),
        (Language::En, _) => ("error", "while", "next", next.as_str()),
    };
    let mut text = format!("{error} {id}: {what}");
    for context in &explained.context {
        let _ = write!(text, "\n  {during} {context}");
    }
    let _ = write!(text, "\n  {then}: {next}");
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::sol_types::SolError;
    use eyre::WrapErr;
    use lifeboat_bindings::vault::Vault::Return_AlreadyClaimed;

    use super::*;

    #[test]
    fn a_failure_is_found_below_its_contexts() {
        let result: eyre::Result<()> = Failure::report("TEST_ID", "wrong", "mend it");
        let report = result.wrap_err("inner").wrap_err("outer").unwrap_err();
        let explained = explain(&report);
        assert_eq!(explained.failure, Failure::new("TEST_ID", "wrong", "mend it"));
        assert_eq!(explained.context, ["outer", "inner"]);
        assert_eq!(
            text(&explained, Language::En),
            "error TEST_ID: wrong\n  while outer\n  while inner\n  next: mend it"
        );
    }

    #[test]
    fn a_library_error_keeps_its_id_and_its_advice() {
        let explained = explain(&eyre::eyre!("LEDGER_DUPLICATE: row 7 repeats row 3; merge the rows"));
        assert_eq!(explained.failure, Failure::new("LEDGER_DUPLICATE", "row 7 repeats row 3", "merge the rows"));
    }

    #[test]
    fn an_unknown_error_still_has_an_id() {
        let explained = explain(&eyre::eyre!("disk: full").wrap_err("writing x"));
        assert_eq!(explained.failure.id, "CLI_FAILED");
        assert_eq!(explained.failure.what, "disk: full");
        assert_eq!(explained.context, ["writing x"]);
    }

    #[test]
    fn a_chinese_reader_is_told_in_chinese_what_to_do() {
        let result: eyre::Result<()> = Failure::report("KEY_MISSING", "no key", "name one");
        let explained = explain(&result.wrap_err("sending").unwrap_err());
        let text = text(&explained, Language::Zh);
        assert!(text.starts_with("错误 KEY_MISSING: no key\n  正在 sending\n  下一步: 需要一个密钥"), "{text}");
        let json = serde_json::to_value(&explained).unwrap();
        assert_eq!((&json["next"], &json["next_zh"]), (&"name one".into(), &explained.next_zh.into()));
    }

    #[test]
    fn a_revert_keeps_the_contracts_id() {
        let data = Return_AlreadyClaimed { index: alloy::primitives::U256::from(7) }.abi_encode();
        let failure = explain_revert(&data.into());
        assert_eq!(failure.id, "Return_AlreadyClaimed");
        assert!(failure.what.contains('7') && !failure.next.is_empty(), "{failure:?}");
    }
}
