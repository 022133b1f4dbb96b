"""The scenario language as tables: every key, the shape of its value, and one sentence about it.

The checker, the published JSON Schema and the key lists in messages all come from here. The meaning for a vendor is not
here: `compile` produces the values, `lint` checks them against the vendor's tables.
"""

from typing import Final

from mockserver.scenario.common_shapes import (
    CALL_NUMBERS,
    DURATION,
    NAME,
    PROGRESS,
    RANGE,
    RESPONSE_HEADERS,
    STATE,
    STATUS,
    STAY,
)
from mockserver.scenario.container_shapes import ExtraKeys, ListShape, MappingField, MappingShape, OneOfShape
from mockserver.scenario.faults.table import FAULTS
from mockserver.scenario.limits import LIMITS
from mockserver.scenario.scalar_shapes import ANY, OBJECT, ChoiceShape, IntegerShape, PatternShape, TextShape
from mockserver.scenario.shapes import Shape
from mockserver.scenario.steps import PLAY_STEP
from mockserver.scenario.webhooks import WEBHOOKS

LANGUAGE: Final = 1
"""The supported version of the language."""
DEFAULT_SEED: Final = "1"
MAX_ITEMS: Final = 10_000
"""Items of one batch."""

STEP_DETAILS: Final = MappingShape(
    "a mapping with `for`, `progress` and `fields`",
    (
        MappingField("for", STAY, "How long the state lasts: a duration, a number of polls, or `manual`."),
        MappingField("progress", PROGRESS, "Percentage at the start and at the end of the stay, or during all of it."),
        MappingField("fields", OBJECT, "Values that the body shows during the stay."),
    ),
    min_size=1,
    definition_name="step",
)
STAY_OR_DETAILS: Final = OneOfShape((STAY, STEP_DETAILS), definition_name="staying")
STEP: Final = OneOfShape(
    (
        STATE,
        MappingShape(
            "one state with its stay, such as `queued: 2s`",
            extra_keys=ExtraKeys(STAY_OR_DETAILS),
            min_size=1,
            max_size=1,
        ),
    )
)
TIMELINE: Final = ListShape(STEP, "a list of states with their stays", max_size=200, definition_name="timeline")

ERROR: Final = MappingShape(
    "a mapping with `code` and `message`",
    (
        MappingField("code", TextShape(), "The vendor's error code."),
        MappingField("message", TextShape(), "The vendor's message."),
    ),
    extra_keys=ExtraKeys(ANY),
    definition_name="error",
)
_GENERATED_COURSE_KEYS: Final = ("for", "queued", "outcome", "error", "data")
_ITEM_FIELDS: Final = (
    MappingField("count", IntegerShape(1, MAX_ITEMS), "How many such items there are; default 1."),
    MappingField("queued", RANGE, "How long it waits before its work begins."),
    MappingField("for", RANGE, "How long its work takes; the seed chooses from a range."),
    MappingField("outcome", STATE, "The state it ends in; default the vendor's usual one."),
    MappingField("error", ERROR, "The error in its result."),
    MappingField("data", ANY, "The data in its result."),
    MappingField("timeline", TIMELINE, "A timeline of its own, instead of the keys above."),
)
_ITEM_EXCLUDES: Final = tuple(("timeline", name) for name in _GENERATED_COURSE_KEYS)
ITEM: Final = MappingShape("an item", _ITEM_FIELDS, exclusive=_ITEM_EXCLUDES, definition_name="item")
ITEMS: Final = ListShape(ITEM, "a list of items", definition_name="items")
_ITEM_KIND: Final = MappingField(
    "kind", NAME, "The kind of batch that it is an item of; default the first that has items."
)
ITEMS_BY_KIND: Final = ListShape(
    MappingShape("an item", (_ITEM_KIND, *_ITEM_FIELDS), exclusive=_ITEM_EXCLUDES, definition_name="item_of_kind"),
    "a list of items",
    definition_name="items_by_kind",
)

FIELDS: Final = OneOfShape(
    (
        OBJECT,
        ListShape(
            MappingShape(
                "a mapping with `kind` and `fields`",
                (
                    MappingField("kind", NAME, "The kind of job that shows them; default the vendor's main kind."),
                    MappingField("fields", OBJECT, "The values.", required=True),
                ),
                definition_name="fields_of_kind",
            ),
            "a list of fields by kind of job",
        ),
    )
)

JOB: Final = MappingShape(
    "a job",
    (
        MappingField("id", NAME, "Its id; default one made from the seed."),
        MappingField("kind", NAME, "The vendor's word for it: video, batch, project; default the vendor's main kind."),
        MappingField("timeline", TIMELINE, "Its timeline; default the scenario's."),
        MappingField("items", ITEMS, "The items of a batch; default the scenario's."),
        MappingField("fields", OBJECT, "Values that its body always shows."),
        MappingField("body", OBJECT, "Its create request, merged over the vendor's example."),
        MappingField("age", DURATION, "How long before the session's start it was created."),
    ),
    exclusive=(("timeline", "items"),),
    definition_name="job",
)
MATCHED_TIMELINE: Final = MappingShape(
    "a mapping with `match` or `call`, and `timeline`",
    (
        MappingField("kind", NAME, "The kind of job that such a request creates; default the vendor's main kind."),
        MappingField("match", OBJECT, "The part of a create request that selects this timeline."),
        MappingField("call", CALL_NUMBERS, "Only the n-th create that matches, or a list of such numbers."),
        MappingField("timeline", TIMELINE, "The timeline of a job created by such a request.", required=True),
    ),
)

