"""The shares of a round add up to the round at most. Over all integers, by Z3; `cargo xtask prove Shares` runs it.

A leaf that is still owed `net` gets `floor(net * round / owed)` (`ClaimProof` shows that a claim pays exactly that, once). By induction over the
leaves: shares that are added up are at most the share of what they are of (`add_up`), and a share of at most everything owed is at most the
round (`within_the_round`).

Each lemma is asked for as it is, where its contrary must be impossible, and with a bug in it, where there must be a counterexample.
"""

import sys
import time

from z3 import And, Implies, Ints, Not, Solver, sat, unsat

ROUND, OWED = Ints("round owed")
TERMS = And(ROUND >= 0, OWED > 0)


def rounded_down(share, net):
    """`share` is `floor(net * round / owed)`."""
    return And(share * OWED <= net * ROUND, net * ROUND < (share + 1) * OWED)


def rounded_up(share, net):
    """`share` is `ceil(net * round / owed)`."""
    return And((share - 1) * OWED < net * ROUND, net * ROUND <= share * OWED)


def add_up(is_share):
    """Two shares are together at most the share of both nets."""
    a, b, of_a, of_b, of_both = Ints("a b of_a of_b of_both")
    given = And(TERMS, a >= 0, b >= 0, is_share(of_a, a), is_share(of_b, b), is_share(of_both, a + b))
    return Implies(given, of_a + of_b <= of_both)


def within_the_round(most):
    """A share of at most `most` is at most the round."""
    net, share = Ints("net share")
    return Implies(And(TERMS, 0 <= net, net <= most, rounded_down(share, net)), share <= ROUND)


# Each with what the vault does, and with the bug planted: rounded up; one more owed than the round divides by.
LEMMAS = (
    ("add_up", add_up(rounded_down), add_up(rounded_up)),
    ("within_the_round", within_the_round(OWED), within_the_round(OWED + 1)),
)


def ask(claim, wanted):
    """Whether the solver finds what it must of the claim's contrary."""
    solver = Solver()
    solver.set("timeout", 60_000)
    solver.add(Not(claim))
    return solver.check() == wanted


def main():
    """Prints a row a lemma; the exit code is the number of results that are not what they must be."""
    wrong = 0
    for name, sound, planted in LEMMAS:
        began = time.monotonic()
        proven, found = ask(sound, unsat), ask(planted, sat)
        wrong += (not proven) + (not found)
        verdict = f"{'' if found else 'NOT '}found{'' if proven else '  NOT PROVEN'}"
        print(f"{'Shares':<12}{name:<34}{'':>7}{time.monotonic() - began:>9.1f}  {verdict}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
