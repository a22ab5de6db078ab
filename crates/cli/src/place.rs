//! Where a command acts, and as whom: the arguments that commands at a vault share.

use alloy::primitives::Address;

use crate::{
    asset::{parse_address, parse_asset},
    chain::{Chain, ChainArgs, Sender},
    keys::KeyArgs,
};

/// A vault, a node of its chain, and the key that sends.
#[derive(Debug, clap::Args)]
pub struct PlaceArgs {
    /// The vault.
    #[arg(value_parser = parse_address)]
    pub vault: Address,
    /// Its chain.
    #[command(flatten)]
    pub chain: ChainArgs,
    /// Who sends.
    #[command(flatten)]
    pub key: KeyArgs,
}

/// An asset of a vault.
#[derive(Debug, clap::Args)]
pub struct AssetPlaceArgs {
    /// The vault, and who sends.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// ETH, or the token's address.
    #[arg(long, value_parser = parse_asset)]
    pub asset: Address,
}

impl PlaceArgs {
    /// Connects to a chain on which the vault stands.
    ///
    /// # Errors
    /// As [`ChainArgs::connect`]; `VAULT_NOT_FOUND`.
    pub async fn connect(&self) -> eyre::Result<Chain> {
        let chain = self.chain.connect().await?;
        chain.require_code(self.vault).await?;
        Ok(chain)
    }

    /// The same, with who sends.
    ///
    /// # Errors
    /// As [`PlaceArgs::connect`]; those of the key.
    pub async fn connect_as_sender(&self) -> eyre::Result<(Chain, Sender)> {
        let chain = self.connect().await?;
        let sender = chain.sender(&self.key.load()?).await?;
        Ok((chain, sender))
    }
}
