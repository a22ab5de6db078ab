//! What `TwinArbitrator` does.

use alloy::{
    primitives::{Address, Bytes, Log, U256},
    sol_types::SolEvent,
};
use lifeboat_bindings::twin_arbitrator::TwinArbitrator;

use super::{Expected, Refusal, bare, refuse};
use crate::action::ArbitratorMode;

/// His manners, and how many disputes he has taken.
#[derive(Clone, Debug, Default)]
pub struct Arbitrator {
    /// How he takes the next one.
    pub mode: ArbitratorMode,
    cost: U256,
    count: U256,
}

impl Arbitrator {
    pub(super) fn set_manners(&mut self, mode: ArbitratorMode, cost: U256) {
        (self.mode, self.cost) = (mode, cost);
    }

    /// What he says that a dispute costs, if he says it at all.
    pub(super) fn require_cost(&self) -> Result<U256, Refusal> {
        if self.mode == ArbitratorMode::Garbles { Err(bare()) } else { Ok(self.cost) }
    }

    /// What he is paid for a dispute, wei.
    #[must_use]
    pub fn cost(&self) -> U256 {
        self.cost
    }

    /// The number that he gives to a dispute that he is paid for.
    pub(super) fn require_number(&self) -> Result<U256, Refusal> {
        match self.mode {
            ArbitratorMode::Refuses => Err(refuse(&TwinArbitrator::TwinArbitrator_Refused {})),
            ArbitratorMode::BurnsGas => Err(bare()),
            ArbitratorMode::Raises => {
                let (sent, wanted) = (self.cost, self.cost + U256::ONE);
                Err(refuse(&TwinArbitrator::TwinArbitrator_TooLittle { sent, wanted }))
            }
            ArbitratorMode::Exhausts => Ok(U256::MAX),
            ArbitratorMode::Repeats => Ok(self.count.saturating_sub(U256::ONE)),
            ArbitratorMode::Takes | ArbitratorMode::Garbles | ArbitratorMode::Reenters => Ok(self.count),
        }
    }

    /// Takes a dispute under a number that was found new; his logs.
    pub(super) fn create(&mut self, address: Address, id: U256, choices: u8, extra_data: Bytes) -> Vec<Expected> {
        self.count += U256::ONE;
        let log = |data| Expected::Exactly(Log { address, data });
        let asked = TwinArbitrator::Asked { id, choices: U256::from(choices), extraData: extra_data, value: self.cost };
        let mut logs = vec![log(asked.encode_log_data())];
        if self.mode == ArbitratorMode::Reenters {
            // The new number is not known yet, and everything else is locked.
            logs.push(log(TwinArbitrator::Reentered { ruled: false, settled: false }.encode_log_data()));
        }
        logs
    }
}
