"""The create requests that a scenario implies, held to the vendor's own checks: a job that it refuses cannot exist.

The vendor's limits (how many items, which types, which texts) are not repeated here: its own create operations are
asked for their answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mockserver.core.text import truncate
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.scenario.placeholders import names_in
from mockserver.scenario.play_model import PlayStep
from mockserver.vendors.api import Era, JobKind
from mockserver.vendors.bodies import as_received
from mockserver.vendors.creation import create_refusal
from mockserver.vendors.planner import with_request_for_each_item
from mockserver.vendors.script import ItemScript, Script, SeededJob

_MAX_ANSWER: Final = 160
"""Characters of a vendor's answer that a message quotes."""
_MERGED: Final = "The body is merged over the vendor's example."


@dataclass(frozen=True)
class CreateRequestCheck:
    """Reports create requests that the vendor refuses (SCN072)."""

    eras: Sequence[Era]
    """The file's era, then the others: of an era that refuses every create, another one decides."""
    script: Script
    """The scenario without its jobs."""
    diagnostics: Diagnostics

    def check_items(self, node: Node, kind: JobKind, items: tuple[ItemScript, ...]) -> None:
        """Check a batch that has an item for each that `items` describes."""
        body = with_request_for_each_item(dict(kind.example), items, kind.items_field)
        self._check(node, f"a create of {sum(item.copies for item in items)} such items", kind.name, body)

    def check_job(self, node: Node, job: SeededJob) -> None:
        """Check the `body` of a job that exists at the start."""
        kind = self.eras[0].kinds[job.kind]
        items = job.items or self.script.items_of(job.kind)
        body = with_request_for_each_item({**kind.example, **job.body}, items, kind.items_field)
        self._check(node, "this create request", job.kind, body, hint=_MERGED)

    def check_play(self, steps: Iterable[tuple[Node, PlayStep]]) -> None:
        """Check what the steps send that create a job and expect success."""
        for node, step in steps:
            operation = self.eras[0].operation(step.operation)
            if operation is None or not operation.creates or not step.expect.is_success:
                continue
            # A text may be anything, and a placeholder has a value only when the play runs.
            sent = node.get("send")
            if sent is not None and isinstance(step.send, Mapping) and not any(names_in(step.send)):
                hint = "If that is what the step shows, expect it: `create: {status: 400}`."
                body = step.send
                if step.sent_as is not None:
                    body = as_received(operation.body, step.sent_as, body)
                self._check(sent, "this request", operation.kind, body, hint=hint, operation=operation.name)

    def _check(
        self, node: Node, what: str, kind: str, body: Mapping[str, Any], *, hint: str = "", operation: str | None = None
    ) -> None:
        refusal = create_refusal(self.eras, self.script, kind, body, operation)
        if refusal is not None:
            answer = truncate(refusal.body.decode("utf-8", "replace"), _MAX_ANSWER)
            message = f"{self.eras[0].vendor} refuses {what} with {refusal.status}: {answer}"
            self.diagnostics.add("SCN072", message, node, hint, on_key=True)
