//! Sending a transaction: tried on the newest state first, shown, confirmed, sent, and waited for.

use std::time::Duration;

use alloy::{
    primitives::{Address, B256, Bytes, TxHash, TxKind, U256},
    providers::{PendingTransactionError, Provider, WatchTxError},
    rpc::types::TransactionRequest,
    sol_types::SolCall,
};
use eyre::WrapErr;
use serde::Serialize;

use crate::{
    amount::Amount,
    asset::Asset,
    chain::Sender,
    failure::{Failure, explain},
    output::Terminal,
};

/// How long to wait for a receipt.
const PATIENCE: Duration = Duration::from_secs(180);
/// Most gas of one transaction (EIP-7825).
pub const MOST_GAS: u64 = 1 << 24;

/// One call of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract.
    pub to: Address,
    /// Wei sent along.
    pub value: U256,
    /// Call data.
    pub input: Bytes,
}

impl Call {
    /// A call that sends no ETH.
    pub fn new(to: Address, call: &impl SolCall) -> Self {
        Self { to, value: U256::ZERO, input: call.abi_encode().into() }
    }

    /// The same call with ETH.
    #[must_use]
    pub fn with_value(self, value: U256) -> Self {
        Self { value, ..self }
    }
}

/// A call that would succeed now, with its cost.
#[derive(Clone, Debug)]
pub struct Prepared {
    request: TransactionRequest,
    /// Gas by the node's estimate.
    pub gas: u64,
    /// Gas limit x highest gas price, wei.
    pub most_fee: U256,
}

/// A transaction that was mined and succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Transaction hash.
    pub hash: TxHash,
    /// Block that holds it.
    pub block: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Wei paid for the gas.
    #[serde(serialize_with = "as_text")]
    pub fee: u128,
}

fn as_text<S: serde::Serializer>(wei: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(wei)
}

impl Sent {
    /// `sent: 0x..., block 7, 52000 gas, 0.00005 ETH`.
    #[must_use]
    pub fn text(&self) -> String {
        let fee = Amount { base: U256::from(self.fee), asset: &Asset::eth() }.to_string();
        format!("done: transaction {} in block {}, {} gas, fee {fee}", self.hash, self.block, self.gas_used)
    }
}

/// Tries the call on the newest state and estimates its cost: a revert is explained before any gas is spent.
///
/// # Errors
/// The contract's error, or `TX_UNAFFORDABLE`.
pub async fn prepare(sender: &Sender, call: &Call) -> eyre::Result<Prepared> {
    let mut request = TransactionRequest {
        from: Some(sender.address),
        to: Some(TxKind::Call(call.to)),
        value: Some(call.value),
        input: call.input.clone().into(),
        ..Default::default()
    };
    sender.provider.call(request.clone()).await.wrap_err("trying the call before sending it")?;
    let gas = sender.provider.estimate_gas(request.clone()).await.wrap_err("estimating gas")?;
    let fees = sender.provider.estimate_eip1559_fees().await.wrap_err("asking for the gas price")?;
    let limit = (gas + gas / 5).min(MOST_GAS).max(gas);
    request.gas = Some(limit);
    request.max_fee_per_gas = Some(fees.max_fee_per_gas);
    request.max_priority_fee_per_gas = Some(fees.max_priority_fee_per_gas);
    let most_fee = U256::from(limit) * U256::from(fees.max_fee_per_gas);
    let balance = sender.provider.get_balance(sender.address).await?;
    if balance < most_fee + call.value {
        let eth = Asset::eth();
        return Failure::report(
            "TX_UNAFFORDABLE",
            format!(
                "{} holds {}, and this needs up to {}",
                sender.address,
                Amount { base: balance, asset: &eth },
                Amount { base: most_fee + call.value, asset: &eth }
            ),
            "send ETH to this account, or use another key",
        );
    }
    Ok(Prepared { request, gas, most_fee })
}

/// Sends a prepared call and waits for its receipt.
///
/// # Errors
/// `TX_NOT_MINED` after three minutes (the transaction may still be mined), `TX_REVERTED`.
pub async fn execute(sender: &Sender, prepared: Prepared) -> eyre::Result<Sent> {
    let request = prepared.request;
    let pending = sender.provider.send_transaction(request.clone()).await.wrap_err("sending the transaction")?;
    let hash = *pending.tx_hash();
    let receipt = match pending.with_timeout(Some(PATIENCE)).get_receipt().await {
        Ok(receipt) => receipt,
        Err(PendingTransactionError::TxWatcher(WatchTxError::Timeout)) => return not_mined(hash),
        Err(error) => return Err(eyre::Report::from(error).wrap_err(format!("waiting for transaction {hash}"))),
    };
    if !receipt.status() {
        // The state changed between the trial and the block: ask again for the reason.
        let reason = sender.provider.call(request).await.err().map(|error| explain(&error.into()).failure);
        let reason = reason.map_or_else(|| "the call would succeed by now".to_owned(), |failure| failure.to_string());
        return Failure::report(
            "TX_REVERTED",
            format!("transaction {hash} was mined and reverted; only its gas was spent ({reason})"),
            "check with `lifeboat status` what changed meanwhile, then repeat the command",
        );
    }
    Ok(Sent {
        hash,
        block: receipt.block_number.unwrap_or_default(),
        gas_used: receipt.gas_used,
        fee: u128::from(receipt.gas_used).saturating_mul(receipt.effective_gas_price),
    })
}

fn not_mined<T>(hash: B256) -> eyre::Result<T> {
    Failure::report(
        "TX_NOT_MINED",
        format!("transaction {hash} was sent and is not in a block after {} s", PATIENCE.as_secs()),
        "look for this hash before repeating the command: it can still be mined",
    )
}

/// Prepares, shows `plan` with sender and cost, asks, sends, waits.
///
/// # Errors
/// As [`prepare`] and [`execute`]; `CLI_NOT_CONFIRMED`.
pub async fn send(terminal: &Terminal, sender: &Sender, plan: &str, call: &Call) -> eyre::Result<Sent> {
    let prepared = prepare(sender, call).await?;
    terminal.confirm(&format!("{plan}\n{}", cost(sender, &prepared)))?;
    execute(sender, prepared).await
}

/// The line that tells who pays how much.
#[must_use]
pub fn cost(sender: &Sender, prepared: &Prepared) -> String {
    let fee = Amount { base: prepared.most_fee, asset: &Asset::eth() }.to_string();
    format!("sent by {}, about {} gas, fee at most {fee}", sender.address, prepared.gas)
}
