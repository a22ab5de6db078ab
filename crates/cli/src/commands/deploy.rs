//! `lifeboat deploy`: terms in, vault out, at the address that code and terms lead to.

use std::path::PathBuf;

use alloy::{
    primitives::{Address, B256, U256},
    providers::{DynProvider, Provider},
};
use eyre::WrapErr;
use lifeboat_bindings::{
    create2::{self, DEPLOYER, Deployment},
    vault::{
        Terms,
        Vault::{self, VaultErrors, VaultInstance},
    },
};
use serde::Serialize;

use crate::{
    chain::{OptionalChainArgs, Sender},
    failure::Failure,
    keys::KeyArgs,
    output::{Report, Terminal},
    send::{self, Call, Sent},
    terms,
};

/// Arguments of `lifeboat deploy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The terms (see docs/examples/terms.testnet.toml).
    #[arg(long, value_name = "FILE")]
    terms: PathBuf,
    /// 32 bytes of the deployer's choice: the same terms with another salt are another vault.
    #[arg(long, default_value_t = B256::ZERO, value_name = "BYTES32")]
    salt: B256,
    /// Check and show everything, send nothing. Needs no key; without --rpc-url, no chain.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    chain: OptionalChainArgs,
    #[command(flatten)]
    key: KeyArgs,
}

/// A vault that stands at its predicted address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deployed {
    /// The vault.
    pub address: Address,
    /// Its `termsHash()`.
    pub terms_hash: B256,
    /// The deployment; `None` if the vault stood there already.
    pub sent: Option<Sent>,
}

/// Deploys a vault through the canonical deployer and checks what stands there afterwards. A vault that stands there already is
/// checked just the same.
///
/// # Errors
/// The constructor's error for bad terms; `DEPLOYER_MISSING`; `DEPLOY_MISMATCH`; those of sending.
pub async fn deploy_vault(sender: &Sender, terms: &Terms, salt: B256) -> eyre::Result<Deployed> {
    let plan = create2::plan_vault(salt, terms);
    check_deployable(&sender.provider, terms).await?;
    let sent = if is_deployed(&sender.provider, plan.address).await? {
        None
    } else {
        let prepared = send::prepare(sender, &deployment_call(&plan)).await?;
        Some(send::execute(sender, prepared).await.wrap_err("deploying the vault")?)
    };
    verify_deployed(&sender.provider, plan.address, terms).await?;
    Ok(Deployed { address: plan.address, terms_hash: create2::terms_hash(terms), sent })
}

/// The constructor's checks, and that the deployer and the listed tokens have code.
///
/// # Errors
/// The constructor's error; `DEPLOYER_MISSING`.
pub async fn check_deployable(provider: &DynProvider, terms: &Terms) -> eyre::Result<()> {
    terms::check(terms)?;
    if provider.get_code_at(DEPLOYER).await?.is_empty() {
        return Failure::report(
            "DEPLOYER_MISSING",
            format!("the canonical CREATE2 deployer {DEPLOYER} has no code on this chain"),
            "deploy it first with its well-known pre-signed transaction, or choose a public chain, where it stands already",
        );
    }
    for asset in terms.assets.iter().filter(|asset| !asset.is_zero()) {
        if provider.get_code_at(*asset).await?.is_empty() {
            let error = VaultErrors::Terms_AssetWithoutCode(Vault::Terms_AssetWithoutCode { asset: *asset });
            return Err(Failure::from(error).into());
        }
    }
    Ok(())
}

async fn is_deployed(provider: &DynProvider, address: Address) -> eyre::Result<bool> {
    Ok(!provider.get_code_at(address).await?.is_empty())
}

/// CREATE2 binds the address to code and terms; the hash is read back all the same, before anybody sends money there.
async fn verify_deployed(provider: &DynProvider, address: Address, terms: &Terms) -> eyre::Result<()> {
    let expected = create2::terms_hash(terms);
    let actual = VaultInstance::new(address, provider).termsHash().call().await.wrap_err("reading back termsHash")?;
    if actual == expected {
        return Ok(());
    }
    Failure::report(
        "DEPLOY_MISMATCH",
        format!("the contract at {address} states terms {actual}, expected {expected}"),
        "send no money there; compare the version of this program with the vault's",
    )
}

