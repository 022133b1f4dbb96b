"""A receiver of webhooks that survives: it verifies the bytes, handles an event once, and never reopens a job.

- What is not signed as it should be, or long ago, gets 401 before anything is read.
- It remembers an event by its id, and answers a repeated one as the first.
- An end is the end: a late or reordered event does not change it.
- It answers 200 with an empty body, which is what the strictest of the vendors asks for.
"""

import base64
import hmac
import json
import os
import threading
import time
import urllib.request
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from webhook_bodies import event_of

ENDS = {"completed", "succeeded", "ready", "failed", "cancelled", "canceled", "expired", "invalid", "aborted"}
SECRET = os.environ.get("MOCKSERVER_TRIAL_WEBHOOK_SECRET", "")
VENDOR = os.environ["MOCKSERVER_TRIAL_VENDOR"]
TOLERANCE = 300
"""Seconds by which a timestamp may differ from this machine's clock."""


def fits(values, *parts):
    """Return True if one of the hex values is the HMAC of the parts, joined by dots."""
    expected = hmac.new(SECRET.encode(), b".".join(parts), sha256).hexdigest()
    return any(hmac.compare_digest(expected, value.strip()) for value in values)


def verified_phaseo(headers, body):
    """Return the timestamp of a delivery of Phaseo that its secret signed; None: it did not."""
    brand = "x-phaseo" if "x-phaseo-signature" in headers else "x-ai-stats"
    timestamp, given = headers.get(f"{brand}-timestamp", ""), headers.get(f"{brand}-signature", "")
    return timestamp if fits(given.split(","), timestamp.encode(), body) else None


def verified_twelvelabs(headers, body):
    """Return the same for TwelveLabs, which repeats `v1` while a secret is rotated."""
    pairs = [pair.strip().partition("=")[::2] for pair in headers.get("TL-Signature", "").split(",")]
    timestamp = dict(pairs).get("t", "")
    values = [value for name, value in pairs if name == "v1"]
    return timestamp if fits(values, timestamp.encode(), body) else None


def verified_standard(headers, body):
    """Return the same for Standard Webhooks (Replicate, OpenAI)."""
    timestamp = headers.get("webhook-timestamp", "")
    key = base64.b64decode(SECRET.removeprefix("whsec_") + "==")
    signed = b".".join((headers.get("webhook-id", "").encode(), timestamp.encode(), body))
    expected = base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return timestamp if any(hmac.compare_digest(f"v1,{expected}", value) for value in given) else None


def verified_fal(headers, body):
    """Return the same for fal: a pair of keys, of which any in the set may have signed."""
    # The standard library has no ED25519.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    names = ("Request-Id", "User-Id", "Timestamp", "Signature")
    request, user, timestamp, given = (headers.get(f"X-Fal-Webhook-{name}", "") for name in names)
    signed = "\n".join((request, user, timestamp, sha256(body).hexdigest())).encode()
    with urllib.request.urlopen(os.environ["MOCKSERVER_TRIAL_WEBHOOK_JWKS"], timeout=5) as answer:
        keys = json.load(answer)["keys"]
    for key in keys:
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
            public.verify(bytes.fromhex(given), signed)
        except (InvalidSignature, ValueError):
            continue
        return timestamp
    return None


VERIFIERS = {
    "phaseo": verified_phaseo,
    "twelvelabs": verified_twelvelabs,
    "replicate": verified_standard,
    "openai": verified_standard,
    "fal": verified_fal,
}


def is_genuine(headers, body):
    """Return True if a delivery was signed as it should be, and lately. Reap signs nothing."""
    if VENDOR == "reap":
        return True
    timestamp = VERIFIERS[VENDOR](headers, body)
    return bool(timestamp) and abs(time.time() - int(timestamp)) <= TOLERANCE


class Jobs:
    """What is known of the jobs: kept in a database, in production."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seen = set()
        self._statuses = {}

    def handle(self, event):
        """Act on an event, once."""
        with self._lock:
            if event.id in self._seen:
                return
            self._seen.add(event.id)
            print(json.dumps({"processed": event.id}), flush=True)
            if event.status and self._statuses.get(event.job) not in ENDS:
                self._statuses[event.job] = event.status
                print(json.dumps({"job": event.job, "status": event.status}), flush=True)


JOBS = Jobs()


class Receiver(BaseHTTPRequestHandler):
    """Answers deliveries."""

    def do_POST(self):
        """Answer one delivery: 401 if it is not genuine, else 200 with an empty body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200 if is_genuine(self.headers, body) else 401
        if status == 200:
            JOBS.handle(event_of(self.headers, json.loads(body)))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    port = int(os.environ["MOCKSERVER_TRIAL_WEBHOOK_PORT"])
    ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
