"""The shapes of a kind of job: states, course, cancel table, deadlines, items, ledger, webhooks."""

from itertools import combinations
from typing import Final

from mockserver.packs.grammar_requests import FIELDS
from mockserver.packs.grammar_values import (
    GROUP_DESCRIPTION,
    GROUP_PATTERN,
    HEADER_VALUES,
    SOURCE_FIELD,
    VALUE,
    VALUE_NAME,
)
from mockserver.scenario.common_shapes import DURATION, STATE
from mockserver.scenario.container_shapes import ExtraKeys, ListShape, MappingField, MappingShape, OneOfShape
from mockserver.scenario.language import TIMELINE
from mockserver.scenario.scalar_shapes import OBJECT, ChoiceShape, IntegerShape, NullShape, TextShape, TrueFlag
from mockserver.scenario.shapes import Shape

SIGNATURE_SCHEMES: Final = ("standard-webhooks", "hmac-hex", "hmac-pairs", "ed25519")
"""How deliveries are signed, as in `vendors.signatures`."""
_STATES: Final = ListShape(STATE, "a list of states")
STATE_GROUP: Final = OneOfShape((TextShape("a state, or states joined by `|`"), _STATES))
_AFTER: Final = MappingField("after", DURATION, "How long after it.")
_FROM: Final = MappingField("from", TextShape(), "What it counts from: `created`, `ended` or a state.")
_OPTION: Final = TextShape("a value", allow_empty=True)
_CONDITION: Final = MappingShape(
    "one member of the request and its value: `{quality: draft}`",
    extra_keys=ExtraKeys(OneOfShape((NullShape(), _OPTION, ListShape(_OPTION, "a list of values")))),
    min_size=1,
    max_size=1,
)

