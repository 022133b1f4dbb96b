"""The language of a play, as tables: what a step may do, what may stand beside it, what must come back."""

from typing import Final

from mockserver.scenario.common_shapes import AT, DURATION, HEADERS, NAME, NAME_PATTERN, QUERY, STATE, STATUS
from mockserver.scenario.shapes import (
    ANY,
    OBJECT,
    ChoiceShape,
    ExtraKeys,
    IntegerShape,
    ListShape,
    MappingField,
    MappingShape,
    NullShape,
    OneOfShape,
    PatternShape,
    TextShape,
    TrueFlag,
)
from mockserver.scenario.webhooks import DELIVERIES

MAX_TOGETHER: Final = 20
"""Requests of one group."""
NO_KEY: Final = "none"
"""What `key` says for a request that carries no API key."""
EVERY_JOB: Final = "*"
"""What `job` says beside `ledger` where the bookings of all jobs are counted."""

POINTER: Final = PatternShape("a JSON pointer such as `/canceled_at`", r"(?:/[^/]*)+")
_ANSWER_FIELDS: Final = (
    MappingField("status", STATUS, "The HTTP status; any 2xx unless given."),
    MappingField(
        "body",
        ANY,
        "A part of the JSON body; `{base}`, `{job}` and what was kept are put in, `{$above: 3}` and its like compare.",
    ),
    MappingField("absent", ListShape(POINTER, "a list of JSON pointers"), "Places that the body must not have."),
    MappingField("headers", HEADERS, "Headers and their values."),
    MappingField("reason", TextShape(), "The machine-readable reason in the vendor's error."),
)
_NO_ANSWER: Final = MappingField(
    "no_answer", TrueFlag(), "No answer comes: it is lost on the way, or too late for the `timeout`."
)
_NO_ANSWER_EXCLUDES: Final = tuple((_NO_ANSWER.name, field.name) for field in _ANSWER_FIELDS)
ANSWER: Final = MappingShape(
    "a mapping with `status`, `body`, `absent`, `headers`, `reason` or `no_answer`",
    (*_ANSWER_FIELDS, _NO_ANSWER),
    exclusive=_NO_ANSWER_EXCLUDES,
    definition_name="answer",
)
ANSWERS: Final = ListShape(ANSWER, "a list of answers")
EXPECT: Final = OneOfShape(
    (
        NullShape("nothing (any 2xx will do)"),
        MappingShape(
            "a mapping with `status`, `body`, `absent`, `headers`, `reason`, `no_answer` or `one_of`",
            (*_ANSWER_FIELDS, _NO_ANSWER, MappingField("one_of", ANSWERS, "Answers of which one must come back.")),
            exclusive=(*_NO_ANSWER_EXCLUDES, *(("one_of", field.name) for field in (*_ANSWER_FIELDS, _NO_ANSWER))),
        ),
    ),
    definition_name="expect",
)
REQUEST_BODY: Final = OneOfShape(
    (TextShape("text, sent as it is"), OBJECT, ListShape(ANY, "a list", min_size=0)), definition_name="sent"
)
_PATH: Final = PatternShape(
    "a path that begins with a slash, or a kept URL such as `{link}`", rf"(?:/|\{{{NAME_PATTERN}\}})[\x21-\x7e]*"
)
CALL: Final = MappingShape(
    "a mapping with `method` and `path`",
    (
        MappingField(
            "method", ChoiceShape(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")), "The HTTP method."
        ),
        MappingField("path", _PATH, "`{job}` is the job's id; a kept URL may stand for all of it.", True),
        MappingField("body", REQUEST_BODY, "The body: JSON, or text that is sent as it is."),
        MappingField("query", QUERY, "The query's parameters."),
        MappingField("headers", HEADERS, "Headers besides the usual ones."),
    ),
)
KEEP: Final = MappingShape(
    "a mapping of names to places in the answer",
    extra_keys=ExtraKeys(
        PatternShape("a JSON pointer such as `/id`, or a header's name", r"(?:/[^/]*)+|[A-Za-z][A-Za-z0-9-]*"),
        "a name of letters, digits, `_` and `-`",
        NAME_PATTERN,
    ),
    min_size=1,
    definition_name="keep",
)
LEDGER_ENTRIES: Final = ("charge", "reserve", "settle", "release", "refund")
LEDGER: Final = MappingShape(
    "a mapping of bookings to their number",
    tuple(
        MappingField(entry, IntegerShape(0, 1_000), f"How often the job was booked a {entry}.")
        for entry in LEDGER_ENTRIES
    ),
    min_size=1,
)
OPERATION_NAMES: Final = (
    "create", "get", "list", "cancel", "delete", "results", "content", "update", "details", "clips", "download_url",
)  # fmt: skip
SIBLINGS: Final = (
    MappingField("at", AT, "When, counted from the session's start, or by the job's course: `1ms before completed`."),
    MappingField("after", DURATION, "When, counted from the step before."),
    MappingField("as", NAME, "Names the created job for later steps."),
    MappingField("job", NAME, "Which job, by name or id; the only or the latest created one unless given."),
    MappingField("send", REQUEST_BODY, "The request's body, whole; the vendor's example unless given."),
    MappingField("query", QUERY, "The query's parameters."),
    MappingField("headers", HEADERS, "Request headers besides the usual ones."),
    MappingField("key", TextShape("an API key", r"[\x21-\x7e]+"), "The API key of this request; `none` sends none."),
    MappingField("times", IntegerShape(1, 10_000), "How often the step is done; 1 unless given."),
    MappingField("every", DURATION, "The time between two repetitions; none unless given."),
    MappingField("expect", EXPECT, "What a `call` must be answered."),
    MappingField("keep", KEEP, "Values of the answer that later steps name as `{name}`."),
    MappingField("timeout", DURATION, "How long the client waits; a later answer is none to it."),
    MappingField("named", NAME, "Names a request of a group."),
)
ACTIONS: Final = (
    MappingField("call", CALL, "A request of any method and path."),
    MappingField("move", STATE, "Moves the job to a state, as the admin API does."),
    MappingField(
        "ledger", LEDGER, "How many bookings of each kind the job must have by now; with `job: '*'`, all jobs."
    ),
    MappingField("deliveries", DELIVERIES, "What the webhooks' receiver must have been sent by now."),
)
_OPERATION_FIELDS: Final = tuple(
    MappingField(verb, EXPECT, f"The vendor's operation `{verb}`, and what it must answer.") for verb in OPERATION_NAMES
)
_REQUIRES: Final = (("every", "times"), ("expect", "call"))
MEMBER: Final = MappingShape(
    "a request of a group",
    (*SIBLINGS, *ACTIONS, *_OPERATION_FIELDS),
    extra_keys=ExtraKeys(EXPECT),
    requires=_REQUIRES,
    min_size=1,
    definition_name="member",
)
GROUP: Final = (
    MappingField(
        "together",
        ListShape(MEMBER, "a list of requests", min_size=2, max_size=MAX_TOGETHER),
        "Several requests at once: all are sent before any is answered.",
    ),
    MappingField(
        "order", ListShape(NAME, "a list of names"), "Who is handled first, by `named`; the rest follow as written."
    ),
    MappingField("outcomes", ANSWERS, "The answers of a group, one for each request, whoever gets which."),
)
PLAY_STEP: Final = MappingShape(
    "a step: an operation and what must come back",
    (*SIBLINGS, *ACTIONS, *GROUP, *_OPERATION_FIELDS),
    extra_keys=ExtraKeys(EXPECT),
    exclusive=(("at", "after"),),
    requires=(*_REQUIRES, ("order", "together"), ("outcomes", "together")),
    min_size=1,
    definition_name="play",
)
