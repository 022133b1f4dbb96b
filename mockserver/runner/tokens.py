"""A token for one way in which the races of a play can go: short, and good for that very file and seed only.

`r1-FILE-WAYS-CHECK`: FILE is a hash of the scenario's text and seed, WAYS a word for each race, CHECK a hash of all
before it. So a token of another file, and one that was changed by hand or cut by a terminal, are told from a good one.
"""

import re
from typing import Final

from mockserver.core.ids import digest
from mockserver.errors import refuse
from mockserver.runner.races import Ways, races, way
from mockserver.scenario.model import Scenario

VERSION: Final = "r1"
_FORM: Final = re.compile(r"(r[0-9]+)-([0-9a-f]{8})-([a-z.]+)-([0-9a-f]{4})")


def token(scenario: Scenario, seed: str, ways: Ways) -> str:
    """The token of one way; `seed` is the one that was asked for instead of the scenario's own, or empty."""
    codes = ".".join(way.code for way in ways)
    return _sealed(f"{VERSION}-{_file(scenario, seed)}-{codes}")


def ways_of(scenario: Scenario, seed: str, written: str) -> Ways:
    """The way that a token means. Raises `MockError`: RUN008 (no token, or not as it was made), RUN009 (another's)."""
    found = _FORM.fullmatch(written.strip())
    if found is None or _sealed(written.strip().rpartition("-")[0]) != written.strip():
        hint = "copy it whole from `mockserver test --explore`"
        raise refuse("RUN008", f"{written[:80]!r} is no token, or not all of it", hint)
    if found[1] != VERSION:
        raise refuse("RUN008", f"this token is of version {found[1]}, and {VERSION} is read here", "explore again")
    there, codes = races(scenario, 1), found[3].split(".")
    if found[2] != _file(scenario, seed) or len(codes) != len(there):
        message = f"this token is not for {scenario.name} as it is now: the file or the seed is another"
        raise refuse("RUN009", message, "explore again, or name the file (and --seed) that it was made with")
    return tuple(way(scenario, race, code) for race, code in zip(there, codes, strict=True))


def _file(scenario: Scenario, seed: str) -> str:
    return digest("race", scenario.text, seed, size=4).hex()


def _sealed(text: str) -> str:
    return f"{text}-{digest('seal', text, size=2).hex()}"
