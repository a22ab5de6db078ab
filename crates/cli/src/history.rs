//! The vault's past: its terms and rounds, read from its events and checked against its state.

use std::collections::BTreeSet;

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    providers::{DynProvider, Provider},
    rpc::types::{Filter, Log},
    sol_types::{SolEvent, SolValue},
};
use eyre::WrapErr;
use lifeboat_bindings::{
    create2::{self, DEPLOYER},
    safeguards_of,
    vault::{
        Round,
        Safeguards::{ReleaseQueued, RotationAnnounced},
        SignerSet, Terms,
        Vault::{Claimed, PaidOut, RoundOpened, VaultCreated, VaultInstance},
    },
};

use crate::{chain::Chain, entitlement::CELL_LEAVES, failure::Failure};

/// A node that refuses even this many blocks refuses for another reason.
const SMALLEST_RANGE: u64 = 100;
/// Bits of a cell below the sum of its single claims that are not tallied.
const UNTALLIED_BITS: usize = 128;

/// How the vault began.
#[derive(Clone, Debug)]
pub struct Creation {
    /// Its terms, matching `termsHash()`.
    pub terms: Terms,
    /// The gas tank.
    pub gas_tank: Address,
    /// Block of the deployment.
    pub block: u64,
    /// Salt with which the canonical deployer was called; `None` if another contract called it.
    pub salt: Option<B256>,
}

/// Reads the vault's terms from `VaultCreated` and checks them against `termsHash()`.
///
/// # Errors
/// `VAULT_NOT_FOUND`, `VAULT_HISTORY_MISSING`, `VAULT_TERMS_MISMATCH`.
pub async fn creation(chain: &Chain, vault: Address, from_block: u64) -> eyre::Result<Creation> {
    chain.require_code(vault).await?;
    let filter = Filter::new().address(vault).event_signature(VaultCreated::SIGNATURE_HASH);
    let logs = logs(&chain.provider, &filter, from_block, None).await.wrap_err("searching the vault's first event")?;
    let Some(log) = logs.first() else {
        return Failure::report(
            "VAULT_HISTORY_MISSING",
            format!("no VaultCreated event of {vault} since block {from_block}"),
            "check the address; give --from-block at or before the deployment; or use --terms where offered",
        );
    };
    let created = VaultCreated::decode_log(&log.inner).wrap_err("decoding VaultCreated")?;
    let on_chain = VaultInstance::new(vault, &chain.provider).termsHash().call().await.wrap_err("reading termsHash")?;
    if create2::terms_hash(&created.terms) != on_chain {
        return Failure::report(
            "VAULT_TERMS_MISMATCH",
            format!("the terms in the event do not have the hash {on_chain} that the contract states"),
            "do not use this contract: it is not a vault of this version",
        );
    }
    Ok(Creation {
        terms: created.terms.clone(),
        gas_tank: created.gasTank,
        block: log.block_number.unwrap_or_default(),
        salt: salt(&chain.provider, log).await?,
    })
}

/// The salt stands in the first 32 bytes of the call to the canonical deployer.
async fn salt(provider: &DynProvider, log: &Log) -> eyre::Result<Option<B256>> {
    use alloy::consensus::Transaction;
    let Some(hash) = log.transaction_hash else { return Ok(None) };
    let transaction = provider.get_transaction_by_hash(hash).await.wrap_err("reading the deployment")?;
    Ok(transaction
        .filter(|transaction| transaction.to() == Some(DEPLOYER))
        .and_then(|transaction| transaction.input().get(..32).map(B256::from_slice)))
}

/// All open rounds of an asset with their ratios, each checked against the key that the vault stores.
///
/// # Errors
/// `VAULT_ROUND_UNREADABLE` if an event is missing or does not fit.
pub async fn rounds(chain: &Chain, vault: Address, asset: Address, from_block: u64) -> eyre::Result<Vec<Round>> {
    let contract = VaultInstance::new(vault, &chain.provider);
    let recovery = contract.recovery(asset).call().await.wrap_err("reading the recovery")?;
    if recovery.rounds == 0 {
        return Ok(Vec::new());
    }
    let filter = Filter::new().address(vault).event_signature(RoundOpened::SIGNATURE_HASH).topic1(asset.into_word());
    let logs = logs(&chain.provider, &filter, from_block, None).await.wrap_err("searching the rounds")?;
    let mut rounds = Vec::with_capacity(recovery.rounds as usize);
    for id in 0..recovery.rounds {
        let key = contract.roundKey(asset, id).call().await?;
        let round = logs
            .iter()
            .filter_map(|log| as_round(log, id))
            .find(|round| round_key(recovery.root, recovery.total, round) == key);
        let Some(round) = round else {
            return Failure::report(
                "VAULT_ROUND_UNREADABLE",
                format!("round {id} is open, and no event since block {from_block} gives its ratio"),
                "give --from-block at or before the vault's deployment, or use another node",
            );
        };
        rounds.push(round);
    }
    Ok(rounds)
}

fn as_round(log: &Log, id: u32) -> Option<Round> {
    let opened = RoundOpened::decode_log(&log.inner).ok()?;
    (opened.round == U256::from(id)).then_some(())?;
    Some(Round { id, numerator: opened.numerator.try_into().ok()?, denominator: opened.denominator.try_into().ok()? })
}

/// What the vault stores of a round (`roundKey`).
#[must_use]
pub fn round_key(root: B256, total: u128, round: &Round) -> B256 {
    keccak256((root, U256::from(total), U256::from(round.numerator), U256::from(round.denominator)).abi_encode())
}

