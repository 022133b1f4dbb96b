"""`webhooks:` and the play's `deliveries`: where a job's events are sent, faults of the delivery, expected deliveries.

The tables of the language, and their meaning for a vendor: its events and signatures come from the tables of its era.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.errors import did_you_mean
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION, HEADERS
from mockserver.scenario.container_shapes import ListShape, MappingField, MappingShape, OneOfShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.scenario.play_model import ExpectedDeliveries
from mockserver.scenario.reader import node_from_json
from mockserver.scenario.scalar_shapes import ANY, ChoiceShape, IntegerShape, PatternShape, TextShape, TrueFlag
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
        MappingField("body", TextShape(), "The body.", required=True),
    ),
)

DELIVERY_FAULT: Final = MappingShape(
    "a fault of a delivery",
    (
        MappingField("on", EVENT, "The events, by type or by the end of one; default `*`, all of them."),
        MappingField("duplicate", IntegerShape(1, 10), "How many times the first attempt is repeated, byte for byte."),
        MappingField("reorder", TrueFlag(), "The delivery comes after that of the next event."),
        MappingField("lose", TrueFlag(), "The delivery is dropped silently."),
        MappingField("late", DURATION, "How long after its event it is sent."),
        MappingField(
            "sign", ChoiceShape(SIGNATURE_FAULTS), "The signature: with another secret, with an old timestamp, or none."
        ),
        MappingField("replay", DURATION, "How long after the first attempt the same bytes are sent again."),
    ),
    exclusive=tuple(("lose", name) for name in ("duplicate", "reorder", "late", "sign", "replay")),
    min_size=1,
)
_SECRET: Final = TextShape("a secret", r"[\x21-\x7e]+")
WEBHOOKS: Final = MappingShape(
    "a mapping with `url`, `secret`, `events`, `receiver`, `deliver` and others",
    (
        MappingField(
            "url",
            PatternShape("an address such as `http://127.0.0.1:4811/`", r"https?://[\x21-\x7e]+"),
            "Where events are posted; default the session's own receiver.",
        ),
        MappingField(
            "secret",
            OneOfShape((_SECRET, ListShape(_SECRET, "a list of secrets, the newest first", max_size=5))),
            "The secret that signs the deliveries, or several while it is rotated; default `whsec_mock`.",
        ),
        MappingField(
            "events", ListShape(EVENT, "a list of events"), "The events that are sent; default the vendor's usual ones."
        ),
        MappingField(
            "id", TextShape("an endpoint's id"), "The endpoint's id, where a create request names one; default any."
        ),
        MappingField(
            "stamp", ChoiceShape(("session", "wall")), "The clock of the signatures' timestamps; default the session's."
        ),
        MappingField(
            "receiver",
            ListShape(OneOfShape((*_RECEIVER_STATUS.options, _RECEIVER_ANSWER)), "a list of statuses"),
            "The answers of the session's own receiver in turn, then 200: a status, one with a body, or `timeout`.",
        ),
        MappingField("deliver", ListShape(DELIVERY_FAULT, "a list of delivery faults"), "Faults of the delivery."),
    ),
    exclusive=(("url", "receiver"),),
)

DELIVERIES: Final = MappingShape(
    "a mapping with `count`, `events`, `answers`, `signed`, `state`, `body` or `headers`",
    (
        MappingField("count", IntegerShape(0, 10_000), "How many there are by now."),
        MappingField(
            "events", ListShape(EVENT, "a list of events", min_size=0), "Their types, in the order of sending."
        ),
        MappingField(
            "answers", ListShape(_RECEIVER_STATUS, "a list of statuses"), "The answer to each: a status, or `timeout`."
        ),
        MappingField("signed", ChoiceShape(VERIFICATION_RESULTS), "The result of verifying the signature of each."),
        MappingField(
            "state",
            ChoiceShape(("delivered", "retrying", "failed", "lost")),
            "Only deliveries in this state; default all.",
        ),
        MappingField("body", ANY, "A part of the latest one's body, as in an expected answer."),
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
    """Compile a vendor's endpoint; None where the key is absent or has a problem."""
    if node is None or not diagnostics.is_clean(node):
        return None
    specs = _webhook_specs(era)
    if not specs:
        diagnostics.add("SCN070", f"{era.vendor} sends no webhooks", node, on_key=True)
        return None
    _check_vendor_support(node, era, specs, diagnostics)
    _check_secrets(node, era, specs, diagnostics)
    events = node.get("events")
    for item in values.items_of(events):
        _resolve_event(item, specs, diagnostics)
    responses: list[int | str | ReceiverResponse] = []
    for item in values.items_of(node.get("receiver")):
        status, body = receiver_status(item.get("status") or item), item.get("body")
        responses.append(status if body is None else ReceiverResponse(int(status), body.text))
    deliver = values.items_of(node.get("deliver"))
    secrets = [item.text for item in values.one_or_more(node.get("secret"))]
    return WebhookEndpoint(
        url=values.as_text(node.get("url")),
        secret=next(iter(secrets), ""),
        old_secrets=tuple(secrets[1:]),
        events=values.as_texts(events),
        id=values.as_text(node.get("id")),
        sign_with_wall_clock=values.as_text(node.get("stamp")) == "wall",
        receiver_responses=tuple(responses),
        delivery_faults=tuple(_compile_delivery_fault(item, specs, diagnostics) for item in deliver),
    )


