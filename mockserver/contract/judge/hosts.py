"""The host that a request names, and the vendor whose own it is."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.wire import Exchange


def vendors_by_host(root: Path | None = None) -> Mapping[str, str]:
    """Return the vendor of each host that the contracts name; `root` is a folder of contracts."""
    return {host: vendor for vendor in captured_vendors(root) for host in load_rule_set(vendor, None, root).hosts}


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
