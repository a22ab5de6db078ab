//! The constructor's checks, repeated before anything is sent. Same order, same errors; only the code of listed tokens needs the chain.

use alloy::primitives::{Address, B256, U256};
use lifeboat_bindings::{
    signers::{ecdsa_id, ecdsa_ids},
    vault::{
        Terms, Timers,
        Vault::{self, VaultErrors},
    },
};

use crate::{failure::Failure, terms::TESTNET};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const KEPT_COMMITMENTS: u64 = 8;
const MOST_ASSETS: usize = 16;
const MOST_BPS: u16 = 10_000;
/// Kinds of signers, by the first byte of their ids.
const ERC1271: u8 = 1;
const ERC7913: u8 = 2;

/// Checks terms as the vault's constructor will (specification §7).
///
/// # Errors
/// The constructor's own error, in words.
pub fn check(terms: &Terms) -> Result<(), Failure> {
    refusal(terms).map_or(Ok(()), |error| Err(error.into()))
}

/// The error with which the constructor would refuse, if any.
fn refusal(terms: &Terms) -> Option<VaultErrors> {
    let mut loners = vec![("operator", ecdsa_id(terms.operator))];
    for (role, member) in [("backupOperator", terms.backupOperator), ("arbitrator", terms.arbitrator)] {
        loners.extend((!member.is_zero()).then(|| (role, ecdsa_id(member))));
    }
    let alone: Vec<B256> = loners.iter().map(|(_, id)| *id).collect();
    let signers = &terms.signers[..];
    let [auditors, watchers, guardians] =
        [&terms.auditors, &terms.watchers, &terms.guardians].map(|role| ecdsa_ids(role));
    let least = |members: &[B256]| u8::from(!members.is_empty());
    timers(&terms.timers, terms.profile == TESTNET)
        .or_else(|| {
            loners.iter().enumerate().find_map(|(position, (role, id))| {
                unusable(role, id).or_else(|| overlap(&alone[position..=position], &alone[..position]))
            })
        })
        .or_else(|| all_signers(signers, terms.signerThreshold, terms.coldThreshold))
        .or_else(|| members("auditors", &auditors, terms.auditorThreshold, 1))
        .or_else(|| members("watchers", &watchers, terms.watcherThreshold, least(&watchers)))
        .or_else(|| members("guardians", &guardians, terms.guardianThreshold, least(&guardians)))
        .or_else(|| overlap_of_three([&alone, signers, &auditors]))
        .or_else(|| overlap_of_three([&alone, &watchers, &guardians]))
        .or_else(|| overlap_of_three([signers, &watchers, &guardians]))
        .or_else(|| overlap(&auditors, &watchers))
        .or_else(|| overlap(&auditors, &guardians))
        .or_else(|| assets(&terms.assets))
        .or_else(|| floor(terms.coverageFloorBps))
        .or_else(|| caps(terms.hotCapBps, terms.warmCapBps))
        .or_else(|| sla(terms.sla.capBps, terms.sla.minBondBps))
}

fn timers(timers: &Timers, testnet: bool) -> Option<VaultErrors> {
    let least = |production| if testnet { MINUTE } else { production };
    let longest = timers.grace.max(timers.rootMaxAge).to::<u64>();
    let windows = [timers.grace, timers.serveDeadline, timers.challengeWindow, timers.returnDelay];
    let detection = windows.iter().map(|timer| timer.to::<u64>()).sum();
    [
        ("grace", timers.grace, least(6 * HOUR), 7 * DAY),
        ("serveDeadline", timers.serveDeadline, least(DAY), 14 * DAY),
        ("challengeWindow", timers.challengeWindow, least(12 * HOUR), 7 * DAY),
        ("returnDelay", timers.returnDelay, least(DAY), 14 * DAY),
        ("rootMaxAge", timers.rootMaxAge, least(12 * HOUR), 7 * DAY),
        ("attestedFinality", timers.attestedFinality, if testnet { 10 } else { 10 * MINUTE }, 7 * DAY),
        ("unattestedFinality", timers.unattestedFinality, if testnet { 30 } else { 12 * HOUR }, 7 * DAY),
        ("headStart", timers.headStart, 0, 30 * DAY),
        ("windDownNotice", timers.windDownNotice, least(7 * DAY), 365 * DAY),
        ("silenceCap", timers.silenceCap, longest, 30 * DAY),
        ("releaseWindow", timers.releaseWindow, least(HOUR), 30 * DAY),
        ("coldDelay", timers.coldDelay, least(12 * HOUR), 14 * DAY),
        // A freeze ends before a request that it keeps from being served is due.
        (
            "freezeMax",
            timers.freezeMax,
            if testnet { 30 } else { HOUR },
            (72 * HOUR).min(timers.serveDeadline.to::<u64>() / 2),
        ),
        ("rotationNotice", timers.rotationNotice, least(3 * DAY), 30 * DAY),
        ("answerWindow", timers.answerWindow, least(6 * HOUR), 3 * DAY),
        ("unbonding", timers.unbonding, detection, 365 * DAY),
    ]
    .into_iter()
    .find_map(|(timer, value, min, max)| {
        let value: u64 = value.to();
        let outside = Vault::Terms_TimerOutOfBounds {
            timer: timer.to_owned(),
            value: U256::from(value),
            min: U256::from(min),
            max: U256::from(max),
        };
        (value < min || value > max).then_some(VaultErrors::Terms_TimerOutOfBounds(outside))
    })
    .or_else(|| finality(timers))
}

