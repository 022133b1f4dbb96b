"""The duties of webhooks: every type of event happens to some job, and its delivery is rendered and verifies."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from mockserver.core.wire import json_or_none
from mockserver.vendor_check.courses import Course, courses_of
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import SEED, CheckedEra
from mockserver.vendors.api import JobKind
from mockserver.vendors.signatures import VALID, SigningKeys
from mockserver.vendors.webhooks import DeliveryRequest, RenderedDelivery, WebhookEvent, WebhookSpec

_SIGNED_WITH: Final = "whsec_YSBjaGVjayBvZiB0aGUgdmVuZG9y"


def events_happen(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each type of event of each kind: some course of a job has it, and it has no other type."""
    for kind in checked.era.kinds.values():
        spec = kind.webhooks
        if spec is None:
            continue
        seen = {event.type for course in courses_of(checked, kind) for event in _events(course, spec)}
        for name in dict.fromkeys((*spec.types, *spec.default_types, *sorted(seen))):
            found = ""
            if name not in spec.types:
                found = f"{name!r} is not among the types: {', '.join(spec.types)}"
            elif name not in seen and not is_of_another_era(checked, kind, name):
                found = "no course of a job has this event"
            yield DutyCase(f"{kind.name}, {name}", found)


def is_of_another_era(checked: CheckedEra, kind: JobKind, name: str) -> bool:
    """Return True for the event of a state that the kind has in another era: a list of types outlives its states."""
    word = name.rpartition(".")[2]
    others = (era.kinds.get(kind.name, kind) for era in checked.vendor.eras)
    return word not in kind.lifecycle.states and any(word in other.lifecycle.states for other in others)


def deliveries_are_rendered(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each event of each course: its delivery names job and type, and its signature verifies."""
    for kind in checked.era.kinds.values():
        spec = kind.webhooks
        if spec is not None:
            for course in courses_of(checked, kind):
                keys: set[str] = set()
                for event in _events(course, spec):
                    found = delivery_flaw(checked, course, spec, event)
                    if event.key in keys:
                        found = f"two events of one job have the key {event.key!r}"
                    keys.add(event.key)
                    yield DutyCase(f"{event.type} of a {kind.name} {course.name}", found)


def _events(course: Course, spec: WebhookSpec) -> Sequence[WebhookEvent]:
    return tuple(spec.events(course.job, frozenset(spec.types)))


def delivery_flaw(checked: CheckedEra, course: Course, spec: WebhookSpec, event: WebhookEvent) -> str:
    """Return what is wrong with the delivery of an event, in words; empty if nothing is."""
    if event.at < course.job.created:
        return "it happens before the job is created"
    request = DeliveryRequest(
        job=course.job,
        event=event,
        attempt=1,
        at=event.at,
        signed_at=event.at,
        secrets=(_SIGNED_WITH,),
        base_url=checked.base_url,
        seed=SEED,
    )
    rendered = spec.render_signed(request)
    again = spec.render_signed(request._replace(attempt=2))
    if rendered.event_id != again.event_id:
        return f"a second attempt has another event id: {rendered.event_id!r}, then {again.event_id!r}"
    body = json_or_none(rendered.body)
    for name, pointer, value in (("job", spec.pointers.job, course.job_id), ("event", spec.pointers.event, None)):
        shown = _at(body, pointer)
        if pointer and (shown is None or (value is not None and shown != value)):
            return f"`pointers.{name}` leads to {shown!r} in the body, at {'.'.join(pointer)}"
    return unverified_signature(spec, rendered, event)


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def unverified_signature(spec: WebhookSpec, rendered: RenderedDelivery, event: WebhookEvent) -> str:
    """Return why the signature of a delivery does not verify, in words; empty if it does or there is none."""
    if spec.signature is None:
        return ""
    headers = {name.lower(): value for name, value in rendered.headers}
    keys = spec.signature.receiver_keys(SigningKeys((_SIGNED_WITH,), SEED))
    result = spec.signature.verify(headers, rendered.body, keys, event.at)
    if result == VALID:
        return ""
    return f"its signature is {result} for the receiver of its sender"
