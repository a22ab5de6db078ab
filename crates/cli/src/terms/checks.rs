//! The constructor's checks, repeated before anything is sent. Same order, same errors; only the code of listed tokens needs the chain.

use alloy::primitives::{Address, U256};
use lifeboat_bindings::vault::{
    Terms, Timers,
    Vault::{self, VaultErrors},
};

use crate::{failure::Failure, terms::TESTNET};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const KEPT_COMMITMENTS: u64 = 8;
const MOST_ASSETS: usize = 16;
const MOST_BPS: u16 = 10_000;

/// Checks terms as the vault's constructor will (specification §7).
///
/// # Errors
/// The constructor's own error, in words.
pub fn check(terms: &Terms) -> Result<(), Failure> {
    refusal(terms).map_or(Ok(()), |error| Err(error.into()))
}

/// The error with which the constructor would refuse, if any.
fn refusal(terms: &Terms) -> Option<VaultErrors> {
    timers(&terms.timers, terms.profile == TESTNET)
        .or_else(|| reserved("operator", terms.operator))
        .or_else(|| members("signers", &terms.signers, terms.signerThreshold, 1))
        .or_else(|| members("auditors", &terms.auditors, terms.auditorThreshold, 1))
        .or_else(|| members("watchers", &terms.watchers, terms.watcherThreshold, u8::from(!terms.watchers.is_empty())))
        .or_else(|| assets(&terms.assets))
        .or_else(|| floor(terms.coverageFloorBps))
}

fn timers(timers: &Timers, testnet: bool) -> Option<VaultErrors> {
    let least = |production| if testnet { MINUTE } else { production };
    [
        ("grace", timers.grace, least(6 * HOUR), 7 * DAY),
        ("serveDeadline", timers.serveDeadline, least(DAY), 14 * DAY),
        ("challengeWindow", timers.challengeWindow, least(12 * HOUR), 7 * DAY),
        ("returnDelay", timers.returnDelay, least(DAY), 14 * DAY),
        ("rootMaxAge", timers.rootMaxAge, least(6 * HOUR), 7 * DAY),
        ("attestedFinality", timers.attestedFinality, if testnet { 10 } else { 10 * MINUTE }, 7 * DAY),
        ("unattestedFinality", timers.unattestedFinality, if testnet { 30 } else { 12 * HOUR }, 7 * DAY),
        ("headStart", timers.headStart, 0, 30 * DAY),
        ("windDownNotice", timers.windDownNotice, least(7 * DAY), 365 * DAY),
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
    let finality: u64 = timers.unattestedFinality.to();
    if finality > (KEPT_COMMITMENTS - 1) * timers.rootMaxAge.to::<u64>() {
        return Some(VaultErrors::Terms_FinalityOutlivesHistory(Vault::Terms_FinalityOutlivesHistory {}));
    }
    (KEPT_COMMITMENTS * finality > (KEPT_COMMITMENTS - 1) * timers.serveDeadline.to::<u64>())
        .then_some(VaultErrors::Terms_FinalityOutlivesRequests(Vault::Terms_FinalityOutlivesRequests {}))
}

fn members(role: &str, members: &[Address], threshold: u8, least: u8) -> Option<VaultErrors> {
    if threshold < least || usize::from(threshold) > members.len() {
        return Some(VaultErrors::Terms_ThresholdOutOfRange(Vault::Terms_ThresholdOutOfRange {
            role: role.to_owned(),
            threshold: U256::from(threshold),
            members: U256::from(members.len()),
        }));
    }
    let mut previous = None;
    members.iter().find_map(|member| {
        let descends = previous.replace(*member).is_some_and(|previous| *member <= previous);
        reserved(role, *member).or_else(|| {
            let error = Vault::Terms_MembersNotAscending { role: role.to_owned() };
            descends.then_some(VaultErrors::Terms_MembersNotAscending(error))
        })
    })
}

fn reserved(role: &str, member: Address) -> Option<VaultErrors> {
    let error = Vault::Terms_ReservedAddress { role: role.to_owned(), member };
    is_reserved(member).then_some(VaultErrors::Terms_ReservedAddress(error))
}

/// The zero address and the precompiles: nobody holds a key.
fn is_reserved(address: Address) -> bool {
    address.as_slice()[..18].iter().all(|byte| *byte == 0)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::primitives::aliases::U40;

    use super::*;

    fn good() -> Terms {
        let seconds = U40::from::<u64>;
        Terms {
            operator: Address::repeat_byte(9),
            signers: vec![Address::repeat_byte(1), Address::repeat_byte(2)],
            signerThreshold: 2,
            auditors: vec![Address::repeat_byte(3)],
            auditorThreshold: 1,
            assets: vec![Address::ZERO],
            coverageFloorBps: 10_000,
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
            },
            ..Terms::default()
        }
    }

    #[test]
    fn each_rule_refuses_with_the_constructors_id() {
        type Change = fn(&mut Terms);
        let cases: [(Change, &str); 15] = [
            (|t| t.timers.grace = U40::from(60), "Terms_TimerOutOfBounds"),
            (|t| t.timers.headStart = U40::from(31 * DAY), "Terms_TimerOutOfBounds"),
            (|t| t.timers.attestedFinality = U40::from(3 * DAY), "Terms_AttestedFinalityAboveUnattested"),
            (
                |t| {
                    t.timers.rootMaxAge = U40::from(6 * HOUR);
                    t.timers.unattestedFinality = U40::from(42 * HOUR + 1);
                },
                "Terms_FinalityOutlivesHistory",
            ),
            (
                |t| {
                    t.timers.serveDeadline = U40::from(2 * DAY);
                    t.timers.unattestedFinality = U40::from(42 * HOUR + 1);
                },
                "Terms_FinalityOutlivesRequests",
            ),
            (|t| t.operator = Address::ZERO, "Terms_ReservedAddress"),
            (|t| t.signerThreshold = 3, "Terms_ThresholdOutOfRange"),
            (|t| t.auditorThreshold = 0, "Terms_ThresholdOutOfRange"),
            (|t| t.watcherThreshold = 1, "Terms_ThresholdOutOfRange"),
            (|t| t.signers.reverse(), "Terms_MembersNotAscending"),
            (|t| t.signers[1] = t.signers[0], "Terms_MembersNotAscending"),
            (|t| t.signers[0] = Address::with_last_byte(4), "Terms_ReservedAddress"),
            (|t| t.assets.clear(), "Terms_AssetCountOutOfRange"),
            (|t| t.assets.push(Address::ZERO), "Terms_AssetsNotAscending"),
            (|t| t.coverageFloorBps = 10_001, "Terms_CoverageFloorOutOfRange"),
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
        terms.timers.rootMaxAge = U40::from(6 * HOUR);
        terms.timers.serveDeadline = U40::from(2 * DAY);
        terms.timers.unattestedFinality = U40::from(42 * HOUR);
        terms.timers.headStart = U40::ZERO;
        check(&terms).unwrap();
    }

    #[test]
    fn reserved_means_up_to_ffff() {
        assert!(is_reserved(Address::ZERO) && is_reserved(Address::left_padding_from(&[0xff, 0xff])));
        assert!(!is_reserved(Address::left_padding_from(&[1, 0, 0])));
    }
}
