"""What a kind of fault tells the language."""

from collections.abc import Callable
from dataclasses import dataclass

from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Field, Shape
from mockserver.vendors.faults import Effect

Reader = Callable[[Node, Node, Report], Effect]
"""(the value behind the word, the whole of `do`, where problems go) -> the effect; both are of the right shape."""


@dataclass(frozen=True)
class Word:
    """One kind of fault."""

    effect: type[Effect]
    shape: Shape
    """What may stand behind the word."""
    says: str
    """One sentence for the schema and for messages."""
    example: str
    """What one writes under `do`, in braces left out: `drop: reset`."""
    read: Reader
    beside: tuple[Field, ...] = ()
    """Keys that make sense only with it."""

    @property
    def name(self) -> str:
        """The word."""
        return self.effect.word
