"""A receiver of webhooks in the process of a test: a real listener on this machine, which verifies signatures.

It answers each delivery at once: with what the test's handler says, else as a receiver should, which refuses a delivery
whose signature is wrong. What a handler raises is kept for the test to fail with, and answered as a server does: 500.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import iscoroutine
from threading import Thread
from typing import Any, Final

import pytest

from mockserver.core.functions import describe_wrong_function
from mockserver.errors import refuse
from mockserver.server.clock import wall_clock
from mockserver.server.webhooks.senders import NEVER_SIGNED, delivery_verdict, identify_sender, text_at
from mockserver.vendors.api import Vendor
from mockserver.vendors.signatures import VALID, ReceiverKeys, WebhookSignature
from mockserver.vendors.webhooks import DEFAULT_POINTERS

MAX_BODY_BYTES: Final = 10_000_000
STATUSES: Final = range(200, 600)
"""Those that end a call."""


@dataclass(frozen=True)
class ReceivedWebhook:
    """One delivery as it arrived."""

    vendor: str
    """Empty for an unknown sender."""
    event: str
    """Its type; empty if it names none. So is `job`."""
    job: str
    signature: str
    """ok, wrong, skewed (of another time), unsigned, or `unsigned, as always`."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body. Raises `ValueError` if it is no JSON."""
        return json.loads(self.body)


WebhookHandler = Callable[[ReceivedWebhook], int | None]
"""Takes a delivery and returns the status of its answer; nothing: 200."""


def check_handler(handler: object) -> None:
    """Raise `MockError` TST006 for a webhook handler that is no function, or a function that a call does not run."""
    wrong = describe_wrong_function(handler)
    if wrong:
        hint = "Write it with `def`: it returns a status when it is called; asyncio.run in it runs a coroutine."
        raise refuse("TST006", f"a webhook handler is a function, not {wrong}", hint)


def answer_status(returned: Any) -> int:
    """Return the status that a handler returned. Fails the test with TST006 if it is none."""
    if returned is None:
        return 200
    if isinstance(returned, int) and returned in STATUSES:
        return returned
    if iscoroutine(returned):
        returned.close()  # Python warns of one that nothing awaits
    hint = "Return a status from 200 to 599, or nothing, which is 200."
    pytest.fail(str(refuse("TST006", f"the webhook handler returned {returned!r}", hint)), pytrace=False)


class WebhookListener:
    """Receives on a free port of this machine until it is closed."""

    def __init__(self, vendors: Mapping[str, Vendor], secret: str) -> None:
        self.secret = secret
        self.public_keys: tuple[bytes, ...] = ()
        """Those of the vendors that sign with a pair of keys."""
        self.handler: WebhookHandler | None = None
        self._vendors = vendors
        self._received: list[ReceivedWebhook] = []
        self.errors: list[BaseException] = []
        """What the handler raised: such a delivery is answered with 500, and the test fails with the first of them."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), name="videojob-receiver", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<receiver at {self.url}: {[each.event for each in self._received]}>"

    @property
    def received(self) -> tuple[ReceivedWebhook, ...]:
        """The deliveries so far, in the order of their arrival."""
        return tuple(self._received)

    def is_signed(self, vendor: str) -> bool:
        """Return True if a vendor signs its webhooks."""
        return self.signature_of(vendor) is not None

    def signature_of(self, vendor: str) -> WebhookSignature | None:
        """Return how a vendor signs its webhooks; None: it does not."""
        specs = [kind.webhooks for kind in self._vendors[vendor].eras[-1].kinds.values()]
        return next((spec.signature for spec in specs if spec is not None and spec.signature is not None), None)

    def close(self) -> None:
        """Stop receiving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, headers: Mapping[str, str], body: bytes) -> int:
        """Keep a delivery, and return the status of its answer."""
        __tracebackhide__ = True  # what a handler raises is shown from the handler on
        delivery = self.identify(headers, body)
        self._received.append(delivery)
        if self.handler is None:
            return 200 if delivery.signature in (VALID, NEVER_SIGNED) else 401
        try:
            return answer_status(self.handler(delivery))
        except BaseException as error:  # noqa: BLE001 -- whatever the test's own code raises is the test's
            self.errors.append(error)
            return 500

    def identify(self, headers: Mapping[str, str], body: bytes) -> ReceivedWebhook:
        """Return a delivery with what it says about itself, and the verdict on its signature."""
        try:
            decoded = json.loads(body)
        except ValueError:
            decoded = None
        vendor, spec = identify_sender(self._vendors, headers, decoded)
        pointers = DEFAULT_POINTERS if spec is None else spec.pointers
        keys = ReceiverKeys((self.secret,), self.public_keys)
        return ReceivedWebhook(
            vendor=vendor,
            event=text_at(decoded, pointers.event),
            job=text_at(decoded, pointers.job),
            signature=delivery_verdict(spec, headers, body, keys, wall_clock()),
            headers=headers,
            body=body,
        )

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY_BYTES)
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(listener.answer(headers, self.rfile.read(length)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the parent's name
                """Print nothing: the test has the deliveries."""

        return Handler
