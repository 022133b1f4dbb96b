"""`webhooks:` and the play's `deliveries`: where a job's events go, what goes wrong on the way, what must have arrived.

The words as tables, and what they mean for a vendor: its events and whether it signs come from the tables of its era.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.errors import did_you_mean
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION, HEADERS
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.model import ExpectedDeliveries
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.scenario.reader import node_from_json
from mockserver.scenario.shapes import (
    ANY,
    ChoiceShape,
    IntegerShape,
    ListShape,
    MappingField,
    MappingShape,
    OneOfShape,
    PatternShape,
    TextShape,
    TrueFlag,
)
from mockserver.vendors.api import Era
from mockserver.vendors.signatures import VERIFICATION_RESULTS
from mockserver.vendors.webhook_endpoint import (
    RECEIVER_TIMEOUT,
    SIGNATURE_FAULTS,
    DeliveryFault,
    ReceiverResponse,
    WebhookEndpoint,
)
from mockserver.vendors.webhooks import WebhookSpec

EVENT: Final = TextShape("an event such as `video.completed`, or the end of one such as `completed`")
_RECEIVER_STATUS: Final = OneOfShape((IntegerShape(200, 599), ChoiceShape((RECEIVER_TIMEOUT,))))
_RECEIVER_ANSWER: Final = MappingShape(
    "a mapping with `status` and `body`",
    (
        MappingField("status", IntegerShape(200, 599), "The status.", required=True),
        MappingField("body", TextShape(), "What it says.", required=True),
    ),
)

DELIVERY_FAULT: Final = MappingShape(
    "what goes wrong with a delivery",
    (
        MappingField("on", EVENT, "Which events, by type or by the end of one; `*`, or nothing: all of them."),
        MappingField(
            "duplicate", IntegerShape(1, 10), "How often the first attempt is sent once more, the same to the byte."
        ),
        MappingField("reorder", TrueFlag(), "Told only after the event that follows."),
        MappingField("lose", TrueFlag(), "Never sent, and nobody is told."),
        MappingField("late", DURATION, "How long after its event it is sent."),
        MappingField(
            "sign", ChoiceShape(SIGNATURE_FAULTS), "Signed with another secret, with an old timestamp, or not at all."
        ),
        MappingField("replay", DURATION, "How long after the first attempt the same bytes come again."),
    ),
    exclusive=tuple(("lose", name) for name in ("duplicate", "reorder", "late", "sign", "replay")),
    min_size=1,
)
WEBHOOKS: Final = MappingShape(
    "a mapping with `url`, `secret`, `events`, `receiver`, `deliver` and others",
    (
        MappingField(
            "url",
            PatternShape("an address such as `http://127.0.0.1:4811/`", r"https?://[\x21-\x7e]+"),
            "Where events are posted; to the session's own receiver unless given.",
        ),
        MappingField(
            "secret", TextShape("a secret", r"[\x21-\x7e]+"), "What signs the deliveries; `whsec_mock` unless given."
        ),
        MappingField(
            "events",
            ListShape(EVENT, "a list of events"),
            "Which are told; the vendor's usual ones unless given.",
        ),
        MappingField(
            "id",
            TextShape("an endpoint's id"),
            "The endpoint's id, where a create names one; any will do unless given.",
        ),
        MappingField(
            "stamp", ChoiceShape(("session", "wall")), "Whose time a signature carries; the session's unless given."
        ),
        MappingField(
            "receiver",
            ListShape(OneOfShape((*_RECEIVER_STATUS.options, _RECEIVER_ANSWER)), "a list of statuses"),
            "What the session's own receiver answers, in turn, then 200: a status, one with a body, or `timeout`.",
        ),
        MappingField("deliver", ListShape(DELIVERY_FAULT, "a list of troubles"), "What goes wrong on the way."),
    ),
    exclusive=(("url", "receiver"),),
)

DELIVERIES: Final = MappingShape(
    "a mapping with `count`, `events`, `answers`, `signed`, `state`, `body` or `headers`",
    (
        MappingField("count", IntegerShape(0, 10_000), "How many there are by now."),
        MappingField(
            "events", ListShape(EVENT, "a list of events", min_size=0), "Their types, in the order of the sending."
        ),
        MappingField(
            "answers",
            ListShape(_RECEIVER_STATUS, "a list of statuses"),
            "What each was answered: a status, or `timeout`.",
        ),
        MappingField("signed", ChoiceShape(VERIFICATION_RESULTS), "What a verifier makes of each of them."),
        MappingField(
            "state", ChoiceShape(("delivered", "retrying", "failed", "lost")), "Only those are meant; all unless given."
        ),
        MappingField("body", ANY, "A part of the latest one's body, as in an answer."),
        MappingField("headers", HEADERS, "Headers of the latest one."),
    ),
    min_size=1,
    definition_name="deliveries",
)


def parse_endpoint(value: Mapping[str, Any], era: Era) -> WebhookEndpoint:
    """Parse an endpoint given as decoded JSON. Raises `MockError` with all problems."""
    root, diagnostics = node_from_json(value, "webhooks")
    WEBHOOKS.check(root, diagnostics)
    endpoint = compile_endpoint(root, era, diagnostics)
    diagnostics.raise_if_any()
    return endpoint or WebhookEndpoint()


def compile_endpoint(node: Node | None, era: Era, diagnostics: Diagnostics) -> WebhookEndpoint | None:
    """A vendor's endpoint; None where nothing is said, or something is wrong with it."""
    if node is None or not diagnostics.is_clean(node):
        return None
    told = _webhook_specs(era)
    if not told:
        diagnostics.add("SCN070", f"{era.vendor} tells nobody of its jobs", node, on_key=True)
        return None
    _check_vendor_support(node, era, told, diagnostics)
    listed, deliver = node.get("events"), node.get("deliver")
    for item in () if listed is None else listed.items:
        _resolve_event(item, told, diagnostics)
    receiver = node.get("receiver")
    return WebhookEndpoint(
        url=values.as_text(node.get("url")),
        secret=values.as_text(node.get("secret")),
        events=values.as_texts(listed),
        id=values.as_text(node.get("id")),
        sign_with_wall_clock=values.as_text(node.get("stamp")) == "wall",
        receiver_responses=() if receiver is None else tuple(_compile_receiver_answer(item) for item in receiver.items),
        delivery_faults=()
        if deliver is None
        else tuple(_compile_delivery_fault(item, told, diagnostics) for item in deliver.items),
    )


