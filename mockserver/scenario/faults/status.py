"""`status`: another response instead of the operation's own: the vendor's error of that status, or a given body.

The request does not take effect, unless it is `handled`: then only its response is replaced.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from mockserver.core.instants import SECOND, Duration, Instant, http_date
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION
from mockserver.scenario.container_shapes import MappingField, MappingShape, OneOfShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.effect import FaultEffect, placeholder_values
from mockserver.scenario.nodes import Node
from mockserver.scenario.placeholders import substitute
from mockserver.scenario.scalar_shapes import ANY, IntegerShape, TrueFlag
from mockserver.vendors.api import RequestError
from mockserver.vendors.faults import AffectedCall
from mockserver.vendors.script import ScriptedResponse

_VENDOR_ERRORS: Final = {401: RequestError.EXPIRED_KEY, 429: RequestError.RATE_LIMITED}
"""Statuses that the vendor renders before any operation: a key that expired in the middle of a job, a limit."""
_RETRY_AFTER: Final = OneOfShape(
    (
        DURATION,
        MappingShape("a mapping with `date`", (MappingField("date", DURATION, "How much later.", required=True),)),
    )
)


class RetryAfter(NamedTuple):
    """The Retry-After header: a delay, written in seconds or as a date, rounded up to a whole second."""

    delay: Duration
    as_date: bool

    def text(self, now: Instant) -> str:
        """Return the header's value."""
        if not self.as_date:
            return str(-(-self.delay // SECOND))
        return http_date(-(-(now + self.delay) // SECOND) * SECOND)


@dataclass(frozen=True)
class StatusEffect(FaultEffect):
    """Responds instead of the operation."""

    keyword = "status"
    shape = IntegerShape(200, 599)
    doc = "Another response instead of the operation's own: the vendor's error of that status, unless `body` is given."
    example = "status: 503, retry_after: 30s"
    extra_fields = (
        MappingField("body", ANY, "With `status`: the response body; text is sent as it is."),
        MappingField("retry_after", _RETRY_AFTER, "With `status`: the Retry-After header, in seconds or as a `date`."),
        MappingField("handled", TrueFlag(), "With `status`: the request takes effect; only its response is replaced."),
    )

    answer: ScriptedResponse
    retry_after: RetryAfter | None = None
    takes_effect: bool = False

    @classmethod
    def parse(cls, node: Node, do_node: Node, diagnostics: Diagnostics) -> Self:
        """Build from the status and the keys beside it."""
        answer = ScriptedResponse(int(node.value), values.as_json_value(do_node.get("body")))
        retry_after = None
        retry_node = do_node.get("retry_after")
        if retry_node is not None:
            date = retry_node.get("date")
            delay = values.as_duration(retry_node if date is None else date, diagnostics)
            retry_after = RetryAfter(delay, as_date=date is not None)
        return cls(answer, retry_after, takes_effect=do_node.get("handled") is not None)

    @property
    def texts(self) -> Any:
        """The body."""
        return self.answer.body

    @property
    def may_break_contract(self) -> bool:
        """True for a status that no service may answer at any time."""
        # Any service may answer 429 or 5xx at any time.
        return self.answer.status != 429 and self.answer.status < 500

    def replace(self, call: AffectedCall) -> Response:
        """Return the scripted response, or the vendor's error of that status."""
        answer = self.answer._replace(body=substitute(self.answer.body, placeholder_values(call).__getitem__))
        if self.retry_after is not None:
            answer = answer._replace(headers=(("Retry-After", self.retry_after.text(call.now)),))
        error = _VENDOR_ERRORS.get(answer.status)
        if answer.body is not None or error is None:
            return call.renderer.render_scripted(answer)
        rendered = call.renderer.render_request_error(error)
        return Response(answer.status, (*rendered.headers, *answer.headers), rendered.body)
