//! Bundles as the commands use them: opened, bound to the right vault, a leaf found.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, Bytes};
use eyre::WrapErr;
use lifeboat_bindings::vault::Vault::VaultInstance;
use lifeboat_ledger::{Leaf, bundle::Bundle};

use crate::{asset::Asset, chain::Chain, failure::Failure};

/// Where the ledger's published data is.
#[derive(Clone, Debug, clap::Args)]
pub struct BundleArgs {
    /// Directory of the bundle: `manifest.json`, `top.bin`, `words/`, `lookup/`.
    #[arg(long = "bundle", value_name = "DIR")]
    pub directory: PathBuf,
}

/// An account's line in a ledger, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its position, for ever.
    pub index: u32,
    /// What is owed.
    pub leaf: Leaf,
    /// Siblings upwards, 48 bytes each.
    pub proof: Bytes,
}

impl BundleArgs {
    /// Opens the bundle.
    ///
    /// # Errors
    /// Those of the ledger library.
    pub fn open(&self) -> eyre::Result<Bundle> {
        open(&self.directory)
    }
}

/// Opens a bundle.
///
/// # Errors
/// Those of the ledger library.
pub fn open(directory: &Path) -> eyre::Result<Bundle> {
    Bundle::open(directory).wrap_err_with(|| format!("opening the bundle {}", directory.display()))
}

/// The bundle's asset, named as its publisher names it: for off-line use, where no token can be asked.
#[must_use]
pub fn asset_of(bundle: &Bundle) -> Asset {
    let manifest = bundle.manifest();
    Asset::published(manifest.asset, &manifest.symbol, manifest.decimals)
}

/// The line of an account.
///
/// # Errors
/// `LEDGER_NOT_LISTED`, and those of the ledger library.
pub fn find(bundle: &Bundle, account: Address) -> eyre::Result<Proven> {
    let found = bundle.find(account).wrap_err_with(|| format!("looking up {account}"))?;
    let Some((index, leaf)) = found else {
        return Failure::report(
            "LEDGER_NOT_LISTED",
            format!("{account} is not in this ledger"),
            "check the address; money deposited lately may be pending instead (`lifeboat status`)",
        );
    };
    let (_, proof) = bundle.proof(index).wrap_err_with(|| format!("proving leaf {index}"))?;
    Ok(Proven { index, leaf, proof: proof.into() })
}

/// The epoch as which exactly this bundle was posted: the one that is asked for, or the asset's newest.
///
/// # Errors
/// `ATTEST_DIFFERENT`; those of the chain.
pub async fn require_posted(chain: &Chain, bundle: &Bundle, epoch: Option<u32>) -> eyre::Result<u32> {
    let manifest = bundle.manifest();
    let contract = VaultInstance::new(manifest.vault, &chain.provider);
    let newest = contract.book(manifest.asset).call().await.wrap_err("reading the newest epoch")?.epoch;
    let epoch = epoch.unwrap_or(newest);
    let posted = contract.commitment(manifest.asset, epoch).call().await;
    let posted = posted.wrap_err_with(|| format!("reading the commitment of epoch {epoch}"))?;
    if (posted.root, posted.dataHash) != (manifest.root, manifest.data_hash()) {
        return Failure::report(
            "ATTEST_DIFFERENT",
            format!("the bundle is not the data of epoch {epoch}: root or data hash differ"),
            "fetch the bundle of this epoch; if there is none, do not attest",
        );
    }
    Ok(epoch)
}

/// Refuses a bundle that is not of the ledger by which its asset is returned. As long as nobody has fixed one, every bundle is refused.
///
/// # Errors
/// `LEDGER_OTHER_EPOCH`; those of the chain.
pub async fn require_counting(chain: &Chain, bundle: &Bundle) -> eyre::Result<()> {
    let manifest = bundle.manifest();
    let contract = VaultInstance::new(manifest.vault, &chain.provider);
    let recovery = contract.recovery(manifest.asset).call().await.wrap_err("reading the recovery")?;
    if recovery.root == manifest.root {
        return Ok(());
    }
    Failure::report(
        "LEDGER_OTHER_EPOCH",
        format!(
            "the commitment that counts is epoch {} with root {}, the bundle's root is {}",
            recovery.epoch, recovery.root, manifest.root
        ),
        format!("fetch the bundle of epoch {}", recovery.epoch),
    )
}

/// Refuses a bundle of another vault or chain.
///
/// # Errors
/// `LEDGER_OTHER_VAULT`.
pub fn require_vault(bundle: &Bundle, chain: &Chain, vault: Address) -> Result<(), Failure> {
    let manifest = bundle.manifest();
    if (manifest.chain_id, manifest.vault) == (chain.id, vault) {
        return Ok(());
    }
    Err(Failure::new(
        "LEDGER_OTHER_VAULT",
        format!(
            "the bundle is of vault {} on chain {}, not of {vault} on chain {}",
            manifest.vault, manifest.chain_id, chain.id
        ),
        "use this vault's bundle, and an RPC URL of its chain",
    ))
}
