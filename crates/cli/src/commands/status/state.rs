//! What status shows, read at one block.

use alloy::{
    eips::BlockId,
    network::Ethereum,
    primitives::{Address, U256},
    providers::{DynProvider, Provider},
};
use eyre::WrapErr;
use lifeboat_bindings::{
    safeguards_of,
    test_token::TestToken::TestTokenInstance,
    vault::{
        Book, Commitment, Conduct, Excuses, Gate, Liveness, Recovery, Rotation,
        Safeguards::{ReleaseQueued, SafeguardsInstance},
        SignerSet, Timeline,
        Vault::VaultInstance,
    },
};

use crate::{
    asset::Asset,
    chain::{Chain, Head},
    history,
};

/// Everything that status shows, as read.
pub(super) struct State {
    pub(super) head: Head,
    pub(super) phase: u8,
    pub(super) timeline: Timeline,
    pub(super) liveness: Liveness,
    pub(super) excuses: Excuses,
    pub(super) conduct: Conduct,
    /// Unix seconds; zero: there was no freeze.
    pub(super) frozen_until: u64,
    pub(super) signers: SignerSet,
    pub(super) rotation: Rotation,
    /// Numbers of the next rotation and the next announcement.
    pub(super) next: [U256; 2],
    /// Releases that wait, as announced, and when each can be executed; `None`: the node does not give the events.
    pub(super) queue: Option<Vec<ReleaseQueued>>,
    pub(super) gas_tank: Address,
    pub(super) tank: U256,
    pub(super) assets: Vec<AssetState>,
}

pub(super) struct AssetState {
    pub(super) asset: Asset,
    pub(super) balance: U256,
    pub(super) reserve: U256,
    pub(super) book: Book,
    pub(super) gate: Gate,
    pub(super) newest: Option<Commitment>,
    pub(super) counting: Option<Commitment>,
    pub(super) recovery: Recovery,
}

/// Reads a vault at one block.
pub(super) async fn read(chain: &Chain, vault: Address, from_block: u64, head: Head) -> eyre::Result<State> {
    let at = head.id();
    let safeguards = SafeguardsInstance::new(safeguards_of(vault), chain.provider.clone());
    let contract = VaultInstance::new(vault, chain.provider.clone());
    let gas_tank = contract.gasTank().block(at).call().await?;
    let mut assets = Vec::new();
    for asset in contract.assets().block(at).call().await? {
        assets.push(read_asset(&contract, asset, at).await.wrap_err_with(|| format!("reading the books of {asset}"))?);
    }
    Ok(State {
        head,
        phase: contract.phase().block(at).call().await?,
        timeline: contract.timeline().block(at).call().await?,
        liveness: contract.liveness().block(at).call().await?,
        excuses: contract.excuses().block(at).call().await?,
        conduct: contract.conduct().block(at).call().await?,
        frozen_until: contract.frozenUntil().block(at).call().await?.to(),
        signers: contract.signers().block(at).call().await?,
        rotation: safeguards.pendingRotation().block(at).call().await?,
        next: [safeguards.rotations().block(at).call().await?, safeguards.announcements().block(at).call().await?],
        queue: queue(chain, &safeguards, from_block, head).await.ok(),
        gas_tank,
        tank: chain.provider.get_balance(gas_tank).block_id(at).await?,
        assets,
    })
}

/// Releases that were queued and neither executed nor vetoed.
async fn queue(
    chain: &Chain,
    safeguards: &SafeguardsInstance<DynProvider, Ethereum>,
    from_block: u64,
    head: Head,
) -> eyre::Result<Vec<ReleaseQueued>> {
    let mut waiting = Vec::new();
    for queued in history::queued_releases(chain, *safeguards.address(), from_block, head.number).await? {
        if !safeguards.queuedRelease(queued.release).block(head.id()).call().await?.closed {
            waiting.push(queued);
        }
    }
    Ok(waiting)
}

async fn read_asset(
    contract: &VaultInstance<DynProvider, Ethereum>,
    asset: Address,
    at: BlockId,
) -> eyre::Result<AssetState> {
    let vault = *contract.address();
    let provider = contract.provider();
    let book = contract.book(asset).block(at).call().await?;
    let counting = contract.finalEpoch(asset).block(at).call().await?;
    let balance = if asset.is_zero() {
        provider.get_balance(vault).block_id(at).await?
    } else {
        TestTokenInstance::new(asset, provider).balanceOf(vault).block(at).call().await?
    };
    Ok(AssetState {
        asset: Asset::load(provider, asset).await,
        balance,
        reserve: contract.reserve(asset).block(at).call().await?,
        newest: commitment(contract, asset, book.epoch, at).await?,
        counting: commitment(contract, asset, counting, at).await?,
        recovery: contract.recovery(asset).block(at).call().await?,
        gate: contract.gate(asset).block(at).call().await?,
        book,
    })
}

async fn commitment(
    contract: &VaultInstance<DynProvider, Ethereum>,
    asset: Address,
    epoch: u32,
    at: BlockId,
) -> eyre::Result<Option<Commitment>> {
    if epoch == 0 {
        return Ok(None);
    }
    Ok(Some(contract.commitment(asset, epoch).block(at).call().await?))
}
