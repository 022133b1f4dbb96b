"""The play of a scenario as values: what the client does, and what it must get.

A server does without: it follows the rest of a scenario.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration
from mockserver.vendors.bodies import BodyFormat

NameValuePairs = tuple[tuple[str, str], ...]
"""Names and values in the order of the file; a name may repeat."""


class RelativeTime(NamedTuple):
    """A time relative to a state of a job."""

    state: str
    offset: Duration = 0
    """Time after the job enters the state; negative: before it does."""


class ExpectedAnswer(NamedTuple):
    """The expectation of an answer."""

    status: int | None = None
    """None: any 2xx."""
    body: Any = None
    """A part of the JSON body, with placeholders (`placeholders`) and matchers (`core.subset`); None: any body."""
    headers: NameValuePairs = ()
    reason: str | None = None
    """The vendor's machine-readable reason; None for any."""
    absent: tuple[str, ...] = ()
    """JSON pointers (RFC 6901) that the body must not have."""
    line: int = 0
    no_answer: bool = False
    """True if the client must get no answer."""
    one_of: tuple["ExpectedAnswer", ...] = ()
    """Alternatives, of which one must hold; empty: only the other fields count."""
    anything: bool = False
    """True if any answer is accepted, and none as well."""

    @property
    def is_success(self) -> bool:
        """True if only a successful answer is accepted."""
        refused = self.status is not None and self.status >= 300
        return not (refused or self.no_answer or self.anything)


ANY_SUCCESS: Final = ExpectedAnswer()
ANY_OUTCOME: Final = ExpectedAnswer(anything=True)


@dataclass(frozen=True)
class ExpectedDeliveries:
    """The expected webhook deliveries by now. None, or no headers, where a field does not matter."""

    count: int | None = None
    events: tuple[str, ...] | None = None
    """Types, or ends of types, in the order of sending."""
    answers: tuple[int | str, ...] | None = None
    """The answer to each."""
    signed: str | None = None
    """The result of verifying each signature."""
    state: str | None = None
    """Only deliveries in this state; None for all that were sent."""
    body: Any = None
    """A part of the latest one's body."""
    headers: NameValuePairs = ()
    """Headers of the latest one."""


class HttpCall(NamedTuple):
    """A request that is not an operation of the vendor."""

    method: str
    path: str
    """With placeholders; one whose value is a whole URL may be all of it."""
    body: Any = None
    """Text is sent as it is, anything else as `sent_as`; None: no body."""
    sent_as: BodyFormat = BodyFormat.JSON


@dataclass(frozen=True)
class PlayStep:
    """One step of a play; exactly one of `operation`, `call`, `move`, `ledger`, `deliveries` and `together` is set."""

    at: Duration
    """Time since the session's start, which never decreases from step to step. Behind a step with a `relative_time` it
    is the earliest that is possible."""
    line: int
    column: int
    operation: str | None = None
    call: HttpCall | None = None
    move: str | None = None
    """The state to move the job to."""
    ledger: Mapping[str, int] = field(default_factory=dict)
    """How many ledger entries of each type the job has by now."""
    deliveries: ExpectedDeliveries | None = None
    """The expected webhook deliveries by now."""
    expect: ExpectedAnswer = ANY_SUCCESS
    job_name: str | None = None
    """The name that later steps use for the job that this step creates."""
    job: str | None = None
    """A name, or the id of a job; None: the latest created or the only one of the kind that the step is about."""
    kind: str = ""
    """The kind of job that a step without an operation is about; empty: the era's main kind."""
    send: Any = None
    """The whole request body (text as it is, anything else as `sent_as`); None: the vendor's example."""
    sent_as: BodyFormat | None = None
    """None: as the operation usually takes it."""
    query: NameValuePairs = ()
    headers: NameValuePairs = ()
    key: str | None = None
    """The API key of this request; None: the session's; `none`: no key."""
    times: int = 1
    every: Duration = 0
    """Time between two repetitions."""
    from_start: bool = False
    """True if the file has `at`: the step does not shift when the one before takes longer."""
    relative_time: RelativeTime | None = None
    """The time relative to a state of the step's job; its instant is known when the play runs."""
    keep: NameValuePairs = ()
    """Placeholders for values of the answer: (name, JSON pointer or header name)."""
    timeout: Duration | None = None
    """How long the client waits for an answer, on the session's clock; None: without limit."""
    request_name: str | None = None
    """The name of a request of a group."""
    together: tuple["PlayStep", ...] = ()
    """Requests that are all sent before any is answered."""
    order: tuple[int, ...] = ()
    """Indexes into `together`, in the order of handling."""
    outcomes: tuple[ExpectedAnswer, ...] = ()
    """The expected answers of a group, one for each request in any distribution; empty: each has its own `expect`."""

    @property
    def ends_at(self) -> Duration:
        """The time of its last repetition."""
        return self.at + (self.times - 1) * self.every