/// The signers of the last rotation with their thresholds; `None`: those of the terms sign.
///
/// # Errors
/// `VAULT_SIGNERS_UNREADABLE` if no event names the signers in force.
pub async fn rotated_signers(
    chain: &Chain,
    vault: Address,
    terms: &Terms,
    from_block: u64,
) -> eyre::Result<Option<(Vec<B256>, SignerSet)>> {
    let set = VaultInstance::new(vault, &chain.provider).signers().call().await.wrap_err("reading the signers")?;
    let is_of_terms = set.membersHash == members_hash(&terms.signers)
        && (set.threshold, set.coldThreshold) == (terms.signerThreshold, terms.coldThreshold);
    if is_of_terms {
        return Ok(None);
    }
    let filter = Filter::new().address(safeguards_of(vault)).event_signature(RotationAnnounced::SIGNATURE_HASH);
    let logs = logs(&chain.provider, &filter, from_block, None).await.wrap_err("searching the rotations")?;
    let announced = logs.iter().filter_map(|log| RotationAnnounced::decode_log(&log.inner).ok());
    let mut named = announced.map(|rotation| rotation.data.signers);
    match named.find(|signers| members_hash(signers) == set.membersHash) {
        Some(signers) => Ok(Some((signers, set))),
        None => Failure::report(
            "VAULT_SIGNERS_UNREADABLE",
            format!("the signers were exchanged, and no event since block {from_block} names those in force"),
            "give --from-block at or before the vault's deployment, or use another node",
        ),
    }
}

/// All releases that were ever queued, oldest first.
///
/// # Errors
/// If the node does not answer.
pub async fn queued_releases(
    chain: &Chain,
    safeguards: Address,
    from_block: u64,
    to_block: u64,
) -> eyre::Result<Vec<ReleaseQueued>> {
    let filter = Filter::new().address(safeguards).event_signature(ReleaseQueued::SIGNATURE_HASH);
    let logs =
        logs(&chain.provider, &filter, from_block, Some(to_block)).await.wrap_err("searching queued releases")?;
    let decoded = logs.iter().map(|log| ReleaseQueued::decode_log(&log.inner).map(|log| log.data));
    decoded.collect::<Result<_, _>>().wrap_err("decoding ReleaseQueued")
}

/// As the vault knows a quorum's members.
fn members_hash(ids: &[B256]) -> B256 {
    keccak256(ids.iter().flat_map(|id| id.0).collect::<Vec<u8>>())
}

/// The accounts that had a payout up to a block.
///
/// # Errors
/// If the node does not answer.
pub async fn paid_accounts(
    chain: &Chain,
    vault: Address,
    asset: Address,
    from_block: u64,
    to_block: u64,
) -> eyre::Result<BTreeSet<Address>> {
    let filter = Filter::new().address(vault).event_signature(PaidOut::SIGNATURE_HASH).topic2(asset.into_word());
    let logs = logs(&chain.provider, &filter, from_block, Some(to_block)).await.wrap_err("searching the payouts")?;
    let account = |log: &Log| PaidOut::decode_log(&log.inner).map(|paid| paid.account);
    logs.iter().map(account).collect::<Result<_, _>>().wrap_err("decoding PaidOut")
}

/// The cells of a round that hold single claims which are not tallied yet, ascending.
///
/// # Errors
/// If the node does not answer.
pub async fn untallied_cells(
    chain: &Chain,
    vault: Address,
    asset: Address,
    round: u32,
    from_block: u64,
) -> eyre::Result<Vec<u32>> {
    let filter = Filter::new().address(vault).event_signature(Claimed::SIGNATURE_HASH);
    let logs = logs(&chain.provider, &filter, from_block, None).await.wrap_err("searching the claims")?;
    let mut cells = BTreeSet::new();
    for log in logs {
        let claimed = Claimed::decode_log(&log.inner).wrap_err("decoding Claimed")?;
        // position = round << 32 | index
        let position: u64 = claimed.position.saturating_to();
        if claimed.asset == asset && position >> 32 == u64::from(round) {
            cells.insert(position as u32 / CELL_LEAVES);
        }
    }
    let contract = VaultInstance::new(vault, &chain.provider);
    let mut untallied = Vec::new();
    for cell in cells {
        let packed = contract.cell(asset, round, cell).call().await.wrap_err("reading a cell")?;
        if packed >> UNTALLIED_BITS != U256::ZERO {
            untallied.push(cell);
        }
    }
    Ok(untallied)
}

/// All logs since `from_block`, up to the newest block unless told. A node that refuses the whole range is asked for halves of it.
async fn logs(
    provider: &DynProvider,
    filter: &Filter,
    from_block: u64,
    to_block: Option<u64>,
) -> eyre::Result<Vec<Log>> {
    let to_block = match to_block {
        Some(block) => block,
        None => provider.get_block_number().await?,
    };
    let mut found = Vec::new();
    let mut ranges = vec![(from_block, to_block)];
    while let Some((from, to)) = ranges.pop() {
        if from > to {
            continue;
        }
        match provider.get_logs(&filter.clone().from_block(from).to_block(to)).await {
            Ok(logs) => found.extend(logs),
            Err(error) if to - from < SMALLEST_RANGE || error.as_error_resp().is_none() => return Err(error.into()),
            Err(_) => {
                let middle = from + (to - from) / 2;
                ranges.push((middle + 1, to));
                ranges.push((from, middle));
            }
        }
    }
    Ok(found)
}
