"""A mutant: a vendor with one seeded bug, and the client that meets it."""

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from mockserver.vendors.script import NO_SCRIPT
from tests.mutants.corpus.client_drivers import DRIVERS, SCRIPTS
from tests.mutants.corpus.mutated_vendor import Bug, MutatedVendor
from tests.support.fake_world import ERAS

ClientDriver = Callable[[MutatedVendor], None]
"""Makes a client's calls in virtual time, whatever the responses are."""


class Mutant(NamedTuple):
    """One bug in one era of a vendor."""

    id: str
    description: str
    """The vendor's fault, in a sentence."""
    rules: tuple[str, ...]
    """The ids of the rules one of which must report it."""
    driver: ClientDriver
    bug: Bug
    pin: str
    as_info: bool = False
    """True if something is missing that no source promises for that answer, so that it is reported as information."""

    @property
    def vendor(self) -> str:
        """The vendor's name."""
        return self.pin.partition("@")[0]

    def run(self) -> MutatedVendor:
        """Run the driver against the bug."""
        return drive(self.driver, self.pin, self.bug)


@cache
def drive(driver: ClientDriver, pin: str, bug: Bug | None = None) -> MutatedVendor:
    """Run a driver against a new vendor, with a bug or without; once: what a run left is only read."""
    world = MutatedVendor(pin, bug, SCRIPTS.get(driver, NO_SCRIPT))
    driver(world)
    return world


class CorrectRun(NamedTuple):
    """A driver on a vendor without a bug."""

    pin: str
    driver: ClientDriver

    def __str__(self) -> str:
        return f"{self.pin} {self.driver.__name__}"


CORRECT_RUNS: Final = tuple(CorrectRun(pin, driver) for pin, era in ERAS.items() for driver in DRIVERS[era.vendor])
"""Every driver on every era of its vendor."""
