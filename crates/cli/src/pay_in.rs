//! Paying an asset into a contract: ETH goes along with the call, a token is approved first, exactly.

use alloy::primitives::{Address, U256};
use eyre::WrapErr;
use lifeboat_bindings::test_token::TestToken::{TestTokenInstance, approveCall};

use crate::{
    amount::Amount,
    chain::{Chain, Sender},
    failure::Failure,
    output::Terminal,
    send::{self, Call, Sent},
};

/// Sends a call that takes `amount` from its sender, after the approvals that it needs.
///
/// # Errors
/// `DEPOSIT_UNFUNDED`, and those of sending.
pub async fn send(
    terminal: &Terminal,
    chain: &Chain,
    sender: &Sender,
    amount: &Amount<'_>,
    plan: &str,
    call: &Call,
) -> eyre::Result<Sent> {
    let approvals = if amount.asset.is_eth() { Vec::new() } else { approvals(chain, sender, call.to, amount).await? };
    if approvals.is_empty() {
        return send::send(terminal, sender, plan, call).await;
    }
    // The call cannot be tried before the approval stands, so one question covers both.
    terminal.confirm(&format!("approve {amount} for {}, exactly\n{plan}\nsent by {}", call.to, sender.address))?;
    for approval in approvals {
        let prepared = send::prepare(sender, &approval).await.wrap_err("approving the token")?;
        send::execute(sender, prepared).await.wrap_err("approving the token")?;
    }
    let prepared = send::prepare(sender, call).await.wrap_err("paying in after the approval, which was sent")?;
    send::execute(sender, prepared).await
}

/// The approvals still missing: exactly the amount, and back to zero first where something else stands, as some tokens demand.
async fn approvals(chain: &Chain, sender: &Sender, spender: Address, amount: &Amount<'_>) -> eyre::Result<Vec<Call>> {
    let token = amount.asset.address;
    let contract = TestTokenInstance::new(token, &chain.provider);
    let balance = contract.balanceOf(sender.address).call().await.wrap_err("reading the token's balance")?;
    if balance < amount.base {
        let held = Amount { base: balance, ..amount.clone() };
        return Failure::report(
            "DEPOSIT_UNFUNDED",
            format!("{} holds {held}, less than {amount}", sender.address),
            "deposit less, or send tokens to this account first",
        );
    }
    let allowed = contract.allowance(sender.address, spender).call().await.wrap_err("reading the token's approval")?;
    if allowed >= amount.base {
        return Ok(Vec::new());
    }
    let approve = |value| Call::new(token, &approveCall { spender, value });
    let reset = (!allowed.is_zero()).then(|| approve(U256::ZERO));
    Ok(reset.into_iter().chain([approve(amount.base)]).collect())
}
