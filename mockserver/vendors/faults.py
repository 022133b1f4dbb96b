"""Faults as values: effects on answers, and the conditions under which they occur.

Theory of operation. A fault alters answers, never jobs. Each kind of fault is an `Effect` that overrides some of five
methods, one for each stage of an answer: `rewrite` changes the request that the operation gets, `replace` answers
instead of the operation, `override_view` changes what a read sees, `transform` changes the finished answer, `transmit`
changes how it is sent. The engine calls all five on each effect and knows no kind by name. Everything is decided by the
arguments and by hashes of the seed, so the same request in the same session meets the same faults.

An effect sees the call only as an `AffectedCall`: the request, the job's id, the base URL, the instant, the seed's
choices and the vendor's rendering of errors.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, NamedTuple, Protocol

from mockserver.core.ids import seeded_bytes
from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.core.subset import MISSING, contains
from mockserver.core.timeline import EMPTY_MAPPING
from mockserver.core.transmission import Transmission
from mockserver.core.wire import Request, Response
from mockserver.vendors.http import RequestError, ScriptedResponse

_HASH_RANGE: Final = 1 << 64
ABSENT: Final = "absent"
"""The expected value of a header, parameter or field that must not be there; as a new value, it removes one."""


class ErrorRenderer(Protocol):
    """The vendor's rendering of errors; `model.Call` implements it."""

    def render_request_error(self, error: RequestError, detail: str = "") -> Response:
        """Render the vendor's answer to a request that reaches no handler."""

    def render_scripted(self, scripted: ScriptedResponse) -> Response:
        """Render a scenario's response; without a body it gets the vendor's error body for its status."""


class FaultTarget(Protocol):
    """The part of an operation that decides whether a fault applies; `model.Operation` implements it."""

    @property
    def name(self) -> str:
        """The operation's name."""

    @property
    def method(self) -> str:
        """The HTTP method."""

    @property
    def opens_websocket(self) -> bool:
        """True if an answer can be 101."""

    @property
    def polls(self) -> bool:
        """True if an answered call counts as a poll."""

    @property
    def about_one_job(self) -> bool:
        """True if the call names a job by its id."""


class SeededChoice(NamedTuple):
    """The random choices of one occasion: hashes of (seed, fault, job, operation, n-th), the same on every call."""

    seed: str
    path: tuple[str | int, ...]

    def bytes(self, purpose: str, size: int = 8) -> bytes:
        """Return `size` bytes for a purpose."""
        return seeded_bytes(self.seed, "fault", *self.path, purpose, size=size)

    def chance(self, rate: float) -> bool:
        """Return True with a probability of `rate` (0 to 1)."""
        return int.from_bytes(self.bytes("rate")) < rate * _HASH_RANGE


class AffectedCall(NamedTuple):
    """A call, as far as an effect sees it."""

    request: Request
    """The client's request, before any `rewrite`."""
    job_id: str
    """The job that the call is about or has created; empty where there is none."""
    base_url: str
    """Where the vendor's paths begin, without a slash at the end."""
    now: Instant
    choice: SeededChoice
    renderer: ErrorRenderer


class ViewOverride(NamedTuple):
    """The view that a read gets in place of the present."""

    now: Instant
    """The instant at which jobs are shown."""
    alter_job: Callable[[Job], Job | None]
    """A job -> the job as it is shown; None if it does not exist yet."""


class Effect:
    """One effect of a fault. A kind overrides some of the five methods; by default each changes nothing."""

    keyword: ClassVar[str]
    """Its key under `do`."""
    reads_only: ClassVar[bool] = False
    """True if it applies only to operations that read."""
    websockets_only: ClassVar[bool] = False
    """True if it applies only to operations that open a websocket."""
    combinable: ClassVar[bool] = False
    """True if it combines with other effects; of those that do not, at most one applies to an answer."""
    trustworthy: ClassVar[bool] = True
    """True if the altered answer is still evidence of the service's state; judges treat others as lost."""
    breaks_contract: ClassVar[bool] = False
    """True if the altered answer can break the captured contract, whatever the effect's values are."""

    @property
    def may_break_contract(self) -> bool:
        """True if the altered answer can break the captured contract."""
        return self.breaks_contract

    @property
    def takes_effect(self) -> bool:
        """True if the request takes effect although its answer is replaced."""
        return False

    def rewrite(self, request: Request) -> Request:
        """Return the request as the operation gets it."""
        return request

    def replace(self, call: AffectedCall) -> Response | None:
        """Return an answer in place of the operation's own; None to keep it."""
        return None

    def override_view(self, now: Instant) -> ViewOverride | None:
        """Return the view for a read at `now`; None for the present."""
        return None

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return the answer, changed."""
        return response

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Return the transmission of the answer, changed from the given one."""
        return transmission


