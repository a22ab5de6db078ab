"""cvc5 as a solver command, which its Python package does not bring: `python cvc5_smt2.py FILE.smt2` prints sat, unsat or unknown.

It reads words as integers, whose products and quotients it knows laws of. It prints no model: it is for proofs, of which the last word is unsat.
"""

import re
import sys

import cvc5


def main(path):
    """Solves the one question in a file as Halmos writes it."""
    with open(path, encoding="utf-8") as file:
        question = file.read()
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("solve-bv-as-int", "sum")
    parser = cvc5.InputParser(solver)
    asked = question.replace("(set-logic QF_AUFBV)", "(set-logic ALL)").replace("(get-model)", "")
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, asked, path)
    # None of the file's commands but its `check-sat` says anything.
    while not (command := parser.nextCommand()).isNull():
        print(command.invoke(solver, parser.getSymbolManager()), end="")
    # Products that Halmos leaves open at first: when it sees their name in an answer, it asks again with real ones.
    print("\n".join(f"; {name}" for name in sorted(set(re.findall(r"declare-fun (f_evm_\w+)", question)))))


if __name__ == "__main__":
    main(sys.argv[1])
