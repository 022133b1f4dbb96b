"""Signed download links: who holds one needs no key, until the link expires on the session's clock.

The query carries a token (base64url of JSON), the expiry (Unix seconds) and the hex HMAC-SHA256 of
`token.expiry` under a secret of the session's seed (source of 2026-08-22). A link with a wrong signature or past its
expiry is no link: the request then needs a key like any other.
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

DEFAULT_TTL: Final = 900
MIN_TTL: Final = 60
MAX_TTL: Final = 3600

RENEW_INTERVAL: Final = 5 * MINUTE
"""How often the links inside a video's body are made anew: they are good for ten to fifteen minutes when handed out.

The service signs anew at every read; here the body of a finished video stays the same for five minutes of the
session's clock, so that it can be served from a cache.
"""


class LinkContext(Protocol):
    """Whose addresses are handed out: a `Call` is one."""

    @property
    def base_url(self) -> str:
        """Where the vendor's paths begin, without a slash at the end."""

    @property
    def seed(self) -> str:
        """The session's seed: the secret of its links hangs on it."""


class DownloadLink(NamedTuple):
    """What a valid link permits."""

    video_id: str
    output: int
    """The place of the output, from 0."""
    disposition: str


@lru_cache(maxsize=64)
def _link_secret(seed: str) -> bytes:
    return seeded_bytes(seed, "download links", size=32)


def _link_signature(context: LinkContext, token: str, expires: int) -> str:
    return hmac.digest(_link_secret(context.seed), f"{token}.{expires}".encode(), "sha256").hex()


def polling_url(context: LinkContext, video_id: str) -> str:
    """Where a video is polled."""
    return f"{context.base_url}/v1/videos/{quote(video_id, safe='')}"


def content_url(video_url: str, output: int) -> str:
    """The plain address of an output's bytes, from its video's; the first output needs no index."""
    return f"{video_url}/content?index={output}" if output else f"{video_url}/content"


def sign_link(
    context: LinkContext, video_url: str, link: DownloadLink, issued: Instant, ttl: int = DEFAULT_TTL
) -> tuple[str, int]:
    """A link and its expiry (Unix seconds); a time to live outside of 60 s to 3600 s is brought inside."""
    expires = unix_seconds(issued) + max(MIN_TTL, min(MAX_TTL, ttl))
    claims = {
        "workspace_id": workspace_id(context.seed),
        "video_id": link.video_id,
        "index": link.output,
        "disposition": link.disposition,
    }
    token = urlsafe_b64encode(orjson.dumps(claims)).decode().rstrip("=")
    plain = content_url(video_url, link.output)
    mark = "&" if link.output else "?"
    signature = _link_signature(context, token, expires)
    return f"{plain}{mark}download_token={token}&download_sig={signature}&expires_at={expires}", expires


def issued_at(completed: Instant, now: Instant) -> Instant:
    """When the links that a finished video's body shows at `now` were made: every five minutes since it finished."""
    return now - (now - completed) % RENEW_INTERVAL


def parse_link(call: Call) -> DownloadLink | None:
    """The link that a request carries, if it is one: signed by this session and not yet expired."""
    token, signature, expires = (call.query(name) for name in ("download_token", "download_sig", "expires_at"))
    if not (token and signature and expires.isdecimal() and len(expires) < 16):
        return None
    if call.now // SECOND > int(expires):
        return None
    if not hmac.compare_digest(_link_signature(call, token, int(expires)).encode(), signature.encode()):
        return None
    claims: dict[str, Any] = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    return DownloadLink(claims["video_id"], claims["index"], claims["disposition"])
