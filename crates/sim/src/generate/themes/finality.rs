//! What suspicion does to finality and to excuses: cases that nobody comes to by accident.

use super::*;

/// A part of the longest force majeure that is short beside a maintenance.
const SHORT: u8 = 1;
/// Seconds before a root is final by its age at which it is challenged: fewer than there are to answer.
const BEFORE_FINAL: i8 = -100;

/// Beats until stale roots would come first; then the watchers' alarm, and new ledgers when the old ones are stale.
pub(super) fn alarms(model: &Model) -> Option<Next> {
    let (clock, now) = (&model.clock, model.now);
    let stale_at = clock.roots_at + clock.timers.root_max_age;
    match model.phase() {
        Phase::Live if clock.alarm_at.is_some() => None,
        Phase::Live if clock.last_beat + clock.timers.grace <= stale_at => any("beat", to(Edge::Suspected, -100)),
        Phase::Live => any("raiseAlarm", to(Edge::Stale, -100)),
        Phase::Suspected if clock.alarm_at.is_none() => None,
        Phase::Suspected if now < stale_at => any("commit", to(Edge::Stale, 0)),
        Phase::Suspected => {
            let oldest = (0_u8..).zip(&model.assets).filter(|(_, held)| held.listed);
            let oldest = oldest.min_by_key(|(_, held)| held.posted.last().map(|posted| posted.posted_at))?;
            this(honest(model, oldest.0, Amount::Limit(0)), soon())
        }
        _ => None,
    }
}

/// A word of a new root is asked for shortly before it is final. The answer comes in the second in which it would have been; or the alarm does,
/// and the answer after that.
pub(super) fn late_answers(model: &Model) -> Option<Next> {
    let asked = |held: &AssetState| {
        let newest = held.newest();
        held.challenges.iter().any(|((epoch, _), challenge)| *epoch == newest && !challenge.closed)
    };
    let open = (0_u8..).zip(&model.assets).find(|(_, held)| asked(held));
    match (model.phase(), open) {
        (Phase::Live, Some((asset, _))) if model.number.is_multiple_of(2) => answer(asset, to(Edge::Aged(asset), 0)),
        (Phase::Live, Some((asset, _))) => any("raiseAlarm", to(Edge::Aged(asset), 1)),
        (Phase::Live, None) => {
            let asset = first_listed(model)?;
            let newest = model.assets[usize::from(asset)].posted.last()?;
            let young = model.now < newest.posted_at + model.clock.timers.unattested_finality;
            if !young || newest.attested_at.is_some() || newest.is_void {
                return this(honest(model, asset, Amount::Part(200)), soon());
            }
            let challenge = Action::ChallengeWord { by: 0, asset, back: 0, word: 0, value: Value::Right };
            this(challenge, to(Edge::Aged(asset), BEFORE_FINAL))
        }
        (Phase::Suspected, Some((asset, _))) => answer(asset, soon()),
        _ => None,
    }
}

fn answer(asset: AssetId, warp: Option<Warp>) -> Option<Next> {
    let challenge = ChallengeRef { pick: 0, closed: false };
    let (forgery, packing) = (Forgery::None, Packing::Right);
    this(Action::AnswerChallenge { by: 1, asset, challenge, forgery, packing }, warp)
}

/// Maintenance, a day ahead; and a force majeure that is declared shortly before, or in the midst of it.
pub(super) fn overlap(model: &Model) -> Option<Next> {
    let (clock, now) = (&model.clock, model.now);
    // Where a day of silence is not excused, no maintenance is ever reached.
    if clock.majeure.is_some() || clock.timers.grace < 86_400 {
        return None;
    }
    let declare = |warp| {
        let (duration, sig, quorum) = (Amount::Part(SHORT), Sig::Good, QuorumSig::Good);
        this(Action::DeclareForceMajeure { duration, sig, quorum }, warp)
    };
    match clock.maintenance.filter(|window| window.until > now) {
        Some(window) if now >= window.from => declare(soon()),
        Some(_) if model.number.is_multiple_of(2) => declare(to(Edge::MaintenanceFrom, -100)),
        Some(_) => declare(to(Edge::MaintenanceFrom, 100)),
        None if now > clock.last_beat + 600 => any("beat", soon()),
        None => any("announceMaintenance", soon()),
    }
}
