"""The tables of a play: what a step can do, the keys beside it, and the expected answer."""

from typing import Final

from mockserver.scenario.common_shapes import AT, DURATION, HEADERS, NAME, NAME_PATTERN, QUERY, STATE, STATUS
from mockserver.scenario.container_shapes import ExtraKeys, ListShape, MappingField, MappingShape, OneOfShape
from mockserver.scenario.scalar_shapes import (
    ANY,
    OBJECT,
    ChoiceShape,
    IntegerShape,
    NullShape,
    PatternShape,
    TextShape,
    TrueFlag,
)
from mockserver.scenario.webhooks import DELIVERIES
from mockserver.vendors.bodies import MEDIA_TYPES

MAX_TOGETHER: Final = 20
"""Requests of one group."""
NO_KEY: Final = "none"
"""The value of `key` for a request without an API key."""
EVERY_JOB: Final = "*"
"""The value of `job` beside `ledger` that counts the entries of all jobs."""

POINTER: Final = PatternShape("a JSON pointer such as `/canceled_at`", r"(?:/[^/]*)+")
_ANSWER_FIELDS: Final = (
    MappingField("status", STATUS, "The HTTP status; default any 2xx."),
    MappingField(
        "body", ANY, "A part of the JSON body, with placeholders such as `{job}` and comparisons such as `{$above: 3}`."
    ),
    MappingField("absent", ListShape(POINTER, "a list of JSON pointers"), "Places that the body must not have."),
    MappingField("headers", HEADERS, "Headers and their values."),
    MappingField("reason", TextShape(), "The machine-readable reason in the vendor's error."),
)
_NO_ANSWER: Final = MappingField(
    "no_answer", TrueFlag(), "No answer arrives: it is lost on the way, or comes after the `timeout`."
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
        NullShape("nothing (any 2xx is accepted)"),
        MappingShape(
            "a mapping with `status`, `body`, `absent`, `headers`, `reason`, `no_answer` or `one_of`",
            (*_ANSWER_FIELDS, _NO_ANSWER, MappingField("one_of", ANSWERS, "Answers of which one is expected.")),
            exclusive=(*_NO_ANSWER_EXCLUDES, *(("one_of", field.name) for field in (*_ANSWER_FIELDS, _NO_ANSWER))),
        ),
    ),
    definition_name="expect",
    number_hint="Write `{status: {}}`.",
)
REQUEST_BODY: Final = OneOfShape(
    (TextShape("text, sent as it is"), OBJECT, ListShape(ANY, "a list", min_size=0)), definition_name="sent"
)
_PATH: Final = PatternShape(
    "a path that begins with a slash, or a kept URL such as `{link}`", rf"(?:/|\{{{NAME_PATTERN}\}})[\x21-\x7e]*"
)
SENT_FORMATS: Final = tuple(each.value for each in MEDIA_TYPES)
SENT_AS: Final = MappingField(
    "sent_as",
    ChoiceShape(SENT_FORMATS),
    "The format of the body: `json`, `form` (urlencoded) or `multipart`; default what the operation usually takes.",
)
CALL: Final = MappingShape(
    "a mapping with `method` and `path`",
    (
        MappingField(
            "method",
            ChoiceShape(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")),
            "The HTTP method; default `GET`.",
        ),
        MappingField(
            "path", _PATH, "The path; `{job}` is the job's id, and a kept URL may replace all of it.", required=True
        ),
        MappingField("body", REQUEST_BODY, "The body: JSON, or text that is sent as it is."),
        SENT_AS,
        MappingField("query", QUERY, "The query parameters."),
        MappingField("headers", HEADERS, "Headers besides the usual ones; `absent` leaves a usual one out."),
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
    "a mapping of ledger entries to their number",
    tuple(
        MappingField(entry, IntegerShape(0, 1_000), f"How many entries of the type `{entry}` the job has.")
        for entry in LEDGER_ENTRIES
    ),
    min_size=1,
)
OPERATION_NAMES: Final = (
    "create", "get", "list", "cancel", "delete", "results", "content", "update", "details", "clips", "download_url",
)  # fmt: skip
SIBLINGS: Final = (
    MappingField(
        "at", AT, "The time since the session's start, or relative to a state of the job: `1ms before completed`."
    ),
    MappingField("after", DURATION, "The time since the step before."),
    MappingField("as", NAME, "A name for the created job, for later steps."),
    MappingField("job", NAME, "The job, by name or id; default the latest created one, or the only one."),
    MappingField(
        "kind",
        NAME,
        "The kind of job that a `move`, `ledger`, `call` or group is about; default the vendor's main kind.",
    ),
    MappingField("send", REQUEST_BODY, "The whole request body; default the vendor's example."),
    SENT_AS,
    MappingField("query", QUERY, "The query parameters."),
    MappingField("headers", HEADERS, "Request headers besides the usual ones; `absent` leaves a usual one out."),
    MappingField("key", TextShape("an API key", r"[\x21-\x7e]+"), "The API key of this request; `none` sends none."),
    MappingField("times", IntegerShape(1, 10_000), "How often the step is repeated; default 1."),
    MappingField("every", DURATION, "The time between two repetitions; default none."),
    MappingField("expect", EXPECT, "The expected answer to a `call`."),
    MappingField("keep", KEEP, "Values of the answer for later steps, as `{name}`."),
    MappingField("timeout", DURATION, "How long the client waits for an answer."),
    MappingField("named", NAME, "A name for a request of a group."),
)
ACTIONS: Final = (
    MappingField("call", CALL, "A request of any method and path."),
    MappingField("move", STATE, "Moves the job to a state, as the admin API does."),
    MappingField(
        "ledger", LEDGER, "How many ledger entries of each type the job has by now; with `job: '*'`, all jobs."
    ),
    MappingField("deliveries", DELIVERIES, "The expected webhook deliveries by now."),
)
_OPERATION_FIELDS: Final = tuple(
    MappingField(verb, EXPECT, f"The vendor's operation `{verb}`, with the expected answer.")
    for verb in OPERATION_NAMES
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
        "order",
        ListShape(NAME, "a list of names"),
        "The order in which they are handled, by `named`; the rest follow as written.",
    ),
    MappingField("outcomes", ANSWERS, "The answers of a group, one for each request, in any distribution."),
)
PLAY_STEP: Final = MappingShape(
    "a step: an operation with its expected answer",
    (*SIBLINGS, *ACTIONS, *GROUP, *_OPERATION_FIELDS),
    extra_keys=ExtraKeys(EXPECT),
    exclusive=(("at", "after"),),
    requires=(*_REQUIRES, ("order", "together"), ("outcomes", "together")),
    min_size=1,
    definition_name="play",
)
