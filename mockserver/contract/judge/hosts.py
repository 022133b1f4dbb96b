"""The host that a request names."""

from ipaddress import ip_address

from mockserver.core.wire import Exchange


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
