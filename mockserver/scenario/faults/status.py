"""`status`: another answer instead of the operation's own: the vendor's error of that status, or a body given here.

The request does not take effect, unless it is `handled`: then only its answer is replaced.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from mockserver.core.instants import SECOND, Duration, Instant, http_date
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import ANY, Field, Integer, Mapping, OneOf, Yes
from mockserver.scenario.words import DURATION, SHOWN_HEADERS
from mockserver.vendors.api import Trouble
from mockserver.vendors.commands import scripted
from mockserver.vendors.faults import Effect
from mockserver.vendors.script import Scripted

if TYPE_CHECKING:
    from mockserver.vendors.api import Call

_TROUBLES: Final = {401: Trouble.EXPIRED_KEY, 429: Trouble.RATE_LIMITED}
"""What the vendor has words of its own for at its door: a key that has expired in mid-job, a limit."""


class RetryAfter(NamedTuple):
    """When to ask again: so much later, said in seconds or as a date, rounded up to a whole second."""

    later: Duration
    date: bool

    def text(self, now: Instant) -> str:
        """The header's value."""
        if not self.date:
            return str(-(-self.later // SECOND))
        return http_date(-(-(now + self.later) // SECOND) * SECOND)


@dataclass(frozen=True)
class Status(Effect):
    """Answers instead of the operation."""

    word: ClassVar[str] = "status"

    answer: Scripted
    retry_after: RetryAfter | None = None
    takes_effect: bool = False

    @property
    def handled(self) -> bool:
        """Whether the request is handled all the same."""
        return self.takes_effect

    @property
    def speaks(self) -> bool:
        """Unless it is one of those that any service may answer at any time."""
        return self.answer.status != 429 and self.answer.status < 500

    def instead(self, call: "Call") -> Response:
        """The vendor's own body for the status, unless one is given."""
        later = () if self.retry_after is None else (("Retry-After", self.retry_after.text(call.now)),)
        told = self.answer._replace(headers=(*later, *self.answer.headers))
        trouble = _TROUBLES.get(told.status)
        if told.body is not None or trouble is None:
            return scripted(call, told)
        shaped = call.era.trouble(call, trouble, "")
        return Response(told.status, (*shaped.headers, *told.headers), shaped.body)


def _read(node: Node, do: Node, report: Report) -> Status:
    headers, handled = values.pairs(do.get("headers")), do.get("handled") is not None
    answer = Scripted(int(node.value), values.json(do.get("body")), headers)
    return Status(answer, _retry_after(do.get("retry_after"), report), handled)


def _retry_after(node: Node | None, report: Report) -> RetryAfter | None:
    if node is None:
        return None
    date = node.get("date")
    return RetryAfter(values.duration(node if date is None else date, report), date is not None)


_LATER: Final = OneOf(
    (
        DURATION,
        Mapping("a mapping with `date`", (Field("date", DURATION, "So much later, as a date.", required=True),)),
    )
)
WORD: Final = Word(
    Status,
    Integer(200, 599),
    "Another answer, instead of the operation's own: the vendor's error of that status unless `body` says otherwise.",
    "status: 503, retry_after: 30s",
    _read,
    (
        Field("headers", SHOWN_HEADERS, "With `status`: headers besides the vendor's."),
        Field("body", ANY, "With `status`: the body; text is sent as it is."),
        Field("retry_after", _LATER, "With `status`: the header Retry-After, in seconds, or as a `date`."),
        Field("handled", Yes(), "With `status`: the request takes effect, only its answer is replaced."),
    ),
)
