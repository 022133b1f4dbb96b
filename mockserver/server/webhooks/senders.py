"""Who sent a delivery, and whether its signature is right: read from the delivery itself, for any receiver."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.vendors.api import Vendor
from mockserver.vendors.signatures import ReceiverKeys, StandardWebhooks
from mockserver.vendors.webhooks import WebhookSpec

NOT_CHECKED: Final = "not checked"
"""The verdict on a signature for a receiver without the key that it needs."""
NEVER_SIGNED: Final = "unsigned, as always"
"""The verdict on a delivery of a vendor that signs nothing."""
_UNKNOWN_SENDERS_SCHEME: Final = StandardWebhooks()
"""What is no vendor's own can be verified without knowing the vendor."""
_SIGNED, _KNOWN_EVENT, _IN_PLACE = 4, 2, 1
"""Each counts more than the following ones together."""


def identify_sender(
    vendors: Mapping[str, Vendor], headers: Mapping[str, str], body: Any
) -> tuple[str, WebhookSpec | None]:
    """Return the vendor of a delivery and its webhook definition in the newest era; ("", None) if none matches.

    The signature's headers count most, then the event's type, then the places of event and job id in the body. An
    event's name alone, or a signature that several vendors have, says nothing without the job id in its place.
    """
    best_score = 0
    best: tuple[str, WebhookSpec | None] = ("", None)
    for name, vendor in vendors.items():
        for kind in vendor.eras[-1].kinds.values():
            if kind.webhooks is None:
                continue
            score = _score(kind.webhooks, headers, body)
            if score > best_score:
                best_score = score
                best = (name, kind.webhooks)
    return best


def _score(spec: WebhookSpec, headers: Mapping[str, str], body: Any) -> int:
    """Return how well a delivery fits the webhooks of a kind of job; 0: not at all."""
    event = value_at(body, spec.pointers.event)
    has_job = isinstance(value_at(body, spec.pointers.job), str)
    is_signed = spec.signature is not None and spec.signature.read(headers, b"") is not None
    if not has_job and (not is_signed or spec.signature == _UNKNOWN_SENDERS_SCHEME):
        return 0
    score = 0
    if is_signed:
        score += _SIGNED
    if event in spec.types:
        score += _KNOWN_EVENT
    if isinstance(event, str) and has_job:
        score += _IN_PLACE
    return score


def value_at(body: Any, keys: tuple[str, ...]) -> Any:
    """Return the value at a path of keys; None if there is none."""
    for key in keys:
        if not isinstance(body, dict):
            return None
        body = body.get(key)
    return body


def text_at(body: Any, keys: tuple[str, ...]) -> str:
    """Return the text at a path of keys; empty if there is none."""
    value = value_at(body, keys)
    return value if isinstance(value, str) else ""


def delivery_verdict(
    spec: WebhookSpec | None, headers: Mapping[str, str], body: bytes, keys: ReceiverKeys, at: Instant
) -> str:
    """Return a `VERIFICATION_RESULTS` of `vendors.signatures`, `NOT_CHECKED` or `NEVER_SIGNED`.

    `spec` is the sender's; that of an unknown sender, None, is taken to sign as Standard Webhooks does.
    """
    signature = _UNKNOWN_SENDERS_SCHEME if spec is None else spec.signature
    if signature is None:
        return NEVER_SIGNED
    # A missing signature needs no key to be noticed.
    if not signature.can_check(keys) and signature.read(headers, body) is not None:
        return NOT_CHECKED
    return signature.verify(headers, body, keys, at)
