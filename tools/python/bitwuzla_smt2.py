"""Bitwuzla as a solver command, which its Python package does not bring: `python bitwuzla_smt2.py FILE.smt2` prints sat, unsat or unknown.

It prints no model: it is for proofs, of which the last word is unsat.
"""

import sys

import bitwuzla


def main(path):
    """Solves the one question in a file as Halmos writes it."""
    with open(path, encoding="utf-8") as file:
        question = file.read().replace("(get-model)", "")
    parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
    parser.parse(question, True, False)
    print(str(parser.bitwuzla().check_sat()).lower())


if __name__ == "__main__":
    main(sys.argv[1])
