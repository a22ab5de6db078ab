//! The vault's errors in words: the same ids in contract, CLI and keeper.

use alloy::sol_types::SolInterface;

use crate::vault::Vault::VaultErrors;

/// The id of a revert, with its arguments: `Return_AlreadyClaimed(index: 7)`. `None` if it is no error of the vault.
#[must_use]
pub fn decode(revert_data: &[u8]) -> Option<VaultErrors> {
    VaultErrors::abi_decode(revert_data).ok()
}
