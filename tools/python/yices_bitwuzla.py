"""Two solvers as one solver command: `python yices_bitwuzla.py FILE.smt2` prints what Yices says, or what Bitwuzla does of questions that Yices is slow with.

Of Bitwuzla's answers only unsat counts: it shows no counterexample here, and Halmos takes a sat without one for a counterexample that is real.
"""

import subprocess
import sys
from pathlib import Path

import bitwuzla

# What Yices answers at all it mostly answers within these.
YICES_SECONDS = 30


def yices(path):
    """Yices' answer as it stands, or None if it did not end in time."""
    command = Path(sys.executable).with_name("yices-smt2")
    try:
        options = ["--smt2-model-format", "--bvconst-in-decimal"]
        return subprocess.run([command, *options, path], stdout=subprocess.PIPE, timeout=YICES_SECONDS, text=True).stdout
    except subprocess.TimeoutExpired:
        return None


def has_no_solution(path):
    """Whether Bitwuzla says so of the one question in a file as Halmos writes it."""
    question = Path(path).read_text(encoding="utf-8").replace("(get-model)", "")
    parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
    parser.parse(question, True, False)
    return parser.bitwuzla().check_sat() == bitwuzla.Result.UNSAT


def main(path):
    """Prints the answer, on the first line of what Halmos reads."""
    answer = yices(path)
    if answer is None:
        answer = "unsat" if has_no_solution(path) else "unknown"
    print(answer)


if __name__ == "__main__":
    main(sys.argv[1])