def receiver_status(node: Node) -> int | str:
    """A status, or `timeout`."""
    return RECEIVER_TIMEOUT if node.text == RECEIVER_TIMEOUT else int(node.value)


def _compile_receiver_answer(node: Node) -> int | str | ReceiverResponse:
    """What the receiver answers: a status, or `timeout`; or a status and what it says."""
    status, body = node.get("status"), node.get("body")
    return receiver_status(node) if status is None or body is None else ReceiverResponse(int(status.value), body.text)


def _webhook_specs(era: Era) -> list[WebhookSpec]:
    return [kind.webhooks for kind in era.kinds.values() if kind.webhooks is not None]


def _check_vendor_support(node: Node, era: Era, specs: list[WebhookSpec], diagnostics: Diagnostics) -> None:
    """Whether the vendor has what the keys are about."""
    signs = any(notices.parse_signature is not None for notices in specs)
    for name in ("secret", "stamp"):
        value = node.get(name)
        if value is not None and not signs:
            diagnostics.add("SCN071", f"{era.vendor} signs nothing: `{name}` has no meaning", value, on_key=True)
    given = node.get("id")
    if given is not None and not any(notices.create_names_endpoint for notices in specs):
        message = f"no create of {era.pin} names an endpoint"
        diagnostics.add("SCN071", message, given, "Leave it out: every job's events go to this one.", on_key=True)
    for item in _items_of(node.get("deliver")):
        value = item.get("sign")
        if value is not None and not signs:
            diagnostics.add("SCN071", f"{era.vendor} signs nothing: there is nothing to spoil", value, on_key=True)


def _items_of(node: Node | None) -> Iterator[Node]:
    yield from () if node is None else node.items


def _compile_delivery_fault(node: Node, specs: list[WebhookSpec], diagnostics: Diagnostics) -> DeliveryFault:
    on, duplicate = node.get("on"), node.get("duplicate")
    return DeliveryFault(
        on="*" if on is None or on.text == "*" else _resolve_event(on, specs, diagnostics),
        duplicate=0 if duplicate is None else int(duplicate.value),
        reorder=node.get("reorder") is not None,
        drop=node.get("lose") is not None,
        delay=values.as_duration(node.get("late"), diagnostics),
        signature=values.as_text(node.get("sign")),
        replay=values.as_duration(node.get("replay"), diagnostics),
    )


def _resolve_event(node: Node, specs: list[WebhookSpec], diagnostics: Diagnostics) -> str:
    """The event that a word means, a type or the end of one."""
    types = list(dict.fromkeys(one for notices in specs for one in notices.types))
    meant = next(filter(None, (notices.resolve_type(node.text) for notices in specs)), "")
    if not meant:
        message = f"there is no event {truncate_value(node.text)!r}{did_you_mean(node.text, types)}"
        diagnostics.add("SCN070", message, node, f"Events: {', '.join(types)}.")
    return node.text if meant.endswith(f".{node.text}") else meant


def compile_expected_deliveries(node: Node, era: Era, diagnostics: Diagnostics) -> ExpectedDeliveries:
    """What must have been sent by now."""
    told, listed, answers, count = _webhook_specs(era), node.get("events"), node.get("answers"), node.get("count")
    events = tuple(_resolve_event(item, told, diagnostics) for item in _items_of(listed))
    return ExpectedDeliveries(
        count=None if count is None else int(count.value),
        events=None if listed is None else events,
        answers=None if answers is None else tuple(receiver_status(item) for item in answers.items),
        signed=values.as_text(node.get("signed")),
        state=values.as_text(node.get("state")),
        body=values.as_json_value(node.get("body")),
        headers=values.as_pairs(node.get("headers")),
    )
