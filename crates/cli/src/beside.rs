//! The contracts that stand beside a vault, each created by anybody, once, at an address that follows from the vault's.

use alloy::primitives::Address;
use lifeboat_bindings::create2::{self, Deployment};
use serde::Serialize;

use crate::{
    chain::Chain,
    commands::deploy,
    failure::Failure,
    output::{Report, Terminal},
    place::PlaceArgs,
    send::{self, Sent},
};

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// As people call it.
    name: &'static str,
    /// The error's id where it does not stand yet.
    missing: &'static str,
    /// The command that creates it.
    create: &'static str,
    plan: fn(Address) -> Deployment,
}

/// What the service puts up for the case that it stops.
pub const BOND: Beside =
    Beside { name: "bond", missing: "BOND_MISSING", create: "lifeboat bond create", plan: create2::plan_bond };
/// Where disputes are opened and settled.
pub const DISPUTES: Beside = Beside {
    name: "disputes contract",
    missing: "DISPUTES_MISSING",
    create: "lifeboat dispute create",
    plan: create2::plan_disputes,
};
/// Where orders between two accounts wait.
pub const ESCROW: Beside =
    Beside { name: "escrow", missing: "ESCROW_MISSING", create: "lifeboat escrow create", plan: create2::plan_escrow };

impl Beside {
    /// Where it stands, or will.
    #[must_use]
    pub fn address(&self, vault: Address) -> Address {
        (self.plan)(vault).address
    }

    /// Its address, if it stands there.
    ///
    /// # Errors
    /// Its own `..._MISSING`; those of the chain.
    pub async fn require(&self, chain: &Chain, vault: Address) -> eyre::Result<Address> {
        let address = self.address(vault);
        if deploy::is_deployed(&chain.provider, address).await? {
            return Ok(address);
        }
        Failure::report(
            self.missing,
            format!("vault {vault} has no {} yet: nothing stands at {address}", self.name),
            format!("create it first: `{}`; anyone may", self.create),
        )
    }

    /// Creates it, unless it stands there already.
    ///
    /// # Errors
    /// Those of the chain and of sending.
    pub async fn create(&self, place: &PlaceArgs, terminal: &Terminal) -> eyre::Result<()> {
        let (chain, sender) = place.connect_as_sender().await?;
        let deployment = (self.plan)(place.vault);
        let address = deployment.address;
        let sent = if deploy::is_deployed(&chain.provider, address).await? {
            None
        } else {
            let plan = format!("create the {} of vault {} at {address}", self.name, place.vault);
            Some(send::send(terminal, &sender, &plan, &deploy::deployment_call(&deployment)).await?)
        };
        terminal.report(&CreateReport { name: self.name, address, sent })
    }
}

#[derive(Debug, Serialize)]
struct CreateReport {
    name: &'static str,
    address: Address,
    /// Absent: it stood there already.
    sent: Option<Sent>,
}

impl Report for CreateReport {
    fn text(&self) -> String {
        match &self.sent {
            Some(sent) => format!("{}\nthe {} stands at {}", sent.text(), self.name, self.address),
            None => format!("the {} stands at {} already", self.name, self.address),
        }
    }
}
