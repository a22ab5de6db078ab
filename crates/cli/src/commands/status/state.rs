//! What status shows, read at one block.

use alloy::{
    eips::BlockId,
    network::Ethereum,
    primitives::{Address, U256},
    providers::{DynProvider, Provider},
};
use eyre::WrapErr;
use lifeboat_bindings::{
    test_token::TestToken::TestTokenInstance,
    vault::{Book, Commitment, Liveness, Recovery, Timeline, Vault::VaultInstance},
};

use crate::{
    asset::Asset,
    chain::{Chain, Head},
};

/// Everything that status shows, as read.
pub(super) struct State {
    pub(super) head: Head,
    pub(super) phase: u8,
    pub(super) timeline: Timeline,
    pub(super) liveness: Liveness,
    pub(super) gas_tank: Address,
    pub(super) tank: U256,
    pub(super) assets: Vec<AssetState>,
}

pub(super) struct AssetState {
    pub(super) asset: Asset,
    pub(super) balance: U256,
    pub(super) reserve: U256,
    pub(super) book: Book,
    pub(super) newest: Option<Commitment>,
    pub(super) counting: Option<Commitment>,
    pub(super) recovery: Recovery,
}

/// Reads a vault at one block.
pub(super) async fn read(chain: &Chain, vault: Address, head: Head) -> eyre::Result<State> {
    let at = head.id();
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
        gas_tank,
        tank: chain.provider.get_balance(gas_tank).block_id(at).await?,
        assets,
    })
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
