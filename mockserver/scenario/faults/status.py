"""`status`: another answer instead of the operation's own: the vendor's error of that status, or a body given here.

The request does not take effect, unless it is `handled`: then only its answer is replaced.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

from mockserver.core.instants import SECOND, Duration, Instant, http_date
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION, RESPONSE_HEADERS
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import ANY, IntegerShape, MappingField, MappingShape, OneOfShape, TrueFlag
from mockserver.vendors.api import RequestError
from mockserver.vendors.faults import Effect, ErrorRenderer
from mockserver.vendors.script import ScriptedResponse

_VENDOR_ERRORS: Final = {401: RequestError.EXPIRED_KEY, 429: RequestError.RATE_LIMITED}
"""What the vendor has words of its own for at its door: a key that has expired in mid-job, a limit."""


class RetryAfter(NamedTuple):
    """When to ask again: so much later, said in seconds or as a date, rounded up to a whole second."""

    delay: Duration
    as_date: bool

    def text(self, now: Instant) -> str:
        """The header's value."""
        if not self.as_date:
            return str(-(-self.delay // SECOND))
        return http_date(-(-(now + self.delay) // SECOND) * SECOND)


@dataclass(frozen=True)
class StatusEffect(Effect):
    """Answers instead of the operation."""

    keyword: ClassVar[str] = "status"

    answer: ScriptedResponse
    retry_after: RetryAfter | None = None
    takes_effect: bool = False

    @property
    def may_break_contract(self) -> bool:
        """Unless it is one of those that any service may answer at any time."""
        return self.answer.status != 429 and self.answer.status < 500

    def replace(self, call: ErrorRenderer) -> Response:
        """The vendor's own body for the status, unless one is given."""
        later = () if self.retry_after is None else (("Retry-After", self.retry_after.text(call.now)),)
        told = self.answer._replace(headers=(*later, *self.answer.headers))
        trouble = _VENDOR_ERRORS.get(told.status)
        if told.body is not None or trouble is None:
            return call.render_scripted(told)
        shaped = call.render_request_error(trouble)
        return Response(told.status, (*shaped.headers, *told.headers), shaped.body)


def _parse_status(node: Node, do_node: Node, diagnostics: Diagnostics) -> StatusEffect:
    headers, handled = values.as_pairs(do_node.get("headers")), do_node.get("handled") is not None
    answer = ScriptedResponse(int(node.value), values.as_json_value(do_node.get("body")), headers)
    return StatusEffect(answer, _parse_retry_after(do_node.get("retry_after"), diagnostics), handled)


def _parse_retry_after(node: Node | None, diagnostics: Diagnostics) -> RetryAfter | None:
    if node is None:
        return None
    date = node.get("date")
    return RetryAfter(values.as_duration(node if date is None else date, diagnostics), date is not None)


_RETRY_AFTER: Final = OneOfShape(
    (
        DURATION,
        MappingShape(
            "a mapping with `date`", (MappingField("date", DURATION, "So much later, as a date.", required=True),)
        ),
    )
)
FAULT_KIND: Final = FaultKind(
    StatusEffect,
    IntegerShape(200, 599),
    "Another answer, instead of the operation's own: the vendor's error of that status unless `body` says otherwise.",
    "status: 503, retry_after: 30s",
    _parse_status,
    (
        MappingField("headers", RESPONSE_HEADERS, "With `status`: headers besides the vendor's."),
        MappingField("body", ANY, "With `status`: the body; text is sent as it is."),
        MappingField("retry_after", _RETRY_AFTER, "With `status`: the header Retry-After, in seconds, or as a `date`."),
        MappingField("handled", TrueFlag(), "With `status`: the request takes effect, only its answer is replaced."),
    ),
)
