"""The language of a play, as tables: what a step may do, what may stand beside it, what must come back."""

from typing import Final

from mockserver.scenario.hooks import DELIVERIES
from mockserver.scenario.shapes import (
    ANY,
    OBJECT,
    Choice,
    Field,
    Integer,
    Mapping,
    Null,
    OneOf,
    Others,
    Pattern,
    Sequence,
    Text,
    Yes,
)
from mockserver.scenario.words import AT, DURATION, HEADERS, NAME, QUERY, STATE, STATE_FORM, STATUS

MOST_TOGETHER: Final = 20
"""Requests of one group."""
NO_KEY: Final = "none"
"""What `key` says for a request that carries no API key."""
EVERY_JOB: Final = "*"
"""What `job` says beside `ledger` where the bookings of all jobs are counted."""

POINTER: Final = Pattern("a JSON pointer such as `/canceled_at`", r"(?:/[^/]*)+")
_ANSWER: Final = (
    Field("status", STATUS, "The HTTP status; any 2xx unless given."),
    Field(
        "body",
        ANY,
        "A part of the JSON body; `{base}`, `{job}` and what was kept are put in, `{$above: 3}` and its like compare.",
    ),
    Field("absent", Sequence(POINTER, "a list of JSON pointers"), "Places that the body must not have."),
    Field("headers", HEADERS, "Headers and their values."),
    Field("reason", Text(), "The machine-readable reason in the vendor's error."),
)
_NONE: Final = Field("no_answer", Yes(), "No answer comes: it is lost on the way, or too late for the `timeout`.")
_ALONE: Final = tuple((_NONE.name, field.name) for field in _ANSWER)
ANSWER: Final = Mapping(
    "a mapping with `status`, `body`, `absent`, `headers`, `reason` or `no_answer`",
    (*_ANSWER, _NONE),
    apart=_ALONE,
    name="answer",
)
ANSWERS: Final = Sequence(ANSWER, "a list of answers")
EXPECT: Final = OneOf(
    (
        Null("nothing (any 2xx will do)"),
        Mapping(
            "a mapping with `status`, `body`, `absent`, `headers`, `reason`, `no_answer` or `one_of`",
            (*_ANSWER, _NONE, Field("one_of", ANSWERS, "Answers of which one must come back.")),
            apart=(*_ALONE, *(("one_of", field.name) for field in (*_ANSWER, _NONE))),
        ),
    ),
    name="expect",
)
SENT: Final = OneOf((Text("text, sent as it is"), OBJECT, Sequence(ANY, "a list", least=0)), name="sent")
_PATH: Final = Pattern(
    "a path that begins with a slash, or a kept URL such as `{link}`", rf"(?:/|\{{{STATE_FORM}\}})[\x21-\x7e]*"
)
CALL: Final = Mapping(
    "a mapping with `method` and `path`",
    (
        Field("method", Choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")), "The HTTP method."),
        Field("path", _PATH, "`{job}` is the job's id; a kept URL may stand for all of it.", True),
        Field("body", SENT, "The body: JSON, or text that is sent as it is."),
        Field("query", QUERY, "The query's parameters."),
        Field("headers", HEADERS, "Headers besides the usual ones."),
    ),
)
KEEP: Final = Mapping(
    "a mapping of names to places in the answer",
    others=Others(
        Pattern("a JSON pointer such as `/id`, or a header's name", r"(?:/[^/]*)+|[A-Za-z][A-Za-z0-9-]*"),
        "a name of letters, digits, `_` and `-`",
        STATE_FORM,
    ),
    least=1,
    name="keep",
)
ENTRIES: Final = ("charge", "reserve", "settle", "release", "refund")
LEDGER: Final = Mapping(
    "a mapping of bookings to their number",
    tuple(Field(entry, Integer(0, 1_000), f"How often the job was booked a {entry}.") for entry in ENTRIES),
    least=1,
)
VERBS: Final = (
    "create", "get", "list", "cancel", "delete", "results", "content", "update", "details", "clips", "download_url",
)  # fmt: skip
SIBLINGS: Final = (
    Field("at", AT, "When, counted from the session's start, or by the job's course: `1ms before completed`."),
    Field("after", DURATION, "When, counted from the step before."),
    Field("as", NAME, "Names the created job for later steps."),
    Field("job", NAME, "Which job, by name or id; the only or the latest created one unless given."),
    Field("send", SENT, "The request's body, whole; the vendor's example unless given."),
    Field("query", QUERY, "The query's parameters."),
    Field("headers", HEADERS, "Request headers besides the usual ones."),
    Field("key", Text("an API key", r"[\x21-\x7e]+"), "The API key of this request; `none` sends none."),
    Field("times", Integer(1, 10_000), "How often the step is done; 1 unless given."),
    Field("every", DURATION, "The time between two repetitions; none unless given."),
    Field("expect", EXPECT, "What a `call` must be answered."),
    Field("keep", KEEP, "Values of the answer that later steps name as `{name}`."),
    Field("timeout", DURATION, "How long the client waits; a later answer is none to it."),
    Field("named", NAME, "Names a request of a group."),
)
ACTIONS: Final = (
    Field("call", CALL, "A request of any method and path."),
    Field("move", STATE, "Moves the job to a state, as the admin API does."),
    Field("ledger", LEDGER, "How many bookings of each kind the job must have by now; with `job: '*'`, all jobs."),
    Field("deliveries", DELIVERIES, "What the webhooks' receiver must have been sent by now."),
)
_VERBS: Final = tuple(
    Field(verb, EXPECT, f"The vendor's operation `{verb}`, and what it must answer.") for verb in VERBS
)
_NEEDS: Final = (("every", "times"), ("expect", "call"))
MEMBER: Final = Mapping(
    "a request of a group",
    (*SIBLINGS, *ACTIONS, *_VERBS),
    others=Others(EXPECT),
    needs=_NEEDS,
    least=1,
    name="member",
)
GROUP: Final = (
    Field(
        "together",
        Sequence(MEMBER, "a list of requests", least=2, most=MOST_TOGETHER),
        "Several requests at once: all are sent before any is answered.",
    ),
    Field("order", Sequence(NAME, "a list of names"), "Who is handled first, by `named`; the rest follow as written."),
    Field("outcomes", ANSWERS, "The answers of a group, one for each request, whoever gets which."),
)
PLAY_STEP: Final = Mapping(
    "a step: an operation and what must come back",
    (*SIBLINGS, *ACTIONS, *GROUP, *_VERBS),
    others=Others(EXPECT),
    apart=(("at", "after"),),
    needs=(*_NEEDS, ("order", "together"), ("outcomes", "together")),
    least=1,
    name="play",
)
