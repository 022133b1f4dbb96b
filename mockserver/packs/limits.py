"""Compiles the rate limits of an era, and the headers that show them."""

from collections.abc import Callable
from typing import Any

from mockserver.core.instants import SECOND, rfc3339
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.packs.errors import compile_headers, render_headers
from mockserver.packs.facts import Facts
from mockserver.packs.node_access import check_reference, entries_of, split_group
from mockserver.packs.scope import EraTables, Place, Scope
from mockserver.scenario import values
from mockserver.scenario.nodes import Node

LimitHeaders = Callable[[RateLimit, LimitWindow], tuple[tuple[str, str], ...]]
EVERY_OPERATION = "*"


def compile_limits(node: Node | None, operations: frozenset[str], tables: EraTables) -> dict[str, RateLimit | None]:
    """Compile the section `limits`; reports unknown operations (PCK003)."""
    limits: dict[str, RateLimit | None] = {}
    for key, limit in entries_of(node):
        for name in split_group(key.text):
            check_reference(key, "operation", (*operations, EVERY_OPERATION), tables.diagnostics, name)
            limits[name] = RateLimit(
                values.as_int(limit.get("requests"), 1),
                values.as_duration(limit.get("per"), tables.diagnostics),
                refill=values.as_int(limit.get("refill"), 0),
                rolling=limit.get("rolling") is not None,
                shared=limit.get("shared") is not None,
            )
    return limits


def limit_facts(limit: RateLimit, window: LimitWindow) -> dict[str, Any]:
    """Return what `$limit` stands for."""
    reset = window.reset_at(limit)
    return {
        "limit": limit.requests,
        "remaining": max(0, limit.requests - window.used),
        "used": window.used,
        "reset": -(-reset // SECOND),
        "reset_after": -(-(reset - window.start) // SECOND),
        "reset_time": rfc3339(reset),
    }


def compile_limit_headers(node: Node | None, tables: EraTables) -> LimitHeaders:
    """Compile the section `limit_headers`."""
    headers = compile_headers(node, Scope(tables=tables, places=frozenset({Place.LIMIT})))

    def limit_headers(limit: RateLimit, window: LimitWindow) -> tuple[tuple[str, str], ...]:
        facts = Facts(at=window.start, extra={"limit": limit_facts(limit, window)})
        return render_headers(headers, facts)

    return limit_headers
