"""The scenario language as tables: every key, what may stand there, and one sentence about it.

The checker, the published JSON Schema and the key lists in messages all come from here. What the words mean for a
vendor is not here: `compile` gives them their values, `lint` holds them against the vendor's tables.
"""

from typing import Final

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
    Reserved,
    Sequence,
    Shape,
    Text,
)

LANGUAGE: Final = 1
"""The version of the language that is read here."""
DEFAULT_SEED: Final = "1"
MOST_ITEMS: Final = 10_000
"""Items of one batch."""

_NUMBER: Final = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
_DURATION: Final = "(?=[0-9])" + "".join(f"(?:{_NUMBER}{unit})?" for unit in ("d", "h", "m", "s", "ms"))
_POLLS: Final = "[1-9][0-9]{0,5} polls?"
_PERCENT: Final = "(?:100|[0-9]{1,2})"

_BARE: Final = "{} what? Write {}s for seconds."
DURATION: Final = Pattern("a duration such as `30s`, `1m30s` or `8h`", _DURATION, _BARE, name="duration")
RANGE: Final = Pattern(
    "a duration such as `20s` or a range such as `5s..30s`", rf"{_DURATION}(?:\.\.{_DURATION})?", _BARE, name="range"
)
STAY: Final = Pattern(
    "a stay: a duration such as `30s`, `3 polls` or `manual`",
    f"{_DURATION}|{_POLLS}|manual",
    "{} what? Write {}s for seconds, or `{} polls`.",
    name="stay",
)
PROGRESS: Final = OneOf(
    (Integer(0, 100), Pattern("a range of percents such as `5..95`", rf"{_PERCENT}\.\.{_PERCENT}")), name="progress"
)
STATE: Final = Text("the name of a state", name="state")
NAME: Final = Text("a name")

STEP_DETAILS: Final = Mapping(
    "a mapping with `for`, `progress` and `fields`",
    (
        Field("for", STAY, "How long the state lasts: a duration, a number of polls, or `manual`."),
        Field("progress", PROGRESS, "Percent at the start and at the end of the stay, or all through it."),
        Field("fields", OBJECT, "Values that the body shows meanwhile."),
    ),
    least=1,
    name="step",
)
STAYING: Final = OneOf((STAY, STEP_DETAILS), name="staying")
STEP: Final = OneOf(
    (STATE, Mapping("one state with its stay, such as `queued: 2s`", others=Others(STAYING), least=1, most=1)),
)
TIMELINE: Final = Sequence(STEP, "a list of states with their stays", most=200, name="timeline")

ERROR: Final = Mapping(
    "a mapping with `code` and `message`",
    (
        Field("code", Text(), "The vendor's error code."),
        Field("message", Text(), "The vendor's message."),
    ),
    others=Others(ANY),
    name="error",
)
_OWN_COURSE: Final = ("for", "queued", "outcome", "error", "data")
ITEM: Final = Mapping(
    "an item",
    (
        Field("count", Integer(1, MOST_ITEMS), "How many items are like this one; 1 unless given."),
        Field("queued", RANGE, "How long it waits before its work begins."),
        Field("for", RANGE, "How long its work takes; of a range, the seed chooses."),
        Field("outcome", STATE, "The state it ends in; the vendor's usual one unless given."),
        Field("error", ERROR, "The error that its result shows."),
        Field("data", ANY, "The data that its result shows."),
        Field("timeline", TIMELINE, "A course of its own, instead of the keys above."),
    ),
    apart=tuple(("timeline", name) for name in _OWN_COURSE),
    name="item",
)
ITEMS: Final = Sequence(ITEM, "a list of items", name="items")

JOB: Final = Mapping(
    "a job",
    (
        Field("id", NAME, "Its id; one from the seed unless given."),
        Field("kind", NAME, "What the vendor calls it: video, batch, project; the vendor's main kind unless given."),
        Field("timeline", TIMELINE, "What it does; the scenario's timeline unless given."),
        Field("items", ITEMS, "The items of a batch; the scenario's items unless given."),
        Field("fields", OBJECT, "Values that its body always shows."),
        Field("body", OBJECT, "The create request it was made from, over the vendor's example."),
        Field("age", DURATION, "How long before the session's start it was created."),
    ),
    apart=(("timeline", "items"),),
    name="job",
)
COURSE: Final = Mapping(
    "a mapping with `match` and `timeline`",
    (
        Field("match", OBJECT, "The part of a create request that picks this timeline.", required=True),
        Field("timeline", TIMELINE, "What a job made by such a request does.", required=True),
    ),
)

