"""The duty of links: every URL that an answer hands out leads back to this vendor at this server."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from mockserver.core.wire import json_or_none
from mockserver.vendor_check.creates import create_calls
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.purity import calls_in_states
from mockserver.vendor_check.world import HOST, CheckedEra, TriedCall


def links_lead_back(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each create and each operation in each state whose answer has a link."""
    for operation, tried in create_calls(checked):
        yield from link_cases(checked, f"operation {operation.name}", tried)
    for kind in checked.era.kinds.values():
        for each in calls_in_states(checked, kind):
            yield from link_cases(checked, each.where, each.ask())


def link_cases(checked: CheckedEra, where: str, tried: TriedCall) -> Iterator[DutyCase]:
    """Yield a case for each link of an answer to this server, or to the vendor's real one; what was sent is none."""
    links = {value for name, value in tried.response.headers if name.lower() == "location"}
    links.update(_texts(json_or_none(tried.response.body)))
    sent = set(_texts(json_or_none(tried.request.body)))
    for link in sorted(each for each in links - sent if "://" in each):
        parts = urlsplit(link)
        if parts.netloc == HOST or parts.hostname in checked.hosts:
            yield DutyCase(where, dead_end(checked, link))


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    waiting = [value]
    for each in waiting:
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def dead_end(checked: CheckedEra, link: str) -> str:
    """Return why a link does not lead to an operation of this vendor here, in words; empty if it does."""
    parts = urlsplit(link)
    if parts.netloc != HOST:
        return f"{link} leads to the vendor's real service"
    base = urlsplit(checked.base_url).path
    if not parts.path.startswith(f"{base}/"):
        return f"{link} does not begin with the base URL that the call has, {checked.base_url}"
    path = parts.path.removeprefix(base)
    if not checked.router.allowed(path):
        return f"{link} leads to no operation"
    return ""
