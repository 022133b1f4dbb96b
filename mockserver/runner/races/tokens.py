"""A token for one way in which the races of a play can go: short, and good for that very file and seed only.

`r1-FILE-WAYS-CHECK`: FILE is a hash of the scenario's text and seed, WAYS a word for each race, CHECK a hash of all
before it. So a token of another file, and one that was changed by hand or cut by a terminal, are told from a good one.
"""

import re
from typing import Final

from mockserver.core.ids import seeded_bytes
from mockserver.errors import refuse
from mockserver.runner.races.races import Choices, choice_for_code, find_races
from mockserver.scenario.model import Scenario

FORMAT_VERSION: Final = "r1"
_TOKEN_PATTERN: Final = re.compile(r"(r[0-9]+)-([0-9a-f]{8})-([a-z.]+)-([0-9a-f]{4})")


def encode_token(scenario: Scenario, seed: str, choices: Choices) -> str:
    """The token of one way; `seed` is the one that was asked for instead of the scenario's own, or empty."""
    codes = ".".join(way.code for way in choices)
    return _with_checksum(f"{FORMAT_VERSION}-{_scenario_hash(scenario, seed)}-{codes}")


def decode_token(scenario: Scenario, seed: str, token_text: str) -> Choices:
    """The way that a token means. Raises `MockError`: RUN008 (no token, or not as it was made), RUN009 (another's)."""
    found = _TOKEN_PATTERN.fullmatch(token_text.strip())
    if found is None or _with_checksum(token_text.strip().rpartition("-")[0]) != token_text.strip():
        hint = "copy it whole from `mockserver test --explore`"
        raise refuse("RUN008", f"{token_text[:80]!r} is no token, or not all of it", hint)
    if found[1] != FORMAT_VERSION:
        raise refuse(
            "RUN008", f"this token is of version {found[1]}, and {FORMAT_VERSION} is read here", "explore again"
        )
    there, codes = find_races(scenario, 1), found[3].split(".")
    if found[2] != _scenario_hash(scenario, seed) or len(codes) != len(there):
        message = f"this token is not for {scenario.name} as it is now: the file or the seed is another"
        raise refuse("RUN009", message, "explore again, or name the file (and --seed) that it was made with")
    return tuple(choice_for_code(scenario, race, code) for race, code in zip(there, codes, strict=True))


def _scenario_hash(scenario: Scenario, seed: str) -> str:
    return seeded_bytes("race", scenario.text, seed, size=4).hex()


def _with_checksum(text: str) -> str:
    return f"{text}-{seeded_bytes('seal', text, size=2).hex()}"
