//! `lifeboat deploy`: terms in, vault out, at the address that code and terms lead to.
//!
//! The vault creates its satellites from blueprints, which are deployed first where they are missing: once a chain, for
//! all vaults of this version. Whatever stands already is left alone, so a deployment that was interrupted goes on where it stopped.

use std::path::PathBuf;

use alloy::{
    primitives::{Address, B256, U256},
    providers::{DynProvider, Provider},
    rpc::types::{
        TransactionRequest,
        state::{AccountOverride, StateOverride},
    },
};
use eyre::WrapErr;
use lifeboat_bindings::{
    create2::{self, BLUEPRINTS, Blueprint, DEPLOYER, Deployment},
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
    send::{self, Call, MOST_GAS, Sent},
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
    for blueprint in missing(&sender.provider).await? {
        let prepared = send::prepare(sender, &deployment_call(&blueprint.deployment)).await?;
        send::execute(sender, prepared)
            .await
            .wrap_err_with(|| format!("deploying the {}'s blueprint", blueprint.name))?;
    }
    let sent = if is_deployed(&sender.provider, plan.address).await? {
        None
    } else {
        let prepared = send::prepare(sender, &deployment_call(&plan)).await?;
        require_affordable(prepared.gas)?;
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

/// The blueprints that are not on this chain yet.
async fn missing(provider: &DynProvider) -> eyre::Result<Vec<Blueprint>> {
    let mut missing = Vec::new();
    for blueprint in create2::plan_blueprints() {
        if !is_deployed(provider, blueprint.deployment.address).await? {
            missing.push(blueprint);
        }
    }
    Ok(missing)
}

/// A vault is deployed whole, by one transaction.
fn require_affordable(gas: u64) -> Result<(), Failure> {
    if gas <= MOST_GAS {
        return Ok(());
    }
    Err(Failure::new(
        "DEPLOY_GAS",
        format!("deploying the vault needs {gas} gas, and one transaction may have {MOST_GAS}"),
        "list fewer assets or name fewer members, and deploy again",
    ))
}

pub(crate) async fn is_deployed(provider: &DynProvider, address: Address) -> eyre::Result<bool> {
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

pub(crate) fn deployment_call(plan: &Deployment) -> Call {
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
        blueprints: create2::plan_blueprints().map(Placed::unknown),
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
    let missing = missing(&chain.provider).await?;
    report.found(&missing);
    if is_deployed(&chain.provider, plan.address).await? {
        verify_deployed(&chain.provider, plan.address, &file.terms).await?;
        report.outcome = Outcome::AlreadyDeployed;
    } else if args.dry_run {
        let gas = estimate(&chain.provider, &plan, &missing).await?;
        require_affordable(gas)?;
        let blueprints_gas = estimate_blueprints(&chain.provider, &missing).await?;
        report.outcome = Outcome::DryRun { gas, blueprints_gas };
    } else {
        require_affordable(estimate(&chain.provider, &plan, &missing).await?)?;
        let sender = chain.sender(&args.key.load()?).await?;
        for blueprint in missing {
            let address = blueprint.deployment.address;
            let question = format!("deploy the {}'s blueprint at {address} on chain {}", blueprint.name, chain.id);
            let sent = send::send(terminal, &sender, &question, &deployment_call(&blueprint.deployment)).await?;
            report.placed(address, sent);
        }
        let question = format!("{}\ndeploy this vault on chain {}", report.plan(), chain.id);
        let sent = send::send(terminal, &sender, &question, &deployment_call(&plan)).await?;
        verify_deployed(&chain.provider, plan.address, &file.terms).await?;
        report.outcome = Outcome::Deployed { sent };
    }
    terminal.report(&report)
}

/// Gas of the vault's deployment, sent by anybody, as if the missing blueprints were there.
async fn estimate(provider: &DynProvider, plan: &Deployment, missing: &[Blueprint]) -> eyre::Result<u64> {
    let call = provider.estimate_gas(request(plan));
    if missing.is_empty() {
        return call.await.wrap_err("estimating the deployment's gas");
    }
    let mut there = StateOverride::default();
    for blueprint in missing {
        let code = AccountOverride::default().with_code(blueprint.stored.clone());
        there.insert(blueprint.deployment.address, code);
    }
    call.overrides(there).await.wrap_err("estimating the deployment's gas")
}

async fn estimate_blueprints(provider: &DynProvider, missing: &[Blueprint]) -> eyre::Result<u64> {
    let mut gas = 0;
    for blueprint in missing {
        gas += provider.estimate_gas(request(&blueprint.deployment)).await.wrap_err("estimating a blueprint's gas")?;
    }
    Ok(gas)
}

fn request(plan: &Deployment) -> TransactionRequest {
    TransactionRequest::default().to(DEPLOYER).input(plan.call_data.clone().into())
}

/// A blueprint, and whether it stands.
#[derive(Debug, Serialize)]
struct Placed {
    name: &'static str,
    address: Address,
    /// Absent: not looked at.
    stood_already: Option<bool>,
    /// Its deployment, by this command.
    sent: Option<Sent>,
}

impl Placed {
    fn unknown(blueprint: Blueprint) -> Self {
        Self { name: blueprint.name, address: blueprint.deployment.address, stood_already: None, sent: None }
    }

    fn text(&self) -> String {
        let state = match (self.stood_already, &self.sent) {
            (None, _) => "",
            (Some(true), _) => " (stands already)",
            (Some(false), None) => " (missing: deployed first)",
            (Some(false), Some(_)) => " (deployed)",
        };
        format!("{:<10} blueprint {}{state}", self.name, self.address)
    }
}

#[derive(Debug, Serialize)]
struct DeployReport {
    address: Address,
    terms_hash: B256,
    salt: B256,
    blueprints: [Placed; BLUEPRINTS],
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
    DryRun { gas: u64, blueprints_gas: u64 },
    AlreadyDeployed,
    Deployed { sent: Sent },
}

impl DeployReport {
    fn found(&mut self, missing: &[Blueprint]) {
        for placed in &mut self.blueprints {
            placed.stood_already = Some(missing.iter().all(|blueprint| blueprint.deployment.address != placed.address));
        }
    }

    fn placed(&mut self, address: Address, sent: Sent) {
        if let Some(placed) = self.blueprints.iter_mut().find(|placed| placed.address == address) {
            placed.sent = Some(sent);
        }
    }

    /// What would stand where, by which terms.
    fn plan(&self) -> String {
        let mut lines = vec![
            format!("vault   {}", self.address),
            format!("terms   {}", self.terms_hash),
            format!("salt    {}", self.salt),
        ];
        lines.extend(self.blueprints.iter().map(Placed::text));
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
            Outcome::DryRun { gas, blueprints_gas } => {
                let blueprints = match blueprints_gas {
                    0 => String::new(),
                    gas => format!(", and the missing blueprints {gas}"),
                };
                format!(
                    "{plan}\ndry run: nothing was sent; deploying the vault needs about {gas} gas of at most {MOST_GAS}{blueprints}"
                )
            }
            Outcome::AlreadyDeployed => format!("{plan}\nthis vault stands there already, and its terms are these"),
            // The plan was shown before.
            Outcome::Deployed { sent } => {
                format!("{}\nvault {} is deployed, and verified: it states these terms", sent.text(), self.address)
            }
        }
    }
}