REFUSAL: Final = MappingShape(
    "a mapping with `status`, `body` and `headers`",
    (
        MappingField("status", STATUS, "The HTTP status.", required=True),
        MappingField("body", ANY, "The body; default the vendor's own for that status."),
        MappingField("headers", RESPONSE_HEADERS, "Headers besides the vendor's."),
    ),
)
CANCEL_POLICY: Final = MappingShape(
    "a mapping with `from`, `accept`, `refuse` or `race`",
    (
        MappingField("kind", NAME, "The kind of job that it is about; default the vendor's main kind."),
        MappingField(
            "from",
            OneOfShape((STATE, ListShape(STATE, "a list of states"))),
            "The states in which a cancel is accepted.",
        ),
        MappingField(
            "accept",
            OneOfShape(
                (
                    STATE,
                    MappingShape("states with their stays", extra_keys=ExtraKeys(STAY_OR_DETAILS), min_size=1),
                    TIMELINE,
                )
            ),
            "What follows an accepted cancel: a state, `state: stay`, or a timeline.",
        ),
        MappingField("refuse", REFUSAL, "The answer in all other states."),
        MappingField(
            "race", ChoiceShape(("completes-first",)), "The cancel is accepted, but the job goes on and completes."
        ),
    ),
    exclusive=(("race", "accept"),),
    min_size=1,
    definition_name="cancel_policy",
)
CANCEL: Final = OneOfShape((CANCEL_POLICY, ListShape(CANCEL_POLICY, "a list of policies, one for each kind of job")))

_MODE: Final = PatternShape(
    "`real`, `manual`, `auto` or a rate such as `x60`", r"real|manual|auto|x[0-9]{1,6}(?:\.[0-9]{1,3})?"
)
CLOCK: Final = OneOfShape(
    (
        _MODE,
        MappingShape(
            "a mapping with `start`, `mode` or `auto`",
            (
                MappingField(
                    "start",
                    PatternShape(
                        "a date and time such as `2026-05-06T12:00:00Z`",
                        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}"
                        r"(?:\.[0-9]{1,6})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})",
                    ),
                    "The session's first instant.",
                ),
                MappingField(
                    "mode",
                    _MODE,
                    "How time passes: `real`, `manual`, faster (`x60`), or `auto`: each poll moves the clock.",
                ),
                MappingField(
                    "auto",
                    DURATION,
                    "Each poll of a running job moves the clock: by the wait that its answer asks for, else by this.",
                ),
            ),
            exclusive=(("mode", "auto"),),
            min_size=1,
        ),
    )
)
SCENARIO: Final[Shape] = MappingShape(
    "a scenario",
    (
        MappingField("language", IntegerShape(LANGUAGE, LANGUAGE), "The version of the language: 1."),
        MappingField(
            "scenario",
            TextShape(
                "a name of letters, digits, `.`, `_`, `+` and `-`",
                "[A-Za-z0-9][A-Za-z0-9._+-]{0,99}",
                allow_negative=False,
            ),
            "The scenario's name: `scenario: cancel-after-completed`.",
            required=True,
        ),
        MappingField("title", TextShape(), "What it shows, in one sentence."),
        MappingField("source", TextShape(), "The sentence of the vendor's page that it demonstrates."),
        MappingField("catches", TextShape(), "The mistake of a client that it catches."),
        MappingField(
            "vendor",
            PatternShape(
                "a vendor, or a vendor as of a date: `phaseo@2026-05-06`",
                "[a-z][a-z0-9_-]*(?:@[0-9]{4}-[0-9]{2}-[0-9]{2})?",
            ),
            "The API that is played: `vendor: reap`, or as of a date: `vendor: phaseo@2026-05-06`.",
            required=True,
        ),
        MappingField("seed", TextShape(), "The seed of ids and choices."),
        MappingField("clock", CLOCK, "When the session starts and how its time passes."),
        MappingField("jobs", ListShape(JOB, "a list of jobs", min_size=0), "Jobs that exist when the session starts."),
        MappingField("timeline", TIMELINE, "The timeline of every job."),
        MappingField(
            "timelines",
            ListShape(MATCHED_TIMELINE, "a list of timelines"),
            "Timelines that the create request selects.",
        ),
        MappingField("items", ITEMS_BY_KIND, "The items of a batch, in order."),
        MappingField("cancel", CANCEL, "The outcome of a cancel, instead of the vendor's rules."),
        MappingField(
            "fields", FIELDS, "Values that the body of every job shows; for other kinds of job a list with `kind`."
        ),
        MappingField("limits", LIMITS, "Rate limits by operation, instead of the vendor's."),
        MappingField(
            "off_contract",
            MappingShape(
                "a mapping of rules to reasons",
                extra_keys=ExtraKeys(
                    TextShape("the reason"), "a rule such as `T12`", "[A-Z][A-Z_-]{0,15}[0-9]{1,4}[a-z]?"
                ),
            ),
            "The contract's rules that this scenario breaks on purpose, and why.",
        ),
        MappingField("play", ListShape(PLAY_STEP, "a list of steps", min_size=0), "Requests and the expected answers."),
        MappingField("faults", FAULTS, "Injected faults, and when they occur."),
        MappingField("webhooks", WEBHOOKS, "Where the jobs' events are sent, and faults of the delivery."),
    ),
)
