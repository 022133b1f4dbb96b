"""The operation with which a receiver gets the public keys of a vendor's signatures."""

from mockserver.vendors.answer import Answer
from mockserver.vendors.ed25519 import Ed25519Headers
from mockserver.vendors.http import json_response
from mockserver.vendors.model import Call, Operation, Role
from mockserver.vendors.signatures import SigningKeys
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


def key_set_operation(kind: str, signature: Ed25519Headers) -> Operation:
    """Return the operation that serves the key set of a session, without an API key: `GET /.well-known/jwks.json`.

    `kind` is the vendor's main kind of job, which every operation must name.
    """

    def answer_key_set(call: Call) -> Answer:
        endpoint = call.script.webhook_endpoint or WebhookEndpoint()
        return Answer(json_response(200, signature.key_set(SigningKeys(endpoint.secrets, call.seed))))

    return Operation("webhook_keys", kind, "GET", signature.key_set_path, answer_key_set, auth=False, role=Role.OTHER)
