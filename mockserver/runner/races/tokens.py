"""Tokens of interleavings: short, and valid for one scenario file and seed only.

`r1-FILE-CHOICES-CHECK`: FILE is a hash of the scenario's text and seed, CHOICES a code for each race, CHECK a hash of
all before it. So a token of another file, and one changed by hand or cut by a terminal, can be detected.
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
    """Return the token of an interleaving; `seed` is the one that replaces the scenario's own, or empty."""
    codes = ".".join(choice.code for choice in choices)
    return _with_checksum(f"{FORMAT_VERSION}-{_scenario_hash(scenario, seed)}-{codes}")


def decode_token(scenario: Scenario, seed: str, token_text: str) -> Choices:
    """Return the choices of a token. Raises `MockError`: RUN008 (damaged token), RUN009 (another scenario's)."""
    token = token_text.strip()
    found = _TOKEN_PATTERN.fullmatch(token)
    if found is None or _with_checksum(token.rpartition("-")[0]) != token:
        hint = "Copy the whole token from `mockserver test --explore`."
        raise refuse("RUN008", f"{token_text[:80]!r} is not a token, or an incomplete one", hint)
    version, scenario_hash, codes = found[1], found[2], found[3].split(".")
    if version != FORMAT_VERSION:
        raise refuse("RUN008", f"the token has version {version}; only {FORMAT_VERSION} is supported", "Explore again.")
    races = find_races(scenario, 1)
    if scenario_hash != _scenario_hash(scenario, seed) or len(codes) != len(races):
        message = f"the token does not belong to {scenario.name} as it is now: the file or the seed differs"
        raise refuse("RUN009", message, "Explore again, or pass the file (and --seed) that the token was made with.")
    return tuple(choice_for_code(scenario, race, code) for race, code in zip(races, codes, strict=True))


def _scenario_hash(scenario: Scenario, seed: str) -> str:
    return seeded_bytes("race", scenario.text, seed, size=4).hex()


def _with_checksum(text: str) -> str:
    return f"{text}-{seeded_bytes('seal', text, size=2).hex()}"
