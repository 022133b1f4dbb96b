"""Compiles the check of a batch's items: an item whose part of the create is not valid fails by itself."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mockserver.core.timeline import Timeline, TimelineStep
from mockserver.packs.facts import Facts
from mockserver.packs.fields import FieldCompiler, RequestFields
from mockserver.packs.input_lines import InputLines
from mockserver.packs.mistakes import MistakeWords
from mockserver.packs.node_access import member
from mockserver.scenario import values
from mockserver.scenario.nodes import Node, node_to_json


class ItemCheck(NamedTuple):
    """What an item's part of the create must have, and the outcome of an item that lacks it."""

    fields: RequestFields
    outcome: str
    words: MistakeWords

    def adjust(self, request: Mapping[str, Any], timeline: Timeline) -> Timeline:
        """Return the timeline that an item takes; one that is not valid ends in the outcome, with its error."""
        mistakes = self.fields.mistakes(request, "item")
        if not mistakes:
            return timeline
        described = self.words.facts_of(mistakes, Facts(at=0))
        error = {"code": described["mistake"]["code"], "message": described["mistakes_text"].rstrip()}
        return (*timeline[:-1], TimelineStep(self.outcome, fields={"error": error}))


class ItemCheckCompiler(NamedTuple):
    """What the checks of items are compiled with."""

    fields: FieldCompiler
    words: MistakeWords

    def compile(self, node: Node | None) -> ItemCheck | None:
        """Compile the entry `refused` of a batch's items; None without one."""
        if node is None:
            return None
        return ItemCheck(self.fields.compile_request(node), values.as_text(node.get("outcome")), self.words)

    def compile_lines(self, node: Node | None) -> InputLines | None:
        """Compile the entry `lines` of a batch's items; None without one."""
        if node is None:
            return None
        return InputLines(
            kind=member(node, "kind").text,
            member=member(node, "id").text,
            text=member(node, "text").text,
            unique=values.as_text(node.get("unique")),
            fields=self.fields.compile_request(node),
            words=self.words,
            example=dict(node_to_json(member(node, "example"))),
        )
