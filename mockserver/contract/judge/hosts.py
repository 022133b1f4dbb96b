"""The host that a request names, and the vendor whose own it is."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from mockserver.contract.documents.places import captured_vendors, waiting_vendors
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.wire import Exchange
from mockserver.errors import MockError


def vendors_by_host() -> Mapping[str, str]:
    """Return the vendor of each host that the contracts name."""
    return _hosts_of(captured_vendors(), None)


def host_owner(host: str | None, root: Path | None = None) -> str | None:
    """Return the vendor whose own host it is, None if it is of none.

    The contracts of bundled packs are read last: most recordings are of other vendors.
    """
    if not host:
        return None
    waiting = waiting_vendors(root)
    others = [vendor for vendor in captured_vendors(root) if vendor not in waiting]
    owner = _hosts_of(others, root).get(host)
    if owner is None and not is_local_host(host):
        owner = _hosts_of(sorted(waiting), root).get(host)
    return owner


def _hosts_of(vendors: Iterable[str], root: Path | None) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for vendor in vendors:
        # A contract that cannot be read names no host: it is an error where it is asked for.
        with suppress(MockError):
            found |= dict.fromkeys(load_rule_set(vendor, None, root).hosts, vendor)
    return found


def request_host(exchange: Exchange) -> str | None:
    """Return the host of a request in lower case, without its port; None if no header names one."""
    headers = exchange.request.headers
    host = headers.get("host") or headers.get("Host") or headers.get(":authority")
    if not host:
        return None
    # `[::1]` ends in a bracket: its colons are no port.
    if not host.endswith("]"):
        host = host.rsplit(":", 1)[0]
    return host.lower()


def is_local_host(host: str) -> bool:
    """Return True for this machine, and for a name without a dot: a stand-in for the vendor."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