CANCEL_ROW: Final[Shape] = MappingShape(
    "a row of the cancel table: a mapping with `accept`, `refuse`, `unchanged` or `delete`",
    (
        MappingField("accept", OneOfShape((STATE, TIMELINE)), "Accepted: the state or the timeline that follows."),
        MappingField("refuse", TextShape(), "Refused with this error of `errors`."),
        MappingField("unchanged", TrueFlag(), "Answered like an accepted one, and nothing changes."),
        MappingField("delete", TrueFlag(), "The job is deleted."),
        MappingField("after", DURATION, "Accepted only when more than this has passed."),
        MappingField("since", STATE, "The state that `after` counts from; default the present one."),
        MappingField("only_for", _CONDITION, "Accepted only for jobs whose request has this value, or one of a list."),
        MappingField("otherwise", TextShape(), "The error where a condition does not hold."),
        SOURCE_FIELD,
    ),
    exclusive=tuple(combinations(("accept", "refuse", "unchanged", "delete"), 2)),
    requires=(("after", "accept"), ("since", "after"), ("only_for", "accept"), ("otherwise", "accept")),
    min_size=1,
)
CANCEL_TABLE: Final = MappingShape(
    "a mapping of states to decisions", extra_keys=ExtraKeys(CANCEL_ROW, GROUP_DESCRIPTION, GROUP_PATTERN), min_size=1
)
DEADLINE: Final = MappingShape("a deadline", (
    _FROM,
    MappingField("after", DURATION, "How long after it, where the request does not say; default never."),
    MappingField("request", MappingShape("a mapping with `value`", (
        MappingField("value", VALUE_NAME, "What the request says, such as `$header.cancel-after`.", True),
        MappingField("written_as", ListShape(ChoiceShape(("seconds", "duration")), "a list of notations"),
                     "A number of seconds, or a text such as `1m30s`; default both."),
        MappingField("min", DURATION, "The shortest; a shorter one counts as this."),
        MappingField("max", DURATION, "The longest; a longer one counts as this."),
    )), "Where a create says how long."),
    MappingField("states", MappingShape("a mapping of states to the state that follows",
                                        extra_keys=ExtraKeys(STATE, GROUP_DESCRIPTION, GROUP_PATTERN), min_size=1),
                 "The state that a job moves to, by the state that the deadline finds.", required=True),
    SOURCE_FIELD,
))  # fmt: skip
NAMED_TIME: Final = MappingShape("an instant", (_FROM, _AFTER, SOURCE_FIELD), min_size=1)
GONE: Final = MappingShape(
    "a mapping with `states` or `at`",
    (
        MappingField("states", STATE_GROUP, "A job in one of these states is not found."),
        MappingField("at", TextShape(), "From this instant of `times` on a job is not found."),
        SOURCE_FIELD,
    ),
    min_size=1,
)
LEDGER: Final = MappingShape("a ledger", (
    MappingField("unit", TextShape(), "credits, usd, seconds.", required=True),
    MappingField("entries", ListShape(MappingShape("an entry", (
        MappingField("entry", ChoiceShape(("charge", "reserve", "settle", "release", "refund")), "Its kind.", True),
        MappingField("at", STATE_GROUP, "`created`, or the states that it is booked in.", True),
        MappingField("cancelled_in", STATE_GROUP, "Only if an accepted cancel found this state."),
        MappingField("amount", VALUE, "How much.", required=True),
        SOURCE_FIELD,
    )), "a list of entries"), "What is booked, and when.", required=True),
))  # fmt: skip
ITEMS: Final = MappingShape("the items of a batch", (
    MappingField("request", TextShape(), "The member of the create request that lists them."),
    MappingField("lines", MappingShape("a mapping with `kind`, `id`, `text` and `example`", (
        MappingField("kind", TextShape(), "The kind of job that an uploaded file is.", required=True),
        MappingField("id", TextShape(), "The member of the create request that names it.", required=True),
        MappingField("text", TextShape(), "What an upload remembers its text as.", required=True),
        MappingField("fields", FIELDS, "The fields of each line."),
        MappingField("unique", TextShape(), "The field that differs in each line."),
        MappingField("example", OBJECT, "An item of a file that no call has uploaded.", required=True),
    )), "The items stand in a file, a line of JSON for each."),
    MappingField("states", _STATES, "Their states: the first waits, the second works.", required=True),
    MappingField("terminal", _STATES, "Those that end an item.", required=True),
    MappingField("moves", MappingShape("a mapping of states to states", extra_keys=ExtraKeys(_STATES)), "Moves."),
    MappingField("succeeded", STATE, "The usual outcome.", required=True),
    MappingField("dropped", STATE, "The outcome of an item that a cancel or a deadline ends.", required=True),
    MappingField("dropped_by_deadline", STATE, "The outcome at a deadline, where it differs."),
    MappingField("refused", MappingShape("a mapping with `outcome` and `fields`", (
        MappingField("outcome", STATE, "The outcome of an item that is not valid.", required=True),
        MappingField("fields", FIELDS, "The fields of an item's part of the request.", required=True),
    )), "Items that are created, and fail because their part of the request is not valid."),
    MappingField("waiting", STATE, "The batch while no item has begun."),
    MappingField("opens", TrueFlag(), "Its stay in the course comes before the items, which begin after it."),
    MappingField("failed", STATE, "The batch whose items were refused before one began."),
    MappingField("closing", STATE, "The batch after its last item, as long as the course says."),
    MappingField("drain_least", DURATION, "How long a cancelled batch drains at least."),
    MappingField("drain_limit", DURATION, "How long a cancelled batch drains at most; then items are dropped."),
    MappingField("working", STATE, "The batch while some item is unfinished.", required=True),
    MappingField("done", STATE, "The batch when every item has finished.", required=True),
    MappingField("draining", STATE, "The batch after a cancel, while items finish.", required=True),
    MappingField("drained", STATE, "The batch when a cancel has left nothing unfinished.", required=True),
    MappingField("expired", STATE, "The batch after its deadline.", required=True),
    SOURCE_FIELD,
))  # fmt: skip
_RETRIES: Final = MappingField("retries", ListShape(DURATION, "a list of waits", min_size=0), "Waits between attempts.")
WEBHOOKS: Final = MappingShape("webhooks", (
    MappingField("url", VALUE, "The receiver that a create names."),
    MappingField("events_wanted", VALUE, "The types of events that a create names."),
    MappingField("events", MappingShape(
        "a mapping of types of events",
        extra_keys=ExtraKeys(MappingShape("an event", (
            MappingField("on", STATE_GROUP, "The states whose entry it reports.", required=True),
            _RETRIES, SOURCE_FIELD,
        ))),
        min_size=1,
    ), "The events by type.", required=True),
    MappingField("default_events", ListShape(TextShape(), "a list of types"), "Delivered where none are named."),
    MappingField("payload", VALUE, "The body of a delivery.", required=True),
    MappingField("headers", HEADER_VALUES, "Headers of a delivery besides those of the signature."),
    MappingField("event_id", TextShape(), "The form of `ids` for `$event.id`; `$id` for the job's own id."),
    MappingField("signature", MappingShape("a signature", (
        MappingField("scheme", ChoiceShape(SIGNATURE_SCHEMES), "How it is made.", True),
        MappingField("prefix", TextShape(), "What the headers begin with (standard-webhooks, ed25519)."),
        MappingField("header", TextShape(), "The header of the signature (hmac-hex, hmac-pairs)."),
        MappingField("timestamp_header", TextShape(), "The header of the time (hmac-hex)."),
        SOURCE_FIELD,
    )), "How deliveries are signed; without it they are not."),
    _RETRIES,
    MappingField("timeout", DURATION, "How long the receiver may take; default 10 s."),
    MappingField("success", ListShape(IntegerShape(200, 299), "a list of statuses"), "Default: any 2xx."),
    MappingField("event_at", TextShape(),
                 "The JSON pointer to the event's type in the payload, or `none`; default `/type`."),
    MappingField("attempt_at", TextShape(), "The JSON pointer to the number of the attempt in the payload."),
    MappingField("job_at", TextShape(), "The JSON pointer to the job's id in the payload; default `/data/id`."),
    SOURCE_FIELD,
))  # fmt: skip
KIND: Final = MappingShape("a kind of job", (
    SOURCE_FIELD,
    MappingField("id", TextShape(), "The form of its ids, an entry of `ids`.", required=True),
    MappingField("states", _STATES, "All states; the first is that of a new job.", required=True),
    MappingField("terminal", _STATES, "The states that end a job.", required=True),
    MappingField("moves", MappingShape("a mapping of states to the states that may follow",
                                       extra_keys=ExtraKeys(_STATES)),
                 "What a job's own work does; cancels and deadlines are in their tables."),
    MappingField("course", TIMELINE, "A job's states without a scenario.", required=True),
    MappingField("cancel", OneOfShape((NullShape(), CANCEL_TABLE)), "The decision on a cancel, by state."),
    MappingField("deadlines", MappingShape("a mapping of deadlines", extra_keys=ExtraKeys(DEADLINE)), "By a name."),
    MappingField("times", MappingShape("a mapping of instants", extra_keys=ExtraKeys(NAMED_TIME)), "By a name."),
    MappingField("gone", GONE, "When a job is no longer found."),
    MappingField("body", VALUE, "What shows a job: `$job`.", required=True),
    MappingField("hidden_fields", ListShape(TextShape(), "a list of names"),
                 "Scripted fields that only `$field` reads."),
    MappingField("active_limit", IntegerShape(0, 1_000_000), "How many unfinished jobs an account may have."),
    MappingField("ledger", LEDGER, "What a job costs."),
    MappingField("items", ITEMS, "The items of a batch, from which its state derives."),
    MappingField("webhooks", WEBHOOKS, "The events that a receiver gets."),
    MappingField("example", OBJECT, "A create body that the vendor accepts.", required=True),
))  # fmt: skip
