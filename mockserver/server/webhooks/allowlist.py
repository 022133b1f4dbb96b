"""The destinations that webhooks may be sent to: what the operator of the server chose, and what was allowed by name.

A URL cannot be trusted. It is checked in three steps: it is a plain http(s) URL; its host may be looked up at all; and
each address of the host may be connected to. The last step checks the addresses that the connection is then made to, so
that a second lookup cannot lead elsewhere.

This machine is a destination for an endpoint that the operator set: `--webhook`, a scenario, the admin API. A URL in a
create comes from any client, which may be a web page: even on this machine it needs an entry, or the port of a running
`mockserver listen` (`announcement`).

An entry is a host name, an address, or a network in CIDR notation; a name or an address may have a port. A name may
lead to public addresses and to this machine only; a private address must be allowed itself, as an address or by its
network. Link-local and metadata addresses cannot be allowed. No I/O and no HTTP library.
"""

import re
from collections.abc import Callable, Collection, Iterable
from ipaddress import ip_network
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from mockserver.server.addresses import (
    DestinationRefused,
    IPAddress,
    IPNetwork,
    cannot_be_allowed,
    is_forbidden,
    parse_address,
)

_URL: Final = r"[\x21-\x7e]{1,2048}"
_HOST_NAME: Final = r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*"
_NUMERIC_HOST: Final = r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*"
"""Text that resolvers take for an IPv4 address in one of its unusual forms."""
_URL_HINT: Final = "such as http://127.0.0.1:9000/hook"


_ENTRY_WITH_PORT: Final = r"(\[[^\]]*\]|[^:\[\]]*):([0-9]{1,5})"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class _AllowedDestination(NamedTuple):
    """One allowed destination."""

    host: str
    """A name; empty for a network."""
    network: IPNetwork | None
    port: int | None
    """None: every port."""

    def covers(self, host: str, address: IPAddress | None, port: int) -> bool:
        """Return True if it allows a host (its name, or its literal address) on a port."""
        if self.port not in (None, port):
            return False
        if self.is_this_machine and (_is_localhost_name(host) or (address is not None and address.is_loopback)):
            return True
        if self.network is None:
            return host == self.host
        return address is not None and address in self.network

    @property
    def is_this_machine(self) -> bool:
        """True for every spelling of this machine: they allow each other."""
        return _is_localhost_name(self.host) if self.network is None else self.network.is_loopback


class _Destination(NamedTuple):
    """The part of a URL that decides."""

    host: str
    """Lower case, without brackets and final dot."""
    address: IPAddress | None
    """The host's literal address; None for a name."""
    port: int

    @classmethod
    def parse(cls, url: str) -> "_Destination":
        """Return the destination of a URL. Raises `DestinationRefused`."""
        malformed = DestinationRefused(f"{url[:200]!r} is not a URL that webhooks can be sent to; {_URL_HINT}")
        try:
            parts = urlsplit(url)
            port = parts.port
            host = _normalize_host(parts.hostname or "")
        except ValueError:
            raise malformed from None
        # Clients disagree on a backslash: some take it for a slash, and so for the end of the host.
        if not re.fullmatch(_URL, url) or "\\" in url or port == 0 or not host:
            raise malformed
        if parts.scheme not in _DEFAULT_PORTS:
            raise DestinationRefused(f"{parts.scheme[:20]!r} is neither http nor https; {_URL_HINT}")
        if "@" in parts.netloc:
            raise DestinationRefused(f"the URL of a webhook must not have a user or a password; {_URL_HINT}")
        address = parse_address(host)
        if address is None:
            if re.fullmatch(_NUMERIC_HOST, host):
                raise DestinationRefused(f"{host[:80]} is an address in an unusual form; {_URL_HINT}")
            if not _is_host_name(host):
                raise DestinationRefused(f"{host[:80]!r} is not a host name; {_URL_HINT}")
        return cls(host, address, port or _DEFAULT_PORTS[parts.scheme])

    @property
    def is_this_machine(self) -> bool:
        """True for `localhost` and loopback addresses."""
        return _is_localhost_name(self.host) or (self.address is not None and self.address.is_loopback)

    @property
    def entry(self) -> str:
        """The entry that would allow it."""
        shown = self.host if self.address is None else str(self.address)
        if ":" in shown:
            shown = f"[{shown}]"
        return f"{shown}:{self.port}"


