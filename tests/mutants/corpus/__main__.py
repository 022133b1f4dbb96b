"""Score the judge and Schemathesis on every mutant; print the table and write it into docs/judging.md.

With `[PART OF AN ID...]` it scores only those mutants, prints the rows and writes nothing. `--ours`
leaves Schemathesis' own runs out, which take a few seconds each; what the page says of them then stays as it is.
"""

import platform
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

from mockserver import __version__
from tests.mutants.corpus import score_table
from tests.mutants.corpus.mutants import BY_ID, MUTANTS
from tests.mutants.corpus.schemathesis_baseline import (
    SEEDS,
    VERSION,
    CheckFailure,
    correct,
    in_its_own_run,
    on_the_same_answers,
)
from tests.mutants.corpus.score import score
from tests.mutants.corpus.score_table import Row

PROCESSES = 2
OTHER_SEEDS = (11, 12)


def _names(failed: Sequence[CheckFailure]) -> str:
    return ", ".join(sorted({name for name, _ in failed}))


def _own(kind_id: str) -> str:
    warnings.simplefilter("ignore")
    return _names(in_its_own_run(BY_ID[kind_id]))


def _noise(pin: str) -> int:
    """Count the runs on the correct fake that report, with other seeds, what the first ones did not."""
    warnings.simplefilter("ignore")
    known = frozenset[CheckFailure]().union(*(correct(pin, seed) for seed in SEEDS))
    return sum(bool(correct(pin, seed) - known) for seed in OTHER_SEEDS)


def rows(chosen: Sequence[str], *, own: bool) -> Iterator[Row]:
    """Yield each mutant's row as soon as it is scored."""
    before = score_table.written()[1]
    with ProcessPoolExecutor(PROCESSES) as pool:
        runs = pool.map(_own, chosen) if own else (before.get(kind_id, [""])[-1] for kind_id in chosen)
        for kind_id, found in zip(chosen, runs, strict=True):
            mutant = BY_ID[kind_id]
            yield Row(score(mutant), _names(on_the_same_answers(mutant)), found)


def main() -> int:
    """Score the named mutants, or all; return 1 if the judge misses one."""
    warnings.simplefilter("ignore")
    words, began = [word for word in sys.argv[1:] if not word.startswith("--")], time.monotonic()
    own = "--ours" not in sys.argv
    chosen = [mutant.id for mutant in MUTANTS if not words or any(word in mutant.id for word in words)]
    done: list[Row] = []
    print(score_table.HEAD, flush=True)
    for row in rows(chosen, own=own):
        done.append(row)
        print(score_table.line(row), flush=True)
    print("\n" + "\n".join(score_table.summary(done)) + f"\n\n{time.monotonic() - began:.0f} s", flush=True)
    if not words:
        score_table.write(_measured() if own else score_table.written()[0], done)
    return 0 if all(row.ours.rule for row in done) else 1


def _measured() -> str:
    pins = sorted({mutant.pin for mutant in MUTANTS})
    with ProcessPoolExecutor(PROCESSES) as pool:
        noise = sum(pool.map(_noise, pins))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with videojob-mockserver {__version__}, Schemathesis {VERSION}, "
        f"Python {platform.python_version()}.\nOf {len(pins) * len(OTHER_SEEDS)} more of its runs on the correct fake, "
        f"with other seeds, {noise} reported something that would have counted as found."
    )


if __name__ == "__main__":
    sys.exit(main())