fn finality(timers: &Timers) -> Option<VaultErrors> {
    if timers.attestedFinality > timers.unattestedFinality {
        let error = Vault::Terms_AttestedFinalityAboveUnattested {};
        return Some(VaultErrors::Terms_AttestedFinalityAboveUnattested(error));
    }
    if timers.unattestedFinality > timers.rootMaxAge {
        return Some(VaultErrors::Terms_FinalityOutlivesHistory(Vault::Terms_FinalityOutlivesHistory {}));
    }
    let finality: u64 = timers.unattestedFinality.to();
    (KEPT_COMMITMENTS * finality > (KEPT_COMMITMENTS - 1) * timers.serveDeadline.to::<u64>())
        .then_some(VaultErrors::Terms_FinalityOutlivesRequests(Vault::Terms_FinalityOutlivesRequests {}))
}

/// Signers that could not sign, or of whom too many are contracts, which can change their minds.
fn all_signers(ids: &[B256], threshold: u8, cold_threshold: u8) -> Option<VaultErrors> {
    members("signers", ids, threshold, 1)
        .or_else(|| {
            let outside = cold_threshold < threshold || usize::from(cold_threshold) > ids.len();
            outside.then(|| threshold_outside("signers", cold_threshold, ids.len()))
        })
        .or_else(|| {
            let contracts = ids.iter().filter(|id| id[0] == ERC1271).count();
            let error = Vault::Terms_TooManyContractSigners {
                contracts: U256::from(contracts),
                signers: U256::from(ids.len()),
            };
            let too_many = contracts != 0 && 2 * contracts >= ids.len();
            too_many.then_some(VaultErrors::Terms_TooManyContractSigners(error))
        })
}

fn members(role: &str, members: &[B256], threshold: u8, least: u8) -> Option<VaultErrors> {
    if threshold < least || usize::from(threshold) > members.len() {
        return Some(threshold_outside(role, threshold, members.len()));
    }
    let mut previous = None;
    members.iter().find_map(|member| {
        let descends = previous.replace(*member).is_some_and(|previous| *member <= previous);
        unusable(role, member).or_else(|| {
            let error = Vault::Terms_MembersNotAscending { role: role.to_owned() };
            descends.then_some(VaultErrors::Terms_MembersNotAscending(error))
        })
    })
}

fn threshold_outside(role: &str, threshold: u8, members: usize) -> VaultErrors {
    VaultErrors::Terms_ThresholdOutOfRange(Vault::Terms_ThresholdOutOfRange {
        role: role.to_owned(),
        threshold: U256::from(threshold),
        members: U256::from(members),
    })
}

/// An id of no known kind, or of an address that nobody holds a key for.
fn unusable(role: &str, id: &B256) -> Option<VaultErrors> {
    if id[0] > ERC7913 {
        return Some(VaultErrors::Terms_UnknownSignerKind(Vault::Terms_UnknownSignerKind { signer: *id }));
    }
    let member = Address::from_word(*id);
    let is_address = id[1..12].iter().all(|byte| *byte == 0);
    let error = Vault::Terms_ReservedAddress { role: role.to_owned(), member };
    (id[0] != ERC7913 && (!is_address || is_reserved(member))).then_some(VaultErrors::Terms_ReservedAddress(error))
}

/// The zero address and the precompiles: nobody holds a key.
fn is_reserved(address: Address) -> bool {
    address.as_slice()[..18].iter().all(|byte| *byte == 0)
}