class Allowlist:
    """Allowed host names and networks; `announced_ports` returns the ports of this machine that receivers announced."""

    def __init__(
        self, entries: Iterable[str] = (), announced_ports: Callable[[], Collection[int]] = frozenset[int]
    ) -> None:
        self._entries = [_parse_entry(entry) for entry in entries]
        self._announced_ports = announced_ports

    def check_url(self, url: str, *, from_client: bool = False) -> None:
        """Raise `DestinationRefused` unless the URL's host may be looked up, or its literal address connected to.

        `from_client`: a request named the URL, not the operator of the server.
        """
        target = _Destination.parse(url)
        if target.is_this_machine:
            if from_client and not self._allows(target) and target.port not in self._announced_ports():
                raise DestinationRefused(
                    f"a request named {target.entry}, and the server was not started with it; "
                    f"{_allow_hint(target.entry)}, --webhook URL sends everything to one place, and "
                    "`mockserver listen` is allowed by itself"
                )
        elif target.address is not None:
            self.check_address(target.host, target.address, target.port)
        elif not self._allows(target):
            raise DestinationRefused(f"{target.host} is not this machine; {_allow_hint(target.host)}")

    def _allows(self, target: _Destination) -> bool:
        return any(entry.covers(*target) for entry in self._entries)

    def check_resolved(self, host: str, text: str, port: int) -> None:
        """Raise `DestinationRefused` unless this address, which a name was resolved to, may be connected to."""
        address = parse_address(text)
        if address is None:
            raise DestinationRefused(f"{host} resolves to {text[:80]}, which is not a plain address")
        self.check_address(_normalize_host(host), address, port)

    def check_address(self, host: str, address: IPAddress, port: int) -> None:
        """Raise `DestinationRefused` unless this address of a host may be connected to."""
        shown = host if host == str(address) else f"{host} resolves to {address}, which"
        # Forbidden before allowed: an entry such as 0.0.0.0/0 must not open the metadata addresses.
        if cannot_be_allowed(address):
            raise DestinationRefused(
                f"{shown} is a link-local, metadata, multicast or unspecified address; that cannot be allowed"
            )
        if address.is_loopback or self._allows(_Destination(str(address), address, port)):
            return
        if _is_localhost_name(host) or not address.is_global:
            raise DestinationRefused(f"{shown} is a private address; {_allow_hint(str(address))}")
        if not self._allows(_Destination(host, None, port)):
            raise DestinationRefused(f"{shown} is not this machine; {_allow_hint(host)}")


def entry_problem(entry: str) -> str | None:
    """Return why an entry is unusable, to be read after the entry itself; None for a usable one."""
    host, network, port = _parse_entry(entry)
    if port is not None and not 0 < port < 65_536:
        return "has a port that does not exist; ports are 1 to 65535"
    if network is None and not _is_host_name(host):
        return "is not a host name, an address or a network; give it without scheme and path, such as 127.0.0.1:9000"
    if network is not None and all(cannot_be_allowed(address) for address in (network[0], network[-1])):
        # Both ends of a network: none of the forbidden ranges has a gap that an entry could name.
        kind = "link-local or metadata" if is_forbidden(network[0]) else "multicast or unspecified"
        return f"is a {kind} address; webhooks are never sent there"
    return None


def _allow_hint(entry: str) -> str:
    return f"`mockserver serve --allow-webhooks-to {entry}` allows it"


def _parse_entry(entry: str) -> _AllowedDestination:
    """Split an entry; text that is no network counts as a host name, which `entry_problem` checks."""
    with_port = re.fullmatch(_ENTRY_WITH_PORT, entry)
    text, port = (entry, None) if with_port is None else (with_port[1], int(with_port[2]))
    bare = text.strip("[]")
    try:
        # An address in its plain form, which destinations are compared in too.
        network = ip_network(parse_address(bare) or bare, strict=False)
    except ValueError:
        return _AllowedDestination(_normalize_host(text), None, port)
    return _AllowedDestination("", network, port)


def _normalize_host(host: str) -> str:
    return host.lower().removesuffix(".")


def _is_host_name(host: str) -> bool:
    return re.fullmatch(_HOST_NAME, host) is not None and re.fullmatch(_NUMERIC_HOST, host) is None


def _is_localhost_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")
