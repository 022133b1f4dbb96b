"""Compiles expected answers, and checks them against the vendor's states."""

from typing import Final

from mockserver.errors import did_you_mean
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.matchers import check_matchers
from mockserver.scenario.nodes import Node
from mockserver.scenario.play_model import ANY_OUTCOME, ExpectedAnswer
from mockserver.vendors.api import Era, Operation

_MISSPELT_CUTOFF: Final = 0.75
"""How similar an expected status and a state must be for the status to count as misspelt."""


class ExpectationCompiler:
    """Compiles the expectations of one era; `custom_statuses` are those that the scenario's `fields` show."""

    def __init__(self, era: Era, diagnostics: Diagnostics, custom_statuses: frozenset[str]) -> None:
        self.era = era
        self.diagnostics = diagnostics
        self.custom_statuses = custom_statuses

    def compile(self, node: Node | None, line: int, operation: Operation | None) -> ExpectedAnswer:
        """Compile one expectation; without one, any 2xx is expected."""
        if node is None or node.node_type != "mapping":
            return ExpectedAnswer(line=line)
        listed = node.get("one_of")
        if listed is not None:
            return ANY_OUTCOME._replace(line=node.line, one_of=self.compile_all(listed, operation))
        status = values.as_int(node.get("status"), None)
        body = node.get("body")
        if body is not None:
            check_matchers(body, self.diagnostics)
            if status is None or status < 300:
                self._check_status(body.get("status"), operation)
        return ExpectedAnswer(
            status=status,
            body=values.as_json_value(body),
            headers=values.as_pairs(node.get("headers")),
            reason=values.as_optional_text(node.get("reason")),
            absent=values.as_texts(node.get("absent")),
            line=node.line,
            no_answer=node.get("no_answer") is not None,
        )

    def compile_all(self, node: Node, operation: Operation | None = None) -> tuple[ExpectedAnswer, ...]:
        """Compile a list of expectations."""
        return tuple(self.compile(item, item.line, operation) for item in node.items)

    def _check_status(self, node: Node | None, operation: Operation | None) -> None:
        """Report a status that is almost a state. A very different one may be the value of another field."""
        if node is None or node.node_type != "scalar":
            return
        kinds = list(self.era.kinds.values())
        if operation is not None and operation.kind in self.era.kinds:
            kinds = [self.era.kinds[operation.kind]]
        states = list(dict.fromkeys(state for kind in kinds for state in lint.all_states(kind)))
        if node.text in states or node.text in self.custom_statuses:
            return
        close = did_you_mean(node.text, states, _MISSPELT_CUTOFF)
        if close:
            self.diagnostics.add("SCN056", f"{self.era.vendor} has no status {node.text!r}{close}", node)