class RequestCondition(NamedTuple):
    """What a request must be like. An expected value may be a matcher (`core.subset`), or `ABSENT`."""

    headers: Mapping[str, Any] = EMPTY_MAPPING
    """By lower-case name."""
    query: Mapping[str, Any] = EMPTY_MAPPING
    body: Any = None
    """A part of the JSON body; None: any body."""

    def holds(self, request: Request, body: Any) -> bool:
        """Return True if a request with that decoded JSON body meets the condition."""
        query = dict(request.query_parameters())
        return (
            _all_fit(request.headers, self.headers)
            and _all_fit(query, self.query)
            and (self.body is None or contains(body, self.body))
        )


def _all_fit(given: Mapping[str, str], expected: Mapping[str, Any]) -> bool:
    return all(
        name not in given if value == ABSENT else contains(given.get(name, MISSING), value)
        for name, value in expected.items()
    )


class FaultCondition(NamedTuple):
    """When a fault occurs: every condition that is set must hold; with none set, always."""

    calls: frozenset[int] = frozenset()
    """The n-th calls that it applies to, from 1; empty: any."""
    polls_only: bool = False
    """True if it applies to polls only."""
    every: int = 1
    """Only each n-th call."""
    times: int = 0
    """The largest number of occurrences; 0: no limit."""
    since: Duration = 0
    """Not before this time since the session's start."""
    until: Duration | None = None
    """Only before this time since the session's start; None: no end."""
    rate: float = 1.0
    """The probability of an occurrence, 0 to 1."""

    @property
    def counts_calls(self) -> bool:
        """True if a condition depends on the number of the call."""
        return bool(self.calls or self.times) or self.every > 1 or self.rate < 1

    def holds(self, number: int, occurrences: int, elapsed: Duration, choice: SeededChoice) -> bool:
        """Return True if the `number`-th call (from 1) meets it, after `occurrences` earlier ones."""
        return (
            (not self.calls or number in self.calls)
            and number % self.every == 0
            and (not self.times or occurrences < self.times)
            and self.since <= elapsed
            and (self.until is None or elapsed < self.until)
            # The chance comes last: it is a hash, and most calls are decided before it.
            and (self.rate >= 1 or choice.chance(self.rate))
        )


ALWAYS: Final = FaultCondition()


class Fault(NamedTuple):
    """One entry of a scenario's `faults`."""

    effects: tuple[Effect, ...]
    operations: frozenset[str] = frozenset()
    """Names of operations; empty: all."""
    job: str = ""
    """A job's id, or its name in the play; empty: all jobs."""
    request: RequestCondition | None = None
    """What the request must be like; None: anything."""
    when: FaultCondition = ALWAYS
    source: Mapping[str, Any] = EMPTY_MAPPING
    """As written in the file: `{on, job, request, when, do}`."""
    line: int = 0
    """The entry's line in the scenario file; 0: no file."""

    def applies_to(self, operation: FaultTarget) -> bool:
        """Return True if calls of the operation count for this fault."""
        return (
            (not self.operations or operation.name in self.operations)
            and (operation.polls or not self.when.polls_only)
            and (operation.method == "GET" or not any(effect.reads_only for effect in self.effects))
            and (operation.opens_websocket or not any(effect.websockets_only for effect in self.effects))
            and (not self.job or operation.about_one_job)
        )

    @property
    def takes_effect(self) -> bool:
        """True if the request takes effect, whatever its answer is."""
        replacing = [effect for effect in self.effects if type(effect).replace is not Effect.replace]
        return all(effect.takes_effect for effect in replacing)

    @property
    def may_break_contract(self) -> bool:
        """True if an altered answer can break the captured contract."""
        return any(effect.may_break_contract for effect in self.effects)

    @property
    def exclusive(self) -> bool:
        """True if it has an effect of which only one can apply to an answer."""
        return any(not effect.combinable for effect in self.effects)