fn deployment_call(plan: &Deployment) -> Call {
    Call { to: DEPLOYER, value: U256::ZERO, input: plan.call_data.clone() }
}

/// Runs `lifeboat deploy`.
///
/// # Errors
/// Why the vault could not be deployed.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let file = terms::load(&args.terms)?;
    terms::check(&file.terms)?;
    let plan = create2::plan_vault(args.salt, &file.terms);
    let mut report = DeployReport {
        address: plan.address,
        terms_hash: create2::terms_hash(&file.terms),
        salt: args.salt,
        terms: terms::in_words(&file.terms),
        notes: file.notes,
        chain_id: None,
        outcome: Outcome::OfflineDryRun,
    };
    let chain = match args.chain.connect().await? {
        Some(chain) => chain,
        None if args.dry_run => return terminal.report(&report),
        None => {
            return Failure::report("RPC_URL_MISSING", "deploying needs a chain", "add --rpc-url URL, or --dry-run");
        }
    };
    report.chain_id = Some(chain.id);
    check_deployable(&chain.provider, &file.terms).await?;
    if is_deployed(&chain.provider, plan.address).await? {
        verify_deployed(&chain.provider, plan.address, &file.terms).await?;
        report.outcome = Outcome::AlreadyDeployed;
    } else if args.dry_run {
        report.outcome = Outcome::DryRun { gas: estimate(&chain.provider, &plan).await? };
    } else {
        let sender = chain.sender(&args.key.load()?).await?;
        let question = format!("{}\ndeploy this vault on chain {}", report.plan(), chain.id);
        let sent = send::send(terminal, &sender, &question, &deployment_call(&plan)).await?;
        verify_deployed(&chain.provider, plan.address, &file.terms).await?;
        report.outcome = Outcome::Deployed { sent };
        return terminal.report(&report);
    }
    terminal.report(&report)
}

/// Gas of the deployment, sent by anybody.
async fn estimate(provider: &DynProvider, plan: &Deployment) -> eyre::Result<u64> {
    let request = alloy::rpc::types::TransactionRequest::default().to(DEPLOYER).input(plan.call_data.clone().into());
    provider.estimate_gas(request).await.wrap_err("estimating the deployment's gas")
}

#[derive(Debug, Serialize)]
struct DeployReport {
    address: Address,
    terms_hash: B256,
    salt: B256,
    terms: Vec<String>,
    notes: Vec<String>,
    chain_id: Option<u64>,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Outcome {
    OfflineDryRun,
    DryRun { gas: u64 },
    AlreadyDeployed,
    Deployed { sent: Sent },
}

impl DeployReport {
    /// What would stand where, by which terms.
    fn plan(&self) -> String {
        let mut lines = vec![
            format!("vault   {}", self.address),
            format!("terms   {}", self.terms_hash),
            format!("salt    {}", self.salt),
        ];
        lines.extend(self.terms.iter().map(|line| format!("  {line}")));
        lines.extend(self.notes.iter().map(|note| format!("note: {note}")));
        lines.join("\n")
    }
}

impl Report for DeployReport {
    fn text(&self) -> String {
        let plan = self.plan();
        match &self.outcome {
            Outcome::OfflineDryRun => {
                format!("{plan}\ndry run without a chain: nothing was sent, and the tokens' code was not looked at")
            }
            Outcome::DryRun { gas } => format!("{plan}\ndry run: nothing was sent; deploying needs about {gas} gas"),
            Outcome::AlreadyDeployed => format!("{plan}\nthis vault stands there already, and its terms are these"),
            // The plan was shown before.
            Outcome::Deployed { sent } => {
                format!("{}\nvault {} is deployed, and verified: it states these terms", sent.text(), self.address)
            }
        }
    }
}
