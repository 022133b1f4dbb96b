"""The URLs in bodies, and signed download links, which need no key until they expire on the session's clock.

The query of a link carries a token (base64url of JSON), the expiry (Unix seconds) and the hex HMAC-SHA256 of
`token.expiry` under a secret of the session's seed (source of 2026-08-22). A link with a wrong signature or past its
expiry is ignored: the request then needs a key like any other.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote

import orjson

from mockserver.core.ids import seeded_bytes
from mockserver.core.instants import MINUTE, SECOND, Instant, unix_seconds
from mockserver.vendors.api import Call
from mockserver.vendors.phaseo.errors import workspace_id

# Seconds.
DEFAULT_TTL: Final = 900
MIN_TTL: Final = 60
MAX_TTL: Final = 3600

RENEW_INTERVAL: Final = 5 * MINUTE
"""How often the links in a video's body are renewed: they are valid for ten to fifteen minutes when they are shown.

The service signs new ones at every read; here the body of a finished video stays the same for five minutes of the
session's clock, so that it can be served from a cache.
"""


class LinkContext(Protocol):
    """The context of URLs and links; a `Call` is one."""

    @property
    def base_url(self) -> str:
        """The URL under which the vendor's paths begin, without a slash at the end."""

    @property
    def seed(self) -> str:
        """The session's seed, from which the secret of its links derives."""


class SessionLinkContext(NamedTuple):
    """The same for bodies that no call has requested: of webhooks and sockets."""

    base_url: str
    seed: str


class DownloadLink(NamedTuple):
    """The download that a valid link permits."""

    video_id: str
    output: int
    """The index of the output, from 0."""
    disposition: str


@lru_cache(maxsize=64)
def _link_secret(seed: str) -> bytes:
    return seeded_bytes(seed, "download links", size=32)


def _link_signature(context: LinkContext, token: str, expires: int) -> str:
    return hmac.digest(_link_secret(context.seed), f"{token}.{expires}".encode(), "sha256").hex()


def job_url(context: LinkContext, collection: str, job_id: str) -> str:
    """Return the URL of a job of a collection: `videos` or `batches`."""
    return f"{context.base_url}/v1/{collection}/{quote(job_id, safe='')}"


def websocket_url(context: LinkContext, kind: str, job_id: str) -> str:
    """Return the URL of a job's websocket: ws where the base is http, wss where it is https."""
    return f"ws{context.base_url.removeprefix('http')}/v1/async/{kind}/{quote(job_id, safe='')}/ws"


def content_url(video_url: str, output: int) -> str:
    """Return the URL of an output's bytes, from the URL of its video; the first output needs no index."""
    if output == 0:
        return f"{video_url}/content"
    return f"{video_url}/content?index={output}"


def sign_link(
    context: LinkContext, video_url: str, link: DownloadLink, issued: Instant, ttl: int = DEFAULT_TTL
) -> tuple[str, int]:
    """Return a link and its expiry (Unix seconds); `ttl` is clamped to 60 to 3600 seconds."""
    expires = unix_seconds(issued) + max(MIN_TTL, min(MAX_TTL, ttl))
    claims = {
        "workspace_id": workspace_id(context.seed),
        "video_id": link.video_id,
        "index": link.output,
        "disposition": link.disposition,
    }
    token = urlsafe_b64encode(orjson.dumps(claims)).decode().rstrip("=")
    url = content_url(video_url, link.output)
    separator = "&" if "?" in url else "?"
    signature = _link_signature(context, token, expires)
    return f"{url}{separator}download_token={token}&download_sig={signature}&expires_at={expires}", expires


def issued_at(completed: Instant, now: Instant) -> Instant:
    """Return when the links in a completed video's body at `now` were signed: every five minutes since it completed."""
    return now - (now - completed) % RENEW_INTERVAL


def parse_link(call: Call) -> DownloadLink | None:
    """Return the link that a request carries; None if this session did not sign it or it has expired."""
    token = call.query("download_token")
    signature = call.query("download_sig")
    expires = call.query("expires_at")
    if not (token and signature and expires.isdecimal() and len(expires) < 16):
        return None
    if call.now // SECOND > int(expires):
        return None
    if not hmac.compare_digest(_link_signature(call, token, int(expires)).encode(), signature.encode()):
        return None
    # The signature is checked before the token is decoded: a token that was signed here is valid JSON.
    claims: dict[str, Any] = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    return DownloadLink(claims["video_id"], claims["index"], claims["disposition"])