fn overlap_of_three([first, second, third]: [&[B256]; 3]) -> Option<VaultErrors> {
    overlap(first, second).or_else(|| overlap(first, third)).or_else(|| overlap(second, third))
}

/// One party with two roles. A contract and a key of the same address are one.
fn overlap(left: &[B256], right: &[B256]) -> Option<VaultErrors> {
    let member = left.iter().find(|id| right.iter().any(|other| other[1..] == id[1..]))?;
    Some(VaultErrors::Terms_RolesOverlap(Vault::Terms_RolesOverlap { member: *member }))
}

fn caps(hot: u16, warm: u16) -> Option<VaultErrors> {
    let error = Vault::Terms_CapsOutOfRange { hotBps: U256::from(hot), warmBps: U256::from(warm) };
    (hot > warm || warm > MOST_BPS).then_some(VaultErrors::Terms_CapsOutOfRange(error))
}

fn assets(assets: &[Address]) -> Option<VaultErrors> {
    if assets.is_empty() || assets.len() > MOST_ASSETS {
        let error = Vault::Terms_AssetCountOutOfRange { count: U256::from(assets.len()) };
        return Some(VaultErrors::Terms_AssetCountOutOfRange(error));
    }
    let ascending = assets.is_sorted_by(|left, right| left < right);
    (!ascending).then_some(VaultErrors::Terms_AssetsNotAscending(Vault::Terms_AssetsNotAscending {}))
}

fn floor(bps: u16) -> Option<VaultErrors> {
    let error = Vault::Terms_CoverageFloorOutOfRange { bps: U256::from(bps) };
    (bps == 0 || bps > MOST_BPS).then_some(VaultErrors::Terms_CoverageFloorOutOfRange(error))
}

