"""The shares of a round add up to the round at most. Over all integers, by Z3; `cargo xtask prove Shares` runs it.

A leaf that is still owed `net` gets `floor(net * round / owed)` (`ClaimProof` shows that a claim pays exactly that, once). By induction over the
leaves: shares that are added up are at most the share of what they are of (`add_up`), and a share of at most everything owed is at most the
round (`within_the_round`).
"""

import sys

from z3 import And, Implies, Ints

from lemmas import prove

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


if __name__ == "__main__":
    sys.exit(prove("Shares", LEMMAS))
