"""The one server that a proxy passes requests on to: its URL, which addresses it may have, and which headers it gets.

What a connection's two ends say to each other about the connection (RFC 9110, 7.6.1) is not passed on; everything
else is, in its order. A name may lead to any address but those by which machines in a cloud ask for their own keys.
"""

import socket
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from mockserver.errors import refuse
from mockserver.server.webhooks.allowlist import is_forbidden

HeaderList = list[tuple[str, str]]

HOP_BY_HOP: Final = frozenset(
    (
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    )
)  # fmt: skip
PROXY_SET_HEADERS: Final = frozenset(("host", "content-length", "expect", "accept-encoding"))
"""What the proxy says itself: it is the client of its upstream."""
DECODABLE_CODINGS: Final = frozenset(("gzip", "x-gzip", "deflate", "identity", "*"))
"""Content codings that a judge can undo; others are not asked for."""


class Upstream(NamedTuple):
    """Where everything goes."""

    origin: str
    """`https://api.example.com`, its port with it where it is not the usual one."""
    prefix: str
    """What precedes every path, without a slash at the end; mostly nothing."""
    host: str
    """Lower case, without the port."""
    port: int

    @property
    def authority(self) -> str:
        """What `Host` says."""
        return self.origin.partition("://")[2]

    def url(self, target: str) -> URL:
        """The URL of a request's target, which begins with a slash; not a character of it is encoded anew."""
        return URL(self.origin + self.prefix + target, encoded=True)


def parse_upstream(url: str) -> Upstream:
    """The upstream of a URL. Raises `MockError` (SRV008)."""
    hint = "such as https://api.example.com or http://127.0.0.1:4810"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refuse("SRV008", f"{url!r} is no URL", hint) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise refuse("SRV008", f"{url!r} is no URL of an upstream", hint)
    if parts.username is not None:
        raise refuse("SRV008", "an upstream's URL has no user and no password", "Clients send their own.")
    host = parts.hostname.lower()
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    origin = f"{parts.scheme}://{shown}" + (f":{port}" if port and port != usual else "")
    return Upstream(origin, parts.path.rstrip("/"), host, port or usual)


class UpstreamResolver(AbstractResolver):
    """Looks names up, and gives out no forbidden address. Addresses that are named literally never come here."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises OSError where it has none that is allowed."""
        found = await self._inner.resolve(host, port, family)
        allowed = [each for each in found if not is_forbidden(each["host"])]
        if found and not allowed:
            raise OSError(None, f"{host} leads to the link-local or metadata address {found[0]['host']}")
        return allowed

    async def close(self) -> None:
        """Let go."""
        await self._inner.close()


def decode_header(raw: bytes) -> str:
    """A header's bytes as text: UTF-8, or Latin-1 where it is no UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def end_to_end_headers(raw: Iterable[tuple[bytes, bytes]], dropped: frozenset[str] = frozenset()) -> HeaderList:
    """The headers that are passed on, in their order."""
    headers = [(decode_header(name), decode_header(value)) for name, value in raw]
    named = {
        word.strip().lower() for name, value in headers if name.lower() == "connection" for word in value.split(",")
    }
    gone = HOP_BY_HOP | named | dropped
    return [(name, value) for name, value in headers if name.lower() not in gone]


def decodable_codings(accepted: str) -> str:
    """An Accept-Encoding without the codings that nobody here can undo; `identity` where nothing is left."""
    kept = [each.strip() for each in accepted.split(",") if each.partition(";")[0].strip().lower() in DECODABLE_CODINGS]
    return ", ".join(kept) or "identity"


def join_headers(headers: HeaderList) -> Mapping[str, str]:
    """Headers as a request's value has them: lower case, repeats in one."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found
