//! The stage of a drill: the chain, the vault on it, the drill's books, and how its people act.

use std::{collections::HashMap, path::PathBuf};

use alloy::{
    primitives::{Address, U256},
    providers::DynProvider,
    signers::local::PrivateKeySigner,
};
use eyre::{Context, OptionExt, Result};
use lifeboat_bindings::vault::{Terms, Vault::VaultInstance};
use lifeboat_devchain::{DevChain, Miner};
use lifeboat_ledger::{Leaf, SumTree};

use super::{
    books::Books, cast::Cast, check::Violation, clock::until, population::Row, progress::Progress, report::Moment,
};
use crate::{
    chain::Sender,
    message::{Message, MessageFile, Roles},
    send::{self, Call, Sent},
};

/// Signatures of a drill are good for longer than it lasts, in Unix seconds: 2100-01-01.
pub(super) const DEADLINE: u64 = 4_102_444_800;

/// The chain and who plays on it.
pub(super) struct World {
    pub(super) node: DevChain,
    pub(super) miner: Miner,
    pub(super) chain_id: u64,
    pub(super) cast: Cast,
    /// Bundles, configuration, logs and journal.
    pub(super) directory: PathBuf,
    pub(super) progress: Progress,
}

/// A world with a vault in it.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) vault: Address,
    pub(super) terms: Terms,
    pub(super) lens: Address,
    /// Block of the vault's deployment.
    pub(super) deploy_block: u64,
    pub(super) desks: Vec<Desk>,
    /// Contract accounts that refuse ETH, in the order of their owners.
    pub(super) refusers: Vec<Address>,
    pub(super) timeline: Vec<Moment>,
    /// Faults found on the way.
    pub(super) violations: Vec<Violation>,
    /// ETH in the tank for pushers, in wei.
    pub(super) tank: u128,
    signers_nonce: u64,
}

/// Everything about one asset.
pub(super) struct Desk {
    pub(super) books: Books,
    /// What a drill user has at stake, in base units.
    pub(super) stake: u128,
    /// Whether a part of the reserve is in the hot wallet when the service dies.
    pub(super) short: bool,
    /// What the service owes now, by index: its own ledger.
    pub(super) ledger: Vec<Leaf>,
    /// Trees of the posted commitments: epoch 1 first.
    pub(super) trees: Vec<SumTree>,
    indices: HashMap<Address, u32>,
}

impl Desk {
    pub(super) fn new(books: Books, stake: u128, short: bool, rows: impl IntoIterator<Item = Row>) -> Self {
        let mut desk = Self { books, stake, short, ledger: Vec::new(), trees: Vec::new(), indices: HashMap::new() };
        for (account, amount) in rows {
            desk.credit(account, amount);
        }
        desk
    }

    /// The service owes an account more. An account keeps its index for ever.
    pub(super) fn credit(&mut self, account: Address, amount: u128) {
        let next = u32::try_from(self.ledger.len()).expect("a ledger has less than 2^32 lines");
        let index = *self.indices.entry(account).or_insert(next);
        if index == next {
            self.ledger.push(Leaf { account, balance: 0, paid: 0 });
        }
        self.ledger[index as usize].balance += amount;
    }

    /// The service paid an account through the vault.
    pub(super) fn debit(&mut self, account: Address, amount: u128) -> Result<()> {
        let index = self.index(account)?;
        let leaf = &mut self.ledger[index as usize];
        leaf.balance -= amount;
        leaf.paid += amount;
        Ok(())
    }

    pub(super) fn index(&self, account: Address) -> Result<u32> {
        self.indices.get(&account).copied().ok_or_eyre(format!("DRILL_SCRIPT: {account} is not in the ledger"))
    }

    /// The commitment that counts, with an account's index, leaf and proof.
    pub(super) fn proof_in(&self, epoch: usize, account: Address) -> Result<(u32, Leaf, Vec<u8>)> {
        let tree = self.trees.get(epoch - 1).ok_or_eyre("DRILL_SCRIPT: no such epoch")?;
        let index = self.index(account)?;
        let leaf = *tree.leaves().get(index as usize).ok_or_eyre("DRILL_SCRIPT: the account came later")?;
        Ok((index, leaf, tree.proof(index).ok_or_eyre("DRILL_SCRIPT: no proof")?))
    }

    pub(super) fn is_eth(&self) -> bool {
        self.books.asset.is_zero()
    }
}

impl World {
    /// Sends a call as one of the cast and waits for its block.
    pub(super) async fn send_as(&self, key: &PrivateKeySigner, call: &Call) -> Result<Sent> {
        let sender = self.sender(key);
        let prepared = send::prepare(&sender, call).await?;
        send::execute(&sender, prepared).await
    }

    pub(super) fn sender(&self, key: &PrivateKeySigner) -> Sender {
        Sender { provider: self.node.provider_for(key), address: key.address() }
    }

    /// Where the bundles are.
    pub(super) fn bundles(&self) -> PathBuf {
        self.directory.join("bundles")
    }

    pub(super) fn provider(&self) -> &DynProvider {
        self.node.provider()
    }
}

impl Stage {
    pub(super) fn new(world: World, vault: Address, terms: Terms, lens: Address, deploy_block: u64) -> Self {
        Self {
            world,
            vault,
            terms,
            lens,
            deploy_block,
            desks: Vec::new(),
            refusers: Vec::new(),
            timeline: Vec::new(),
            violations: Vec::new(),
            tank: 0,
            signers_nonce: 0,
        }
    }

    pub(super) fn contract(&self) -> VaultInstance<DynProvider> {
        VaultInstance::new(self.vault, self.world.provider().clone())
    }

    /// Notes what happened, at the chain's time.
    pub(super) async fn note(&mut self, what: impl Into<String>) {
        let at = self.world.miner.now().await;
        self.timeline.push(Moment { at, what: what.into() });
    }

    /// Sends a call as a user, and books the gas that it cost them.
    pub(super) async fn act(&mut self, key: &PrivateKeySigner, call: &Call) -> Result<Sent> {
        let sent = self.world.send_as(key, call).await?;
        if let Some(eth) = self.desks.iter_mut().find(|desk| desk.is_eth()) {
            eth.books.spent(key.address(), sent.fee);
        }
        Ok(sent)
    }

    /// Has roles sign a message off line; the service then brings it to the vault.
    pub(super) async fn act_signed(&self, message: Message, keys: &[&PrivateKeySigner]) -> Result<Sent> {
        let mut file = MessageFile::new(self.world.chain_id, self.vault, message);
        for key in keys {
            file.sign(key)?;
        }
        let call = file.call_by_roles(&Roles::from(&self.terms))?;
        self.world.send_as(&self.world.cast.service, &call).await
    }

    pub(super) fn next_nonce(&mut self) -> U256 {
        self.signers_nonce += 1;
        U256::from(self.signers_nonce)
    }

    /// Moves the chain's time to at least `time` (Unix seconds).
    pub(super) async fn advance_to(&self, time: u64) -> Result<()> {
        Ok(self.world.miner.advance_to(time).await?)
    }

    /// Waits until the vault shows something.
    pub(super) async fn until_vault<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut(&VaultInstance<DynProvider>) -> Result<Option<T>>,
    ) -> Result<T> {
        let contract = self.contract();
        until(what, async || look(&contract).await.wrap_err_with(|| format!("waiting for this: {what}"))).await
    }
}