fn sla(cap: u16, min_bond: u16) -> Option<VaultErrors> {
    let error = Vault::Terms_SlaOutOfRange { capBps: U256::from(cap), minBondBps: U256::from(min_bond) };
    (cap > MOST_BPS || min_bond > MOST_BPS).then_some(VaultErrors::Terms_SlaOutOfRange(error))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::primitives::aliases::U40;

    use super::*;

    fn good() -> Terms {
        let seconds = U40::from::<u64>;
        Terms {
            operator: Address::repeat_byte(9),
            signers: ecdsa_ids(&[Address::repeat_byte(1), Address::repeat_byte(2)]),
            signerThreshold: 1,
            coldThreshold: 2,
            auditors: vec![Address::repeat_byte(3)],
            auditorThreshold: 1,
            assets: vec![Address::ZERO],
            coverageFloorBps: 10_000,
            hotCapBps: 100,
            warmCapBps: 1_000,
            timers: Timers {
                grace: seconds(DAY),
                serveDeadline: seconds(7 * DAY),
                challengeWindow: seconds(2 * DAY),
                returnDelay: seconds(3 * DAY),
                rootMaxAge: seconds(2 * DAY),
                attestedFinality: seconds(HOUR),
                unattestedFinality: seconds(2 * DAY),
                headStart: seconds(3 * DAY),
                windDownNotice: seconds(30 * DAY),
                silenceCap: seconds(21 * DAY),
                releaseWindow: seconds(DAY),
                coldDelay: seconds(2 * DAY),
                freezeMax: seconds(3 * DAY),
                rotationNotice: seconds(7 * DAY),
                answerWindow: seconds(DAY),
                unbonding: seconds(45 * DAY),
            },
            ..Terms::default()
        }
    }

    #[test]
    fn each_rule_refuses_with_the_constructors_id() {
        type Change = fn(&mut Terms);
        let cases: [(Change, &str); 37] = [
            (|t| t.timers.grace = U40::from(60), "Terms_TimerOutOfBounds"),
            (|t| t.timers.headStart = U40::from(31 * DAY), "Terms_TimerOutOfBounds"),
            (|t| t.timers.silenceCap = U40::from(2 * DAY - 1), "Terms_TimerOutOfBounds"),
            (|t| t.timers.silenceCap = U40::from(31 * DAY), "Terms_TimerOutOfBounds"),
            (|t| t.timers.releaseWindow = U40::from(60), "Terms_TimerOutOfBounds"),
            (|t| t.timers.coldDelay = U40::from(60), "Terms_TimerOutOfBounds"),
            (|t| t.timers.serveDeadline = U40::from(6 * DAY - 1), "Terms_TimerOutOfBounds"),
            (|t| t.timers.rotationNotice = U40::from(DAY), "Terms_TimerOutOfBounds"),
            (|t| t.timers.attestedFinality = U40::from(3 * DAY), "Terms_AttestedFinalityAboveUnattested"),
            (|t| t.timers.unattestedFinality = U40::from(2 * DAY + 1), "Terms_FinalityOutlivesHistory"),
            (
                |t| {
                    t.timers.freezeMax = U40::from(DAY);
                    t.timers.serveDeadline = U40::from(2 * DAY);
                    t.timers.unattestedFinality = U40::from(42 * HOUR + 1);
                },
                "Terms_FinalityOutlivesRequests",
            ),
            (|t| t.operator = Address::ZERO, "Terms_ReservedAddress"),
            (|t| t.backupOperator = Address::with_last_byte(1), "Terms_ReservedAddress"),
            (|t| t.backupOperator = t.operator, "Terms_RolesOverlap"),
            (|t| t.arbitrator = t.auditors[0], "Terms_RolesOverlap"),
            (|t| t.arbitrator = Address::with_last_byte(1), "Terms_ReservedAddress"),
            (|t| t.signerThreshold = 3, "Terms_ThresholdOutOfRange"),
            (|t| t.coldThreshold = 3, "Terms_ThresholdOutOfRange"),
            (|t| (t.signerThreshold, t.coldThreshold) = (2, 1), "Terms_ThresholdOutOfRange"),
            (|t| t.auditorThreshold = 0, "Terms_ThresholdOutOfRange"),
            (|t| t.watcherThreshold = 1, "Terms_ThresholdOutOfRange"),
            (|t| t.guardians = vec![Address::repeat_byte(8)], "Terms_ThresholdOutOfRange"),
            (|t| t.signers.reverse(), "Terms_MembersNotAscending"),
            (|t| t.signers[1] = t.signers[0], "Terms_MembersNotAscending"),
            (|t| t.signers[0] = ecdsa_id(Address::with_last_byte(4)), "Terms_ReservedAddress"),
            (|t| t.signers[1][0] = 3, "Terms_UnknownSignerKind"),
            (|t| t.signers[1][0] = 1, "Terms_TooManyContractSigners"),
            (|t| t.signers[1][5] = 1, "Terms_ReservedAddress"),
            (|t| t.auditors[0] = t.operator, "Terms_RolesOverlap"),
            (|t| (t.guardians, t.guardianThreshold) = (t.auditors.clone(), 1), "Terms_RolesOverlap"),
            (|t| t.assets.clear(), "Terms_AssetCountOutOfRange"),
            (|t| t.assets.push(Address::ZERO), "Terms_AssetsNotAscending"),
            (|t| t.coverageFloorBps = 10_001, "Terms_CoverageFloorOutOfRange"),
            (|t| t.hotCapBps = 1_001, "Terms_CapsOutOfRange"),
            (|t| t.sla.minBondBps = 10_001, "Terms_SlaOutOfRange"),
            (|t| t.timers.answerWindow = U40::from(60), "Terms_TimerOutOfBounds"),
            (|t| t.timers.unbonding = U40::from(13 * DAY - 1), "Terms_TimerOutOfBounds"),
        ];
        check(&good()).unwrap();
        for (position, (change, id)) in cases.into_iter().enumerate() {
            let mut terms = good();
            change(&mut terms);
            assert_eq!(check(&terms).unwrap_err().id, id, "case {position}");
        }
    }

    #[test]
    fn the_edges_of_the_bounds_are_inside() {
        let mut terms = good();
        terms.timers.grace = U40::from(6 * HOUR);
        terms.timers.serveDeadline = U40::from(2 * DAY);
        terms.timers.freezeMax = U40::from(DAY);
        terms.timers.unattestedFinality = U40::from(42 * HOUR);
        terms.timers.rootMaxAge = U40::from(42 * HOUR);
        terms.timers.silenceCap = U40::from(42 * HOUR);
        terms.warmCapBps = terms.hotCapBps;
        terms.timers.headStart = U40::ZERO;
        check(&terms).unwrap();
    }

    #[test]
    fn reserved_means_up_to_ffff() {
        assert!(is_reserved(Address::ZERO) && is_reserved(Address::left_padding_from(&[0xff, 0xff])));
        assert!(!is_reserved(Address::left_padding_from(&[1, 0, 0])));
    }
}
