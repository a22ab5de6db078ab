//! `lifeboat verify`: is this address a vault of this program's code, and what are its terms?
//!
//! CREATE2 makes the address a hash over code, terms and salt, so an equal address proves all three. The code names the blueprints of
//! registry and safeguards, whose addresses are hashes over their code too.

use std::path::PathBuf;

use alloy::{
    primitives::{Address, B256},
    providers::Provider,
    sol_types::private::keccak256,
};
use eyre::WrapErr;
use lifeboat_bindings::{
    create2, registry_of, safeguards_of,
    vault::{Terms, Vault::VaultInstance},
};
use serde::Serialize;

use crate::{
    asset::parse_address,
    chain::{Chain, ChainArgs, HistoryArgs},
    failure::{Failure, explain},
    history::{self, Creation},
    output::{Report, Terminal},
    terms,
};

/// Why a deployment's transaction does not show the salt.
const INDIRECT: &str = "another contract called the canonical deployer";

/// Arguments of `lifeboat verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vault.
    #[arg(value_parser = parse_address)]
    vault: Address,
    /// The terms that it should have; without, the terms are read from the chain and shown.
    #[arg(long, value_name = "FILE")]
    terms: Option<PathBuf>,
    /// Salt of the deployment, if it is not zero and cannot be read from the chain.
    #[arg(long, value_name = "BYTES32")]
    salt: Option<B256>,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    history: HistoryArgs,
}

/// Runs `lifeboat verify`.
///
/// # Errors
/// `VERIFY_ADDRESS`, `VERIFY_TERMS`, `VERIFY_SALT`, `VERIFY_BLUEPRINT`, and those of reading.
pub async fn run(args: Args, terminal: &Terminal) -> eyre::Result<()> {
    let chain = args.chain.connect().await?;
    chain.require_code(args.vault).await?;
    let on_chain = VaultInstance::new(args.vault, &chain.provider).termsHash().call().await;
    let on_chain = on_chain.wrap_err("reading termsHash")?;
    let (expected, salt) = match args.terms {
        Some(path) => {
            let expected = terms::load(&path)?.terms;
            require_terms(&on_chain, &expected)?;
            let salt = match args.salt {
                Some(salt) => salt,
                None => salt(&chain, args.vault, &expected, args.history).await?,
            };
            (expected, salt)
        }
        None => {
            let creation = history::creation(&chain, args.vault, args.history.from_block).await?;
            (creation.terms, args.salt.or(creation.salt).ok_or_else(|| salt_unknown(INDIRECT))?)
        }
    };
    require_terms(&on_chain, &expected)?;
    require_address(args.vault, &expected, salt)?;
    require_blueprints(&chain).await?;
    terminal.report(&VerifyReport {
        vault: args.vault,
        chain_id: chain.id,
        terms_hash: create2::terms_hash(&expected),
        code_hash: keccak256(create2::vault_creation_code(&expected)),
        salt,
        registry: registry_of(args.vault),
        safeguards: safeguards_of(args.vault),
        terms: terms::in_words(&expected),
    })
}

/// What registry and safeguards were created from. CREATE2 proves it, unless the chain does not keep its own rules.
async fn require_blueprints(chain: &Chain) -> eyre::Result<()> {
    for blueprint in create2::plan_blueprints() {
        let address = blueprint.deployment.address;
        let code = chain.provider.get_code_at(address).await.wrap_err("reading a blueprint's code")?;
        if code != blueprint.stored {
            return Failure::report(
                "VERIFY_BLUEPRINT",
                format!("the {}'s blueprint at {address} is not this program's code", blueprint.name),
                "do not trust this chain or node: the address can hold no other code by the rules of the EVM",
            );
        }
    }
    Ok(())
}

/// The salt of a vault whose terms are at hand: zero, which `deploy` takes by default, or what the deployment's transaction says.
async fn salt(chain: &Chain, vault: Address, terms: &Terms, history: HistoryArgs) -> eyre::Result<B256> {
    if create2::plan_vault(B256::ZERO, terms).address == vault {
        return Ok(B256::ZERO);
    }
    let why = match history::creation(chain, vault, history.from_block).await {
        Ok(Creation { salt: Some(salt), .. }) => return Ok(salt),
        Ok(_) => INDIRECT.to_owned(),
        Err(error) => explain(&error).failure.what,
    };
    Err(salt_unknown(&format!("it is not zero, and cannot be read from the chain: {why}")).into())
}

fn salt_unknown(why: &str) -> Failure {
    Failure::new(
        "VERIFY_SALT",
        format!("the vault's salt is not known: {why}"),
        "ask the service for the salt and give it with --salt; --from-block helps a node that refuses long searches",
    )
}

fn require_terms(on_chain: &B256, expected: &Terms) -> Result<(), Failure> {
    let hash = create2::terms_hash(expected);
    if *on_chain == hash {
        return Ok(());
    }
    Err(Failure::new(
        "VERIFY_TERMS",
        format!("the contract states terms {on_chain}, these terms are {hash}"),
        "do not trust this address with these terms: ask the service for the right file, or verify without --terms to see the vault's",
    ))
}

fn require_address(vault: Address, expected: &Terms, salt: B256) -> Result<(), Failure> {
    let predicted = create2::plan_vault(salt, expected).address;
    if predicted == vault {
        return Ok(());
    }
    Err(Failure::new(
        "VERIFY_ADDRESS",
        format!("this program's code with these terms and salt {salt} stands at {predicted}, not at {vault}"),
        "check the salt (--salt) and the version of this program; if both are right, the contract is not this code",
    ))
}

#[derive(Debug, Serialize)]
struct VerifyReport {
    vault: Address,
    chain_id: u64,
    terms_hash: B256,
    code_hash: B256,
    salt: B256,
    registry: Address,
    safeguards: Address,
    terms: Vec<String>,
}

impl Report for VerifyReport {
    fn text(&self) -> String {
        let mut lines =
            vec![format!("{} on chain {} is a vault of this code with these terms:", self.vault, self.chain_id)];
        lines.extend(self.terms.iter().map(|line| format!("  {line}")));
        lines.push(format!("terms hash {}", self.terms_hash));
        lines.push(format!("registry {}, safeguards {}", self.registry, self.safeguards));
        lines.push(format!("creation code hash, terms included {}, salt {}", self.code_hash, self.salt));
        lines.join("\n")
    }
}
