"""What a kind of seeded bug is."""

from collections.abc import Callable
from typing import NamedTuple

from mockserver.vendors.script import NO_SCRIPT
from tests.mutants.corpus.client_drivers import SCRIPTS
from tests.mutants.corpus.mutated_vendor import Bug, World

Story = Callable[[World], None]
"""What a client lives through: calls in virtual time, whatever they are answered."""


class Kind(NamedTuple):
    """One kind of bug in one era of a vendor."""

    id: str
    says: str
    """What the vendor does wrong, in a sentence."""
    rules: tuple[str, ...]
    """One of these must be what names it."""
    story: Story
    bug: Bug
    pin: str

    @property
    def vendor(self) -> str:
        """The vendor whose bug it would be."""
        return self.pin.partition("@")[0]

    def lived(self) -> World:
        """The story, lived through with the bug."""
        return live(self.story, self.pin, self.bug)


def live(story: Story, pin: str, bug: Bug | None = None) -> World:
    """A story in a world of its own, with a bug or with none."""
    world = World(pin, bug, SCRIPTS.get(story, NO_SCRIPT))
    story(world)
    return world
