"""The key set that a session serves."""

import json

from mockserver.core.wire import Request
from mockserver.vendors.ed25519 import parse_key_set
from mockserver.vendors.script import NO_SCRIPT, Script
from mockserver.vendors.signatures import SigningKeys
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET, WebhookEndpoint
from tests.support.fake_world import BASE
from tests.support.signed_vendors import SIGNATURES, session_signing_with

SCHEME = SIGNATURES["ed25519"]


def served(script: Script, seed: str = "seed") -> tuple[bytes, ...]:
    """Return the keys that a session answers with, to a request without an API key."""
    session = session_signing_with(SCHEME, script, seed)
    answer = session.answer("twelvelabs", Request("GET", "/.well-known/jwks.json"), BASE, 0).response
    assert answer.status == 200
    return parse_key_set(json.loads(answer.body))


def test_the_keys_of_a_session_are_those_that_it_signs_with():
    assert served(NO_SCRIPT) == SCHEME.receiver_keys(SigningKeys((DEFAULT_SECRET,), "seed")).public_keys
    assert served(NO_SCRIPT, "another") != served(NO_SCRIPT)


def test_while_keys_are_rotated_the_set_has_both():
    endpoint = WebhookEndpoint(secret="new", old_secrets=("old",))
    keys = served(Script(webhook_endpoint=endpoint))
    assert keys == SCHEME.receiver_keys(SigningKeys(("new", "old"), "seed")).public_keys
    assert len(set(keys)) == 2
