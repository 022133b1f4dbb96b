"""TwelveLabs with the webhook signature of another vendor: everything about signatures must work for each of them."""

from collections.abc import Mapping
from typing import Final

from mockserver.core.clock import Clock
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.installed import installed_vendors
from mockserver.stores import memory_store
from mockserver.vendors.api import Era, JobKind, Vendor
from mockserver.vendors.ed25519 import Ed25519Headers
from mockserver.vendors.script import Script
from mockserver.vendors.signatures import HmacHeaderNames, HmacHeaders, HmacPairs, StandardWebhooks, WebhookSignature
from mockserver.vendors.webhook_keys import key_set_operation
from tests.support.fake_world import START

SIGNATURES: Final[Mapping[str, WebhookSignature]] = {
    "headers": HmacHeaders(HmacHeaderNames("x-signed-at", "x-signed")),
    "pairs": HmacPairs("X-Pairs"),
    "standard": StandardWebhooks(),
    "ed25519": Ed25519Headers("X-Key-Pair"),
}
"""One of each scheme, by name."""


def vendor_signing_with(signature: WebhookSignature) -> Vendor:
    """Return TwelveLabs with other signatures, and with a key set where the scheme has one."""
    vendor = installed_vendors()["twelvelabs"]
    return vendor._replace(eras=tuple(_era_signing_with(signature, era) for era in vendor.eras))


def _era_signing_with(signature: WebhookSignature, era: Era) -> Era:
    def signing(kind: JobKind) -> JobKind:
        assert kind.webhooks is not None
        return kind._replace(webhooks=kind.webhooks._replace(signature=signature))

    operations = era.operations
    if isinstance(signature, Ed25519Headers):
        operations = (*operations, key_set_operation(era.main_kind.name, signature))
    kinds = {name: signing(kind) if kind.webhooks else kind for name, kind in era.kinds.items()}
    return era._replace(kinds=kinds, operations=operations)


def session_signing_with(signature: WebhookSignature, script: Script, seed: str = "seed") -> Session:
    """Open a session of that vendor's newest era, with a stopped clock."""
    era = vendor_signing_with(signature).eras[-1]
    clock = Clock(0, START, 0.0)
    scripts = {era.vendor: script}
    return Session(SessionSetup("signed", {era.vendor: era}, clock, seed, memory_store, scripts=scripts))
