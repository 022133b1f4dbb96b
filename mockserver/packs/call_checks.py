"""What is checked of a call before its operation runs: required headers, the query, the body."""

from collections.abc import Mapping
from typing import NamedTuple

from mockserver.core.wire import Response
from mockserver.packs.errors import ErrorTable
from mockserver.packs.facts import Facts
from mockserver.packs.fields import NO_FIELDS, RequestFields
from mockserver.packs.situations import INVALID_BODY, INVALID_QUERY
from mockserver.vendors.api import Call
from mockserver.vendors.checks import Mistake


class RequiredHeader(NamedTuple):
    """A header that requests must have, or have with one of some values."""

    name: str
    required: bool
    options: tuple[str, ...]
    """The allowed values, the usual one first; empty: any."""
    error: str

    def is_wrong(self, call: Call) -> bool:
        """Return whether a call lacks it, or has another value."""
        value = call.request.headers.get(self.name.lower())
        if value is None:
            return self.required
        return bool(self.options) and value not in self.options


class CallChecks(NamedTuple):
    """The checks of one operation."""

    errors: ErrorTable
    headers: tuple[RequiredHeader, ...] = ()
    query: RequestFields = NO_FIELDS
    body: RequestFields = NO_FIELDS

    def passes(self, call: Call) -> bool:
        """Return whether there is nothing to refuse, without rendering what there is."""
        for header in self.headers:
            if header.is_wrong(call):
                return False
        return not self.query.common and not (self.body.common and isinstance(call.body, Mapping))

    def refusal(self, call: Call, facts: Facts) -> Response | None:
        """Return the error of the first check that fails; None if the call passes all."""
        for header in self.headers:
            if header.is_wrong(call):
                return self.errors.render(header.error, facts)
        if self.query.common:
            mistakes = self.query.mistakes(dict(call.request.query_parameters()), "query")
            if mistakes:
                return self._render(INVALID_QUERY, mistakes, self.query, facts)
        if isinstance(call.body, Mapping):
            mistakes = self.body.mistakes(call.body)
            if mistakes:
                return self._render(INVALID_BODY, mistakes, self.body, facts)
        return None

    def _render(self, situation: str, mistakes: list[Mistake], fields: RequestFields, facts: Facts) -> Response:
        path = mistakes[0].path
        own = fields.errors.get(str(path[1])) if len(path) > 1 else None
        return self.errors.render_mistakes(situation, mistakes, facts, own)
