//! How ETH and tokens move, hostile ones included: what `TwinAccount` and `TwinToken` do.

use alloy::{
    primitives::{Address, Log, U256},
    sol_types::SolEvent,
};
use lifeboat_bindings::{twin_account::TwinAccount, twin_token::TwinToken, vault::Vault};

use super::{Expected, Model, Outcome, Refusal, bare, refuse, transfer_log};
use crate::action::{AccountMode, TokenMode};

/// How much gas a recipient is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The push cap.
    Capped,
    /// Nearly all there is.
    Full,
}

impl Model {
    /// Whether the vault's transfer of an asset would succeed.
    pub(super) fn can_send(&self, asset: usize, to: Address, reach: Reach) -> bool {
        self.can_send_from(self.address(), asset, to, reach)
    }

    /// Whether a contract's transfer of an asset would succeed.
    pub(super) fn can_send_from(&self, from: Address, asset: usize, to: Address, reach: Reach) -> bool {
        let held = &self.assets[asset];
        if asset == 0 && to == self.address() {
            return held.listed;
        }
        if asset == 0 && self.escrow.closed.contains(&to) {
            return false;
        }
        if asset == 0 {
            return match self.account_mode(to) {
                AccountMode::Accepts | AccountMode::Reenters | AccountMode::DepositsBack => true,
                AccountMode::Refuses | AccountMode::BurnsGas => false,
                AccountMode::ReturnBomb => reach == Reach::Full,
            };
        }
        let answers = match held.mode {
            TokenMode::Standard | TokenMode::NoReturn | TokenMode::Fee | TokenMode::Reenters => true,
            TokenMode::ReturnsFalse | TokenMode::Paused | TokenMode::BurnsGas => false,
            TokenMode::ReturnBomb => reach == Reach::Full,
        };
        answers && !held.blocked.contains(&from) && !held.blocked.contains(&to)
    }

    pub(super) fn require_send(&self, asset: usize, to: Address) -> Result<(), Refusal> {
        self.require_send_from(self.address(), asset, to)
    }

    pub(super) fn require_send_from(&self, from: Address, asset: usize, to: Address) -> Result<(), Refusal> {
        if self.can_send_from(from, asset, to, Reach::Full) {
            return Ok(());
        }
        Err(refuse(&Vault::Books_TransferFailed { asset: self.assets[asset].address, to }))
    }

    /// Sends what [`Self::can_send`] allowed; logs of the recipient and the token.
    pub(super) fn send(&mut self, asset: usize, to: Address, amount: u128, reach: Reach) -> Vec<Expected> {
        self.send_from(self.address(), asset, to, U256::from(amount), reach)
    }

    /// Only the vault is called back: by accounts that it pays, and by tokens that it transfers.
    pub(super) fn send_from(
        &mut self,
        from: Address,
        asset: usize,
        to: Address,
        amount: U256,
        reach: Reach,
    ) -> Vec<Expected> {
        let by_vault = from == self.address();
        if asset > 0 {
            let logs = self.move_tokens(asset, from, to, amount);
            return if by_vault { logs } else { logs.into_iter().take(1).collect() };
        }
        self.assets[0].debit(from, amount);
        self.assets[0].credit(to, amount);
        match self.account_mode(to) {
            _ if !by_vault => Vec::new(),
            AccountMode::Reenters => vec![account_reentered(to, false)],
            AccountMode::DepositsBack if reach == Reach::Full => self.deposit_back(to),
            _ => Vec::new(),
        }
    }

    /// While it is being paid, a twin sends one wei back through the unguarded `deposit()`.
    fn deposit_back(&mut self, twin: Address) -> Vec<Expected> {
        let listed = self.assets[0].listed;
        let mut logs = Vec::new();
        if listed {
            let vault = self.address();
            self.assets[0].debit(twin, U256::ONE);
            self.assets[0].credit(vault, U256::ONE);
            logs.push(self.credit_segregated(0, twin, 1));
        }
        logs.push(account_reentered(twin, listed));
        logs
    }

    /// Pays within the push cap, or else credits the account's segregated balance.
    pub(super) fn pay_or_credit(&mut self, asset: usize, account: Address, amount: u128) -> (Vec<Expected>, bool) {
        if self.can_send(asset, account, Reach::Capped) {
            return (self.send(asset, account, amount, Reach::Capped), false);
        }
        (vec![self.credit_segregated(asset, account, amount)], true)
    }

    /// What a token's `transfer` or `transferFrom` reverts with or answers; `None`: it moves the tokens.
    pub(super) fn token_refusal(&self, asset: usize, from: Address, to: Address, amount: U256) -> Option<Refusal> {
        let held = &self.assets[asset];
        match held.mode {
            TokenMode::Paused => return Some(refuse(&TwinToken::TwinToken_Paused {})),
            TokenMode::BurnsGas => return Some(bare()),
            _ => {}
        }
        if let Some(account) = [from, to].into_iter().find(|account| held.blocked.contains(account)) {
            return Some(refuse(&TwinToken::TwinToken_Blocked { account }));
        }
        (held.balance_of(from) < amount).then(|| refuse(&TwinToken::TwinToken_BalanceTooLow {}))
    }

    /// A holder's own `transfer`, outside the vault.
    pub(super) fn token_transfer(&mut self, asset: usize, from: Address, to: Address, amount: U256) -> Outcome {
        if self.assets[asset].mode == TokenMode::ReturnsFalse {
            return Ok(Vec::new());
        }
        if let Some(refusal) = self.token_refusal(asset, from, to, amount) {
            return Err(refusal);
        }
        // Only the vault's own transfers call it back.
        let logs = self.move_tokens(asset, from, to, amount);
        Ok(logs.into_iter().take(1).collect())
    }

    /// Moves tokens by the token's rules: its log, and that of a call back.
    pub(super) fn move_tokens(&mut self, asset: usize, from: Address, to: Address, amount: U256) -> Vec<Expected> {
        let held = &mut self.assets[asset];
        let received = received(held.mode, amount);
        held.debit(from, amount);
        held.credit(to, received);
        let mut logs = vec![transfer_log(held.address, from, to, received)];
        if held.mode == TokenMode::Reenters {
            let data = TwinToken::Reentered { succeeded: false }.encode_log_data();
            logs.push(Expected::Exactly(Log { address: held.address, data }));
        }
        logs
    }
}

/// What arrives of a transfer.
pub(super) fn received(mode: TokenMode, amount: U256) -> U256 {
    if mode == TokenMode::Fee { amount - amount / U256::from(100) } else { amount }
}

fn account_reentered(twin: Address, succeeded: bool) -> Expected {
    let data = TwinAccount::Reentered { succeeded }.encode_log_data();
    Expected::Exactly(Log { address: twin, data })
}
