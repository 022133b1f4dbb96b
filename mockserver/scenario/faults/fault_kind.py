"""What a kind of fault tells the language."""

from collections.abc import Callable
from dataclasses import dataclass

from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import MappingField, Shape
from mockserver.vendors.faults import Effect

EffectParser = Callable[[Node, Node, Diagnostics], Effect]
"""(the value behind the word, the whole of `do`, where problems go) -> the effect; both are of the right shape."""


@dataclass(frozen=True)
class FaultKind:
    """One kind of fault."""

    effect: type[Effect]
    shape: Shape
    """What may stand behind the word."""
    description: str
    """One sentence for the schema and for messages."""
    example: str
    """What one writes under `do`, in braces left out: `drop: reset`."""
    parse: EffectParser
    extra_fields: tuple[MappingField, ...] = ()
    """Keys that make sense only with it."""

    @property
    def keyword(self) -> str:
        """The word."""
        return self.effect.keyword
