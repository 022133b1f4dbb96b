"""Admin calls that are valid but for one value: whatever its type, no call ends in an error of the server.

Each call begins as an example that works; one value of it, at any depth, is replaced by another of a wrong
type. Nothing is random but what Hypothesis draws, so a failure is repeated by its seed.
"""

import copy
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from mockserver.installed import installed_vendors

Path = tuple[str | int, ...]
"""Keys and positions that lead to a value."""


class AdminRequest(NamedTuple):
    """One admin call."""

    method: str
    path: str
    body: Any


_LATE: Final = {"on": "completed", "duplicate": 1, "late": "1m"}
_ENDPOINT: Final = {
    "vendor": "phaseo",
    "secret": "s",
    "events": ["completed"],
    "id": "we_1",
    "stamp": "wall",
    "receiver": [500, "timeout", {"status": 200, "body": "OK"}],
    "deliver": [
        {"on": "completed", "duplicate": 1, "late": "1m"},
        {"reorder": True, "sign": "skewed", "replay": "10m"},
    ],
}
_FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {
        "vendor": "phaseo",
        "on": "get",
        "when": {"call": 1},
        "do": {"status": 503, "retry_after": "30s", "body": {"a": [1]}},
    },
    {"on": ["get", "list"], "when": {"between": ["1s", "2s"], "times": 2}, "do": {"delay": "2s", "drop": "reset"}},
    {"on": "get", "when": {"rate": 0.5}, "do": {"headers": {"Retry-After": 30}, "malformed": "html"}},
    {"on": "create", "request": {"headers": {"User-Agent": "x"}, "body": {"model": "m"}}, "do": {"status": 400}},
    {"on": "content", "when": {"after": "20s"}, "do": {"etag": "v2", "drip": {"size": 10, "every": "1ms"}}},
)
_PATTERN: Final = {
    "vendor": "phaseo", "operation": "get", "method": "GET", "path": "/v1/videos/x", "job": "x", "status": 200,
    "body": {"status": "queued"}, "headers": {"user-agent": "x"},
}  # fmt: skip
_SCENARIO: Final = {
    "scenario": "fuzzed",
    "vendor": "reap",
    "timeline": [{"processing": "1s"}, "completed"],
    "jobs": [{"body": {"genre": "talking"}, "age": "1h"}],
    "limits": {"get": "3/1m", "active": "off"},
    "cancel": {"refuse": {"status": 409, "body": {"a": 1}}},
    "clock": "manual",
}


def _job_bodies() -> Iterator[dict[str, Any]]:
    for name, vendor in installed_vendors().served().items():
        for kind in vendor.eras[-1].kinds.values():
            body = copy.deepcopy(dict(kind.example))
            yield {"vendor": name, "kind": kind.name, "body": body, "count": 2}


EXAMPLES: Final[tuple[AdminRequest, ...]] = (
    AdminRequest("POST", "sessions", {"name": "n", "scenario": "quick", "clock": "x60", "seed": "7"}),
    AdminRequest("POST", "reset", {"all": True}),
    AdminRequest("POST", "clock", {"advance": "1h30m"}),
    AdminRequest("POST", "clock", {"set": "2026-12-24T00:00:00Z"}),
    AdminRequest("POST", "clock", {"scale": 60}),
    AdminRequest("POST", "clock", {"freeze": True}),
    *(AdminRequest("POST", "jobs", body) for body in _job_bodies()),
    AdminRequest("POST", "jobs/JOB/move", {"to": "completed", "force": True, "item": 0}),
    *(AdminRequest("POST", "faults", fault) for fault in _FAULTS),
    AdminRequest("POST", "limits", {"vendor": "twelvelabs", "limits": {"list": "3/1m", "*": "off", "active": 2}}),
    AdminRequest("POST", "limits", {"vendor": "phaseo", "limits": {"list": {"bucket": 2, "refill": "1/1s"}}}),
    AdminRequest("POST", "holds", {"operation": "get", "at": "handled", "times": 1}),
    AdminRequest("POST", "verify", {**_PATTERN, "at_least": 1, "at_most": 2, "since": 0}),
    AdminRequest("POST", "verify", {"in_order": [{"operation": "create"}, _PATTERN], "since": 0}),
    AdminRequest("POST", "wait", {"state": "completed", "job": "JOB", "timeout": "1ms"}),
    AdminRequest("POST", "wait", {"polls": 1, "job": "JOB", "since": 0, "timeout": "1ms"}),
    AdminRequest("POST", "wait", {"requests": 1, **_PATTERN, "timeout": "1ms"}),
    AdminRequest("POST", "wait", {"delivery": {"event": "video.completed", "attempt": 1}, "timeout": "1ms"}),
    AdminRequest("POST", "webhooks", _ENDPOINT),
    AdminRequest("POST", "scenarios", {"text": "scenario: a\nvendor: reap\n", "file": "a.yaml", "replace": True}),
    AdminRequest("POST", "scenarios", _SCENARIO),
)

ODD_VALUES: Final = st.sampled_from((
    None, True, False, 0, -1, 1, 2**63, 2**64 - 1, -(2**63), 1e308, 0.1, -0.5, "", " ", "0", "1", "-1s", "8", "1e9s",
    "*", "null", "x" * 5_000, "\u0000", "\ud800", "\ud7ff", "\u202e", "{job}", "{base}", "../..", "9" * 400, "x60",
    [], {}, [[]], [None], {"": None}, {"a": {"b": {"c": []}}}, [1] * 100, {"$above": 3}, {"$like": "["},
))  # fmt: skip


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each value within a body."""
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for key, member in members:
        yield (*path, key)
        yield from _paths(member, (*path, key))


@st.composite
def odd_requests(draw: st.DrawFn) -> AdminRequest:
    """Draw an example with up to three values replaced, removed or renamed."""
    request = draw(st.sampled_from(EXAMPLES))
    body = copy.deepcopy(request.body)
    for _ in range(draw(st.integers(1, 3))):
        paths = list(_paths(body))
        if not paths:
            break
        *way, last = draw(st.sampled_from(paths))
        container = body
        for key in way:
            container = container[key]
        change = draw(st.sampled_from(("replace", "replace", "replace", "remove", "nest")))
        if change == "remove":
            del container[last]
        elif change == "nest":
            container[last] = draw(st.sampled_from(([container[last]], {"a": container[last]})))
        else:
            container[last] = copy.deepcopy(draw(ODD_VALUES))
    return AdminRequest(request.method, request.path, body)