def receiver_status(node: Node) -> int | str:
    """Return a status, or `timeout`."""
    if node.text == RECEIVER_TIMEOUT:
        return RECEIVER_TIMEOUT
    return int(node.value)


def _webhook_specs(era: Era) -> list[WebhookSpec]:
    return [kind.webhooks for kind in era.kinds.values() if kind.webhooks is not None]


def _check_vendor_support(node: Node, era: Era, specs: list[WebhookSpec], diagnostics: Diagnostics) -> None:
    """Report keys about signatures and endpoint ids that the vendor does not have (SCN071)."""
    if all(spec.signature is None for spec in specs):
        signed = [item.get("sign") for item in values.items_of(node.get("deliver"))]
        for value in (node.get("secret"), node.get("stamp"), *signed):
            if value is not None:
                message = f"{era.vendor} does not sign webhooks: `{value.path_segment}` has no meaning"
                diagnostics.add("SCN071", message, value, on_key=True)
    endpoint_id = node.get("id")
    if endpoint_id is not None and not any(spec.create_names_endpoint for spec in specs):
        message = f"no create request of {era.pin} names an endpoint"
        hint = "Leave it out: the events of every job go to this endpoint."
        diagnostics.add("SCN071", message, endpoint_id, hint, on_key=True)


def _check_secrets(node: Node, era: Era, specs: list[WebhookSpec], diagnostics: Diagnostics) -> None:
    """Report a secret that the vendor's signatures cannot use (SCN079)."""
    schemes = [spec.signature for spec in specs if spec.signature is not None]
    for item in values.one_or_more(node.get("secret")):
        problem = next((found for scheme in schemes if (found := scheme.secret_problem(item.text))), "")
        if problem:
            diagnostics.add("SCN079", f"{truncate_value(item.text)!r} is no secret of {era.vendor}: {problem}", item)


def _compile_delivery_fault(node: Node, specs: list[WebhookSpec], diagnostics: Diagnostics) -> DeliveryFault:
    on = node.get("on")
    event = "*"
    if on is not None and on.text != "*":
        event = _resolve_event(on, specs, diagnostics)
    fault = DeliveryFault(
        on=event,
        duplicate=values.as_int(node.get("duplicate"), 0),
        reorder=node.get("reorder") is not None,
        drop=node.get("lose") is not None,
        delay=values.as_duration(node.get("late"), diagnostics),
        signature=values.as_text(node.get("sign")),
        replay=values.as_duration(node.get("replay"), diagnostics),
    )
    if fault == DeliveryFault(on=event) and diagnostics.is_clean(node):
        hint = "Add `duplicate`, `reorder`, `lose`, `late`, `sign` or `replay`; a time is longer than 0s."
        diagnostics.add("SCN068", "the entry names no fault: it changes no delivery", node, hint)
    return fault


def _resolve_event(node: Node, specs: list[WebhookSpec], diagnostics: Diagnostics) -> str:
    """Return the event that is named by its type, or by the end of one; reports an unknown one (SCN070).

    The end of a type stays as it is: several kinds of job may have an event that ends so.
    """
    resolved = next((name for spec in specs if (name := spec.resolve_type(node.text))), "")
    if not resolved:
        types = list(dict.fromkeys(name for spec in specs for name in spec.types))
        message = f"there is no event {truncate_value(node.text)!r}{did_you_mean(node.text, types)}"
        diagnostics.add("SCN070", message, node, f"Events: {', '.join(types)}.")
    if resolved.endswith(f".{node.text}"):
        return node.text
    return resolved


def compile_expected_deliveries(node: Node, era: Era, diagnostics: Diagnostics) -> ExpectedDeliveries:
    """Compile the deliveries that a step expects."""
    specs = _webhook_specs(era)
    events = answers = None
    if (listed := node.get("events")) is not None:
        events = tuple(_resolve_event(item, specs, diagnostics) for item in listed.items)
    if (listed := node.get("answers")) is not None:
        answers = tuple(receiver_status(item) for item in listed.items)
    return ExpectedDeliveries(
        count=values.as_int(node.get("count"), None),
        events=events,
        answers=answers,
        signed=values.as_optional_text(node.get("signed")),
        state=values.as_optional_text(node.get("state")),
        body=values.as_json_value(node.get("body")),
        headers=values.as_pairs(node.get("headers")),
    )