_HEADER_VALUE: Final = r"[\t\x20-\x7e]*"
"""Visible ASCII: what every server can write and every client can read back."""
HEADERS: Final = Mapping(
    "a mapping of header names to texts",
    others=Others(
        Text("one line of plain ASCII", _HEADER_VALUE, empty=True),
        "a header's name",
        r"[!#$%&'*+.^_`|~0-9A-Za-z-]+",
    ),
    name="headers",
)
QUERY: Final = Mapping(
    "a mapping of parameters to texts",
    others=Others(OneOf((Text(empty=True), Sequence(Text(empty=True), "a list of texts", least=0)))),
    name="query",
)
STATUS: Final = Integer(100, 599)
REFUSAL: Final = Mapping(
    "a mapping with `status`, `body` and `headers`",
    (
        Field("status", STATUS, "The HTTP status.", required=True),
        Field("body", ANY, "The body; the vendor's own for that status unless given."),
        Field("headers", HEADERS, "Headers besides the vendor's."),
    ),
)
CANCEL: Final = Mapping(
    "a mapping with `from`, `accept`, `refuse` or `race`",
    (
        Field("from", OneOf((STATE, Sequence(STATE, "a list of states"))), "The states in which it is accepted."),
        Field(
            "accept",
            OneOf((STATE, Mapping("states with their stays", others=Others(STAYING), least=1), TIMELINE)),
            "What an accepted cancel leads to: a state, `state: stay`, or a timeline.",
        ),
        Field("refuse", REFUSAL, "The answer in all other states."),
        Field("race", Choice(("completes-first",)), "Accepted, yet the job goes on and completes."),
    ),
    apart=(("race", "accept"),),
    least=1,
)

_MODE: Final = Pattern("`real`, `manual` or a rate such as `x60`", r"real|manual|x[0-9]{1,6}(?:\.[0-9]{1,3})?")
CLOCK: Final = OneOf(
    (
        _MODE,
        Mapping(
            "a mapping with `start` and `mode`",
            (
                Field(
                    "start",
                    Pattern(
                        "a date and time such as `2026-05-06T12:00:00Z`",
                        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}"
                        r"(?:\.[0-9]{1,6})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})",
                    ),
                    "The session's first instant.",
                ),
                Field("mode", _MODE, "How time passes: `real`, `manual`, or faster by a factor, as `x60`."),
            ),
            least=1,
        ),
    )
)
LIMITS: Final = Mapping(
    "a mapping of operations to limits",
    (
        Field(
            "active",
            OneOf((Integer(1, 1_000_000), Choice(("off",)))),
            "How many unfinished jobs an account may have.",
        ),
    ),
    others=Others(
        Pattern("a limit such as `10/1m`, or `off`", f"off|[1-9][0-9]{{0,8}}/{_DURATION}", "{} in what time? {}/1m?"),
    ),
)

