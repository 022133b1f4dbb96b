"""The scenario language as tables: every key, what may stand there, and one sentence about it.

The checker, the published JSON Schema and the key lists in messages all come from here. What the words mean for a
vendor is not here: `compile` gives them their values, `lint` holds them against the vendor's tables.
"""

from typing import Final

from mockserver.scenario.faults.table import FAULTS
from mockserver.scenario.hooks import WEBHOOKS
from mockserver.scenario.limits import LIMITS
from mockserver.scenario.shapes import (
    ANY,
    OBJECT,
    Choice,
    Field,
    Integer,
    Mapping,
    OneOf,
    Others,
    Pattern,
    Sequence,
    Shape,
    Text,
)
from mockserver.scenario.steps import PLAY_STEP
from mockserver.scenario.words import DURATION, NAME, PROGRESS, RANGE, SHOWN_HEADERS, STATE, STATUS, STAY

LANGUAGE: Final = 1
"""The version of the language that is read here."""
DEFAULT_SEED: Final = "1"
MOST_ITEMS: Final = 10_000
"""Items of one batch."""

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

REFUSAL: Final = Mapping(
    "a mapping with `status`, `body` and `headers`",
    (
        Field("status", STATUS, "The HTTP status.", required=True),
        Field("body", ANY, "The body; the vendor's own for that status unless given."),
        Field("headers", SHOWN_HEADERS, "Headers besides the vendor's."),
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
        Field("catches", Text(), "The mistake of a client that it catches."),
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
        Field("faults", FAULTS, "What goes wrong on purpose, and when."),
        Field("webhooks", WEBHOOKS, "Where the jobs' events go, and what goes wrong on the way."),
    ),
    apart=(("timeline", "items"), ("timelines", "items")),
)
