//! Who plays in a drill: the service and its committees, the keeper, and users with keys of their own, each of whom leaves in a
//! different way.

use alloy::{primitives::Address, signers::local::PrivateKeySigner};

use super::seed::Seed;
use crate::claim_code::ClaimCode;

/// Everybody with a key.
pub(super) struct Cast {
    /// Deploys, funds the reserve, relays what anybody may relay.
    pub(super) service: PrivateKeySigner,
    /// Signs beats and commitments.
    pub(super) operator: PrivateKeySigner,
    pub(super) signers: Committee,
    pub(super) auditors: Committee,
    pub(super) watchers: Committee,
    /// Pays for the keeper's transactions.
    pub(super) keeper: PrivateKeySigner,
    /// Submits other people's signed claims, for a fee.
    pub(super) relayer: PrivateKeySigner,
    /// Where the service keeps what it needs from day to day.
    pub(super) hot_wallet: PrivateKeySigner,
    pub(super) users: Users,
}

/// Users, by what they do.
#[derive(Clone)]
pub(super) struct Users {
    /// Paid by the service while it lives: in part, then again after the next commitment, then in full.
    pub(super) paid: [PrivateKeySigner; 3],
    /// Asks the vault for its money while the service lives, and is served.
    pub(super) served: PrivateKeySigner,
    /// Asks just before the service dies.
    pub(super) waiting: PrivateKeySigner,
    /// Deposits that a final commitment covers: by then they are in the ledger.
    pub(super) absorbed: [PrivateKeySigner; 2],
    /// Deposits that no final commitment covers: they go back in full.
    pub(super) late: [PrivateKeySigner; 2],
    /// Holds segregated money: the first takes it out after the outage, the second leaves it there.
    pub(super) savers: [PrivateKeySigner; 2],
    /// Claims for itself.
    pub(super) claimers: [PrivateKeySigner; 3],
    /// Has no ETH: signs a claim that a relayer submits for a fee.
    pub(super) ticket_holders: [PrivateKeySigner; 2],
    /// Has a claim code from the service instead of an address: claims to a wallet made for the purpose.
    pub(super) code_holders: [PrivateKeySigner; 2],
    /// Owners of contract accounts that refuse ETH: the first lets it accept later, the second claims to elsewhere, the third does
    /// nothing.
    pub(super) refusers: [PrivateKeySigner; 3],
}

/// Keys of a quorum, in ascending order of their addresses.
pub(super) struct Committee {
    keys: Vec<PrivateKeySigner>,
    threshold: usize,
}

impl Cast {
    pub(super) fn new(seed: Seed) -> Self {
        let key = |label: &str| seed.key(label, 0);
        Self {
            service: key("service"),
            operator: key("operator"),
            signers: Committee::new(seed, "signer", 3, 2),
            auditors: Committee::new(seed, "auditor", 2, 1),
            watchers: Committee::new(seed, "watcher", 3, 2),
            keeper: key("keeper"),
            relayer: key("relayer"),
            hot_wallet: key("hot wallet"),
            users: Users {
                paid: keys(seed, "paid"),
                served: key("served"),
                waiting: key("waiting"),
                absorbed: keys(seed, "absorbed"),
                late: keys(seed, "late"),
                savers: keys(seed, "saver"),
                claimers: keys(seed, "claimer"),
                ticket_holders: keys(seed, "ticket holder"),
                code_holders: std::array::from_fn(|i| ClaimCode::from_hash(seed.draw("claim code", i as u64)).key()),
                refusers: keys(seed, "refuser"),
            },
        }
    }

    /// Everybody who sends transactions. Ticket and code holders do not: that is their point.
    pub(super) fn senders(&self) -> Vec<Address> {
        let users = &self.users;
        let roles = [&self.service, &self.keeper, &self.relayer, &self.hot_wallet, &users.served, &users.waiting];
        let lists: [&[PrivateKeySigner]; 5] =
            [&users.absorbed, &users.late, &users.savers, &users.claimers, &users.refusers];
        roles.into_iter().chain(lists.into_iter().flatten()).map(PrivateKeySigner::address).collect()
    }
}

impl Users {
    /// Accounts that the service's ledger has from the start, contract accounts apart.
    pub(super) fn ledger_accounts(&self) -> Vec<Address> {
        let lists: [&[PrivateKeySigner]; 5] =
            [&self.paid, &self.claimers, &self.ticket_holders, &self.code_holders, &self.absorbed];
        let single = [&self.served, &self.waiting];
        lists.into_iter().flatten().chain(single).map(PrivateKeySigner::address).collect()
    }
}

impl Committee {
    fn new(seed: Seed, label: &str, members: u64, threshold: usize) -> Self {
        let mut keys: Vec<_> = (0..members).map(|i| seed.key(label, i)).collect();
        keys.sort_by_key(PrivateKeySigner::address);
        Self { keys, threshold }
    }

    pub(super) fn members(&self) -> Vec<Address> {
        self.keys.iter().map(PrivateKeySigner::address).collect()
    }

    pub(super) fn threshold(&self) -> u8 {
        u8::try_from(self.threshold).expect("committees are small")
    }

    /// Just as many as must sign: the last members, so that members who do not sign are the rule.
    pub(super) fn quorum(&self) -> Vec<&PrivateKeySigner> {
        self.keys[self.keys.len() - self.threshold..].iter().collect()
    }
}

fn keys<const N: usize>(seed: Seed, label: &str) -> [PrivateKeySigner; N] {
    std::array::from_fn(|i| seed.key(label, i as u64))
}
