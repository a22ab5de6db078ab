//! Who signs, and how a signature can be wrong.

use super::*;

impl Resolver<'_> {
    /// An account's signature; the outsider signs for accounts that nobody has a key of.
    pub(super) fn account_signature<M: SolStruct>(&self, account: Address, sig: Sig, message: &M, other: &M) -> Signed {
        let world = self.model.world();
        self.signature(world.key_of(account).unwrap_or(&world.outsider), sig, message, other)
    }

    pub(super) fn signature<M: SolStruct>(&self, key: &PrivateKeySigner, sig: Sig, message: &M, other: &M) -> Signed {
        let outsider = &self.model.world().outsider;
        match sig {
            Sig::Good => signed(key, self.digest(message)),
            Sig::Outsider => signed(outsider, self.digest(message)),
            Sig::Backup => signed(&self.model.world().backup, self.digest(message)),
            Sig::OtherMessage => signed(key, self.digest(other)),
            Sig::OtherVault => signed(key, typed::digest(message, CHAIN_ID, self.other_vault())),
            Sig::OtherChain => signed(key, typed::digest(message, CHAIN_ID + 1, self.model.address())),
            Sig::Empty => Signed { signer: Address::ZERO, digest: B256::ZERO, bytes: Default::default() },
        }
    }

    pub(super) fn signers<M: SolStruct>(&self, quorum: QuorumSig, message: &M, other: &M) -> QuorumSigned {
        self.quorum(&self.present_signers(), self.model.signers.threshold, quorum, message, other)
    }

    pub(super) fn cold_signers<M: SolStruct>(&self, quorum: QuorumSig, message: &M, other: &M) -> QuorumSigned {
        self.quorum(&self.present_signers(), self.model.signers.cold_threshold, quorum, message, other)
    }

    pub(super) fn present_signers(&self) -> Vec<Member> {
        self.model.signers.ids.iter().filter_map(|id| self.model.world().signer(id)).collect()
    }

    pub(super) fn watchers<M: SolStruct>(&self, quorum: QuorumSig, message: &M, other: &M) -> QuorumSigned {
        self.role(&self.model.world().watchers, self.model.terms().watcherThreshold, quorum, message, other)
    }

    pub(super) fn guardians<M: SolStruct>(&self, quorum: QuorumSig, message: &M, other: &M) -> QuorumSigned {
        self.role(&self.model.world().guardians, self.model.terms().guardianThreshold, quorum, message, other)
    }

    /// A role that the terms may leave out.
    pub(super) fn role<M: SolStruct>(
        &self,
        keys: &[PrivateKeySigner],
        threshold: u8,
        quorum: QuorumSig,
        message: &M,
        other: &M,
    ) -> QuorumSigned {
        let keys = if threshold == 0 { &[][..] } else { keys };
        self.quorum(&members(keys), threshold, quorum, message, other)
    }

    pub(super) fn quorum<M: SolStruct>(
        &self,
        members: &[Member],
        threshold: u8,
        quorum: QuorumSig,
        message: &M,
        other: &M,
    ) -> QuorumSigned {
        let world = self.model.world();
        let outsider = world::members(std::slice::from_ref(&world.outsider));
        let operator = world::members(std::slice::from_ref(&world.operator));
        let needed = usize::from(threshold).min(members.len());
        let digest = match quorum {
            QuorumSig::OtherMessage => self.digest(other),
            QuorumSig::OtherVault => typed::digest(message, CHAIN_ID, self.other_vault()),
            QuorumSig::OtherChain => typed::digest(message, CHAIN_ID + 1, self.model.address()),
            _ => self.digest(message),
        };
        let enough = &members[members.len() - needed..];
        let signing: Vec<&Member> = match quorum {
            QuorumSig::All => members.iter().collect(),
            QuorumSig::TooFew => members.iter().take(needed.saturating_sub(1)).collect(),
            QuorumSig::Unsorted => members.iter().rev().take(needed).collect(),
            QuorumSig::Repeated => std::iter::repeat_n(members.first(), needed).flatten().collect(),
            QuorumSig::Outsider => enough.iter().skip(1).chain(&outsider).collect(),
            QuorumSig::Operator => operator.iter().collect(),
            QuorumSig::OutsiderAlone => outsider.iter().collect(),
            _ => enough.iter().collect(),
        };
        let mut told: Vec<_> = members.iter().map(Member::id).collect();
        match quorum {
            QuorumSig::OtherMembers => told.push(outsider[0].id()),
            quorum if is_alone(quorum) => told.clear(),
            _ => {}
        }
        let signatures = signing.into_iter().map(|member| (member.signer.clone(), signed(&member.key, digest)));
        QuorumSigned { members: told, signatures: signatures.collect() }
    }

    pub(super) fn digest<M: SolStruct>(&self, message: &M) -> B256 {
        typed::digest(message, CHAIN_ID, self.model.address())
    }

    pub(super) fn other_vault(&self) -> Address {
        let vaults = &self.model.world().vaults;
        vaults[(self.model.vault + 1) % vaults.len()].address
    }
}

pub(super) fn signed(key: &PrivateKeySigner, digest: B256) -> Signed {
    Signed { signer: key.address(), digest, bytes: sign(key, digest) }
}

/// Without any members.
pub(super) fn is_alone(quorum: QuorumSig) -> bool {
    matches!(quorum, QuorumSig::Operator | QuorumSig::OutsiderAlone)
}