POINTER: Final = Pattern("a JSON pointer such as `/canceled_at`", r"(?:/[^/]*)+")
EXPECT: Final = OneOf(
    (
        Null("nothing (any 2xx will do)"),
        Mapping(
            "a mapping with `status`, `body`, `absent`, `headers` or `reason`",
            (
                Field("status", STATUS, "The HTTP status; any 2xx unless given."),
                Field("body", ANY, "A part of the JSON body; `{base}` and `{job}` in a text stand for theirs."),
                Field("absent", Sequence(POINTER, "a list of JSON pointers"), "Places that the body must not have."),
                Field("headers", HEADERS, "Headers and their values."),
                Field("reason", Text(), "The machine-readable reason in the vendor's error."),
            ),
        ),
    ),
    name="expect",
)
SENT: Final = OneOf((Text("text, sent as it is"), OBJECT, Sequence(ANY, "a list", least=0)), name="sent")
CALL: Final = Mapping(
    "a mapping with `method` and `path`",
    (
        Field("method", Choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")), "The HTTP method."),
        Field("path", Pattern("a path that begins with a slash", r"/[\x21-\x7e]*"), "`{job}` is the job's id.", True),
        Field("body", SENT, "The body: JSON, or text that is sent as it is."),
        Field("query", QUERY, "The query's parameters."),
        Field("headers", HEADERS, "Headers besides the usual ones."),
    ),
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
    Field("at", DURATION, "When, counted from the session's start."),
    Field("after", DURATION, "When, counted from the step before."),
    Field("as", NAME, "Names the created job for later steps."),
    Field("job", NAME, "Which job, by name or id; the only or the latest created one unless given."),
    Field("send", SENT, "The request's body, whole; the vendor's example unless given."),
    Field("query", QUERY, "The query's parameters."),
    Field("headers", HEADERS, "Request headers besides the usual ones."),
    Field("key", Text("an API key", r"[\x21-\x7e]+"), "The API key of this request."),
    Field("times", Integer(1, 10_000), "How often the step is done; 1 unless given."),
    Field("every", DURATION, "The time between two repetitions; none unless given."),
    Field("expect", EXPECT, "What a `call` must be answered."),
)
ACTIONS: Final = (
    Field("call", CALL, "A request of any method and path."),
    Field("move", STATE, "Moves the job to a state, as the admin API does."),
    Field("ledger", LEDGER, "How many bookings of each kind the job must have by now."),
)
LATER_IN_PLAY: Final = (
    Field("together", Reserved("several requests at once"), "Reserved: several requests at once."),
    Field("order", Reserved("who is handled first"), "Reserved: who is handled first."),
)
PLAY_STEP: Final = Mapping(
    "a step: an operation and what must come back",
    (
        *SIBLINGS,
        *ACTIONS,
        *LATER_IN_PLAY,
        *(Field(verb, EXPECT, f"The vendor's operation `{verb}`, and what it must answer.") for verb in VERBS),
    ),
    others=Others(EXPECT),
    apart=(("at", "after"),),
    needs=(("every", "times"), ("expect", "call")),
    least=1,
    name="play",
)

SCENARIO: Final[Shape] = Mapping(
    "a scenario",
    (
        Field("language", Integer(LANGUAGE, LANGUAGE), "The version of the language: 1."),
        Field(
            "scenario",
            Text("a name of letters, digits, `.`, `_`, `+` and `-`", "[A-Za-z0-9][A-Za-z0-9._+-]{0,99}", signed=False),
            "The scenario's name: `scenario: cancel-after-completed`.",
            required=True,
        ),
        Field("title", Text(), "What it shows, in one sentence."),
        Field("source", Text(), "The sentence of the vendor's page that it stands for."),
        Field(
            "vendor",
            Pattern(
                "a vendor, or one of a date: `phaseo@2026-05-06`", "[a-z][a-z0-9_-]*(?:@[0-9]{4}-[0-9]{2}-[0-9]{2})?"
            ),
            "Whose API is played: `vendor: reap`, or as of a date: `vendor: phaseo@2026-05-06`.",
            required=True,
        ),
        Field("seed", Text(), "What ids and choices are made from."),
        Field("clock", CLOCK, "When the session starts and how its time passes."),
        Field("jobs", Sequence(JOB, "a list of jobs", least=0), "Jobs that exist when the session starts."),
        Field("timeline", TIMELINE, "What a job does when nobody interferes."),
        Field("timelines", Sequence(COURSE, "a list of timelines"), "Timelines picked by the create request."),
        Field("items", ITEMS, "The items of a batch, in order."),
        Field("cancel", CANCEL, "What a cancel meets, instead of the vendor's rules."),
        Field("fields", OBJECT, "Values that the body of every job shows."),
        Field("limits", LIMITS, "Rate limits by operation, instead of the vendor's."),
        Field(
            "off_contract",
            Mapping(
                "a mapping of rules to reasons",
                others=Others(Text("the reason"), "a rule such as `T12`", "[A-Z][A-Z_-]{0,15}[0-9]{1,4}[a-z]?"),
            ),
            "The contract's rules that this scenario breaks on purpose, and why.",
        ),
        Field("play", Sequence(PLAY_STEP, "a list of steps", least=0), "Requests, and the answers they must get."),
        Field("faults", Reserved("injected misbehaviour"), "Reserved: injected misbehaviour."),
        Field("webhooks", Reserved("deliveries and their troubles"), "Reserved: deliveries."),
    ),
    apart=(("timeline", "items"), ("timelines", "items")),
)
