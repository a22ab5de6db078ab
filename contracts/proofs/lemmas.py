"""Asks Z3 for lemmas over all integers: each as it is, where its contrary must be impossible, and with a bug in it, where there must be a
counterexample.
"""

import time

from z3 import Not, Solver, sat, unsat


def ask(claim, wanted):
    """Whether the solver finds what it must of the claim's contrary."""
    solver = Solver()
    solver.set("timeout", 60_000)
    solver.add(Not(claim))
    return solver.check() == wanted


def prove(group, lemmas):
    """Prints a row for each (name, claim, claim with a bug); gives the number of results that are not what they must be."""
    wrong = 0
    for name, sound, planted in lemmas:
        began = time.monotonic()
        proven, found = ask(sound, unsat), ask(planted, sat)
        wrong += (not proven) + (not found)
        verdict = f"{'' if found else 'NOT '}found{'' if proven else '  NOT PROVEN'}"
        print(f"{group:<12}{name:<34}{'':>7}{time.monotonic() - began:>9.1f}  {verdict}")
    return wrong
