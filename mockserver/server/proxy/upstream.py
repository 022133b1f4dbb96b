"""The one server that a proxy forwards to: its URL, the addresses it may have, and the headers it gets.

Headers about a single connection (hop-by-hop, RFC 9110, 7.6.1) are not forwarded; all others are, in their order. The
upstream's name may lead to any address except those where machines in a cloud get their credentials.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from yarl import URL

from mockserver.errors import refuse
from mockserver.server.addresses import DestinationRefused, is_forbidden, parse_address

HeaderList = list[tuple[str, str]]

HOP_BY_HOP: Final = frozenset(
    (
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    )
)  # fmt: skip
PROXY_SET_HEADERS: Final = frozenset(("host", "content-length", "expect", "accept-encoding"))
"""Headers that the proxy sets itself, as the client of its upstream."""
DECODABLE_CODINGS: Final = frozenset(("gzip", "x-gzip", "deflate", "identity", "*"))
"""Content codings that the checker can decode; the proxy requests no others."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Upstream:
    """The server that everything is forwarded to."""

    origin: str
    """`https://api.example.com`, with the port unless it is the scheme's default."""
    prefix: str
    """The URL's path, which precedes every request's path; no slash at the end, usually empty."""
    host: str
    """Lower case, without the port."""
    port: int

    @property
    def authority(self) -> str:
        """The value of `Host`."""
        return self.origin.partition("://")[2]

    def url(self, target: str) -> URL:
        """Build the URL of a request target that begins with a slash; its encoding is not changed."""
        return URL(self.origin + self.prefix + target, encoded=True)


def parse_upstream(url: str) -> Upstream:
    """Parse the URL of an upstream. Raises `MockError` SRV008."""
    hint = "such as https://api.example.com or http://127.0.0.1:4810"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refuse("SRV008", f"{url!r} is not a URL", hint) from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.query or parts.fragment:
        raise refuse("SRV008", f"{url!r} is not the URL of an upstream", hint)
    if parts.username is not None:
        message = "the URL of an upstream must not have a user or a password"
        raise refuse("SRV008", message, "Clients send their own credentials.")
    host = parts.hostname.lower()
    default_port = _DEFAULT_PORTS[parts.scheme]
    origin = f"{parts.scheme}://[{host}]" if ":" in host else f"{parts.scheme}://{host}"
    if port and port != default_port:
        origin += f":{port}"
    return Upstream(origin, parts.path.rstrip("/"), host, port or default_port)


def check_upstream_address(host: str, text: str, port: int = 0) -> None:
    """Raise `DestinationRefused` for a link-local or metadata address, also one that cannot be parsed."""
    address = parse_address(text.partition("%")[0])
    if address is None or is_forbidden(address):
        raise DestinationRefused(f"{host} resolves to the link-local or metadata address {text}")


def _decode_header(raw: bytes) -> str:
    """Decode a header's bytes as UTF-8, or else as Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def end_to_end_headers(raw: Iterable[tuple[bytes, bytes]], dropped: frozenset[str] = frozenset()) -> HeaderList:
    """Return the headers to forward, in their order: neither hop-by-hop, nor named by `Connection`, nor `dropped`."""
    headers = [(_decode_header(name), _decode_header(value)) for name, value in raw]
    excluded = {*HOP_BY_HOP, *dropped}
    for name, value in headers:
        if name.lower() == "connection":
            excluded.update(option.strip().lower() for option in value.split(","))
    return [(name, value) for name, value in headers if name.lower() not in excluded]


def decodable_codings(accepted: str) -> str:
    """Return an Accept-Encoding value without the codings that cannot be decoded; `identity` if none is left."""
    codings = [item.strip() for item in accepted.split(",")]
    decodable = [coding for coding in codings if coding.partition(";")[0].strip().lower() in DECODABLE_CODINGS]
    return ", ".join(decodable) or "identity"


def join_headers(headers: HeaderList) -> Mapping[str, str]:
    """Return headers as a `Request` has them: lower-case names, repeated headers joined by a comma."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined
