"""The clock's formulas say what section 1 of the specification says. Over all integers, by Z3; `cargo xtask prove Phase` runs it.

That the code computes these formulas shows `PhaseProof.sol`. Here they are compared with predicates over a second `t`: so many seconds count
until then.
"""

import sys

from z3 import And, If, Implies, Int, Ints, Or

from lemmas import prove

T = Int("t")
GRACE, ROOT_MAX_AGE, CAP, CHALLENGE = Ints("grace rootMaxAge silenceCap challengeWindow")
MAINTENANCE = Ints("maintenanceFrom maintenanceUntil")
MAJEURE = Ints("majeureFrom majeureUntil")
SINCE = Int("since")
OWN, ALARM, FLICKER_UNTIL = Ints("own alarm flickerUntil")
SUSPECTED_SINCE, WIND_DOWN = Ints("suspectedSince windDownAt")
# Of the formulas: later than any second.
NEVER = 2**256 - 1
LATEST = 2**48

TIMES = [T, SINCE, OWN, ALARM, SUSPECTED_SINCE, WIND_DOWN, FLICKER_UNTIL, *MAINTENANCE, *MAJEURE]
TERMS = And(
    *(And(0 <= time, time < LATEST) for time in TIMES),
    *(And(0 < timer, timer <= CAP, CAP < LATEST) for timer in (GRACE, ROOT_MAX_AGE)),
    And(0 < CHALLENGE, CHALLENGE < LATEST),
    MAINTENANCE[0] <= MAINTENANCE[1],
    MAJEURE[0] <= MAJEURE[1],
)


def least(a, b):
    """The smaller one."""
    return If(a < b, a, b)


def most(a, b):
    """The larger one."""
    return If(a < b, b, a)


# ------------------------------------------------------------------ the formulas, as in `PhaseProof.sol`


def put_off(deadline, since, begin, end):
    """A deadline that runs since `since`, put off by a window."""
    return If(Or(deadline <= begin, end <= since), deadline, deadline + end - most(begin, since))


def silent_at(later=most):
    """When silence begins to count as suspicion."""
    swapped = MAJEURE[0] < MAINTENANCE[0]
    first = [If(swapped, a, b) for a, b in zip(MAJEURE, MAINTENANCE)]
    second = [If(swapped, b, a) for a, b in zip(MAJEURE, MAINTENANCE)]
    once = put_off(SINCE + GRACE, SINCE, *first)
    return least(put_off(once, later(SINCE, first[1]), *second), SINCE + CAP)


def stale_at(cap=CAP):
    """The same of old ledgers."""
    return least(put_off(SINCE + ROOT_MAX_AGE, SINCE, *MAJEURE), SINCE + cap)


def time_of(stored):
    """A stored time; zero: none."""
    return If(stored > 0, stored, NEVER)


def start():
    """When suspicion begins."""
    return least(time_of(SUSPECTED_SINCE), least(OWN, time_of(ALARM)))


def latch_at(is_flicker=lambda own, until: own < until):
    """When the vault latches."""
    at_once = If(is_flicker(OWN, FLICKER_UNTIL), OWN, NEVER)
    return least(time_of(WIND_DOWN), least(at_once, start() + CHALLENGE))


# ------------------------------------------------------------------ the specification


def common(begin, end):
    """Seconds that [SINCE, T) and a window have in common."""
    return most(least(T, end) - most(SINCE, begin), 0)


def silent():
    """As many seconds since the last beat as the grace, those in a window not counted; or as many as nothing excuses."""
    both = common(most(MAINTENANCE[0], MAJEURE[0]), least(MAINTENANCE[1], MAJEURE[1]))
    excused = common(*MAINTENANCE) + common(*MAJEURE) - both
    return Or(T - SINCE - excused >= GRACE, T - SINCE >= CAP)


def stale():
    """The same since the oldest newest root; maintenance excuses nothing here."""
    return Or(T - SINCE - common(*MAJEURE) >= ROOT_MAX_AGE, T - SINCE >= CAP)


def reached(stored, t):
    """A stored time; zero: none."""
    return And(stored > 0, stored <= t)


def suspected(t):
    """By the service's own doing, an alarm that stands, or a suspicion that lasts."""
    return Or(OWN <= t, reached(ALARM, t), reached(SUSPECTED_SINCE, t))


def latched():
    """Suspected a whole challenge window ago; or once too often; or wound down."""
    return Or(suspected(T - CHALLENGE), And(OWN < FLICKER_UNTIL, OWN <= T), reached(WIND_DOWN, T))


# Each with what the vault does, and with a bug: time in both windows counts twice; old ledgers are excused for ever; a suspicion that lasts
# begins anew; a suspicion that begins when flickers may again latches at once.
LEMMAS = (
    (
        "silence",
        Implies(TERMS, (silent_at() <= T) == silent()),
        Implies(TERMS, (silent_at(lambda since, _: since) <= T) == silent()),
    ),
    ("staleness", Implies(TERMS, (stale_at() <= T) == stale()), Implies(TERMS, (stale_at(2 * CAP) <= T) == stale())),
    (
        "suspicion",
        Implies(TERMS, (start() <= T) == suspected(T)),
        Implies(TERMS, (least(OWN, time_of(ALARM)) <= T) == suspected(T)),
    ),
    (
        "latch",
        Implies(TERMS, (latch_at() <= T) == latched()),
        Implies(TERMS, (latch_at(lambda own, until: own <= until) <= T) == latched()),
    ),
)

if __name__ == "__main__":
    sys.exit(prove("Phase", LEMMAS))
