"""A scenario as values: what the engine plays and what the runner requests.

Only the line numbers, which a failed step points at, show that it came from a file.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from mockserver.core.clock import ClockMode
from mockserver.core.instants import Instant
from mockserver.vendors.script import NO_SCRIPT, Script

if TYPE_CHECKING:
    from mockserver.scenario.play_model import PlayStep


class ClockSettings(NamedTuple):
    """A scenario's settings of its session's clock; None leaves a setting to the caller that starts the session."""

    start: Instant | None = None
    mode: ClockMode | None = None


UNSET_CLOCK: Final = ClockSettings()


class Scenario(NamedTuple):
    """A scenario file, compiled and checked against its vendor's tables."""

    name: str
    vendor: str
    title: str = ""
    source: str = ""
    """The sentence of the vendor's page that it demonstrates."""
    catches: str = ""
    """The mistake of a client that it catches."""
    date: str = ""
    """The date that the file pins the vendor to; empty: the newest era."""
    seed: str = ""
    clock: ClockSettings = UNSET_CLOCK
    script: Script = NO_SCRIPT
    play: tuple["PlayStep", ...] = ()
    off_contract: Mapping[str, str] = {}
    """The contract's rules that it breaks on purpose, with the reasons."""
    path: str = ""
    text: str = ""
    """The text of the file."""
