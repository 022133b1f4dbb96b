"""Scores our judge and Schemathesis on every kind; prints the table, and writes it into docs/judging.md.

`python -m bench.contracts [PART OF A KIND'S ID...]`: with words only those kinds, printed and not written. `--ours`
leaves Schemathesis' own runs out, which take a few seconds each.
"""

import platform
import sys
import time
import warnings
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

from bench.contracts import table
from bench.contracts.corpus import BY_ID, KINDS
from bench.contracts.rival import SEEDS, VERSION, Failed, correct, in_its_own_run, on_the_same_answers
from bench.contracts.score import score
from bench.contracts.table import Row
from mockserver import __version__

PROCESSES = 2
OTHER_SEEDS = (11, 12)


def _own(kind_id: str) -> tuple[Failed, ...]:
    warnings.simplefilter("ignore")
    return in_its_own_run(BY_ID[kind_id])


def _noise(pin: str) -> int:
    """How many failures it reports of the correct fake with other seeds, that it did not report before."""
    warnings.simplefilter("ignore")
    known = frozenset[Failed]().union(*(correct(pin, seed) for seed in SEEDS))
    return sum(bool(correct(pin, seed) - known) for seed in OTHER_SEEDS)


def rows(chosen: list[str], *, own: bool) -> Iterable[Row]:
    """Each kind, scored, as soon as it is."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        runs = pool.map(_own, chosen) if own else (() for _ in chosen)
        for kind_id, found in zip(chosen, runs, strict=True):
            yield Row(score(BY_ID[kind_id]), on_the_same_answers(BY_ID[kind_id]), found)


def main() -> int:
    """Score what was named, or everything; 1 where ours misses a kind."""
    warnings.simplefilter("ignore")
    words, began = [word for word in sys.argv[1:] if not word.startswith("--")], time.monotonic()
    own = "--ours" not in sys.argv
    chosen = [kind.id for kind in KINDS if not words or any(word in kind.id for word in words)]
    done: list[Row] = []
    print(table.HEAD, flush=True)
    for row in rows(chosen, own=own):
        done.append(row)
        print(table.line(row), flush=True)
    text = "\n".join(table.summary(done))
    print(f"\n{text}\n\n{time.monotonic() - began:.0f} s", flush=True)
    if own and not words:
        table.write(f"{_measured()}\n\n{text}\n\n{table.HEAD}\n" + "\n".join(map(table.line, done)))
    return 0 if all(row.ours.rule for row in done) else 1


def _measured() -> str:
    pins = sorted({kind.pin for kind in KINDS})
    with ProcessPoolExecutor(PROCESSES) as pool:
        noise = sum(pool.map(_noise, pins))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with videojob-mockserver {__version__}, Schemathesis {VERSION}, "
        f"Python {platform.python_version()}.\nOf {len(pins) * len(OTHER_SEEDS)} more of its runs on the correct fake, "
        f"with other seeds, {noise} reported something that would have counted as found."
    )


if __name__ == "__main__":
    sys.exit(main())
