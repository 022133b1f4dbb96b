"""`GET /`: what is served and how to go on, as a page for a person and as JSON for a program.

The page is static HTML without scripts, fonts or images; its policy allows nothing but its own style sheet. Whatever
comes from outside (names of scenarios, the Host header) is escaped. It shows no session, job or token: pages of other
origins may read it, as they may read everything outside of the admin API.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

import orjson

from mockserver.core.instants import Instant
from mockserver.core.wire import Request, Response
from mockserver.server.description import describe_server
from mockserver.server.encode import header_allows
from mockserver.server.sessions import SessionRegistry

_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:54rem;margin:2rem auto;"
    "padding:0 1rem}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow-x:auto;padding:.6rem;"
    "border:1px solid #8888}td,th{text-align:left;padding:.1rem 1rem .1rem 0;vertical-align:top}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_STYLE_HASH}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HTML_HEADERS: Final = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("Vary", "Accept"),
)
_ADMIN_CALLS: Final = (
    ("GET", "/__mock/sessions", "the sessions, each with its clock and scenario"),
    ("GET", "/__mock/jobs", "the jobs of a session"),
    ("GET", "/__mock/journal", "the requests and their answers"),
    ("GET", "/__mock/explain/last", "why the last answer is what it is"),
    ("GET", "/__mock/scenarios", "the scenarios that a client can choose"),
    ("POST", "/__mock/clock", 'move time: {"advance": "8h"}'),
    ("POST", "/__mock/reset", "begin again, without jobs"),
)
_COMMANDS: Final = (
    ("mockserver clock advance 8h", "moves time"),
    ("mockserver explain last", "explains the last answer"),
    ("mockserver list", "lists the scenarios; a client chooses one with the API key scenario:NAME"),
    ("mockserver show phaseo", "describes a vendor: its eras, states and rules"),
)


def home_response(request: Request, registry: SessionRegistry, url: str, wall_now: Instant) -> Response:
    """Return the answer to a GET or HEAD of one of `target.HOME_PATHS`.

    `url` is the server's address as the client knows it, without a slash at the end. A browser's request for an icon is
    no mistake of the person: it gets nothing.
    """
    if request.path != "/":
        return Response(204, (("Cache-Control", "max-age=86400"),))
    description = describe_server(registry, url, wall_now)
    if wants_html(request.headers.get("accept", "")):
        return Response(200, _HTML_HEADERS, render_page(description).encode())
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Vary", "Accept"))
    return Response(200, headers, orjson.dumps(description))


def wants_html(accept: str) -> bool:
    """Return True if an Accept header names HTML: a browser's does, a program's `*/*` does not."""
    return header_allows(accept, "text/html")


def render_page(description: Mapping[str, Any]) -> str:
    """Render `describe_server` as a page."""
    clock = description["clock"]
    names = description["scenarios"]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width'>",
        f"<title>videojob-mockserver</title><style>{_STYLE}</style>",
        f"<h1>videojob-mockserver {escape(description['version'])}</h1>",
        "<p>This is a fake API for clients of video jobs. Any API key is accepted, nothing leaves this machine.</p>",
        "<p><a href='/__mock/ui/'>The live page</a> shows a session's jobs, requests and webhooks on its clock.</p>",
        *(vendor_section(vendor) for vendor in description["vendors"]),
        *kept_lines(description.get("kept")),
        f"<h2>Clock</h2><p>Session <code>default</code>: {escape(clock['now'])}, {escape(clock['mode'])}.</p>",
        f"<h2>Scenarios</h2><p>A client chooses one of {len(names)} with the API key <code>scenario:NAME</code>.</p>",
        f"<details><summary>Names</summary><p>{' '.join(f'<code>{escape(name)}</code>' for name in names)}</details>",
        "<h2>How to go on</h2>",
        meanings_table(_COMMANDS),
        "<p>The admin API, for the session of the header <code>X-Mock-Session</code>, else <code>default</code>:</p>",
        admin_table(),
    ]
    return "\n".join(parts)


def vendor_section(vendor: Mapping[str, Any]) -> str:
    """Render what is served of one vendor."""
    plays = f", plays <code>{escape(vendor['scenario'])}</code>" if vendor["scenario"] else ""
    read_by = vendor["read_by"]
    exports = "\n".join(f"export {name}={value}  # {read_by[name]}" for name, value in vendor["environment"].items())
    return (
        f"<h2>{escape(vendor['title'])}</h2><p><code>{escape(vendor['era'])}</code>{plays}, "
        f"base URL <code>{escape(vendor['base_url'])}</code></p><pre tabindex=0>{escape(exports)}</pre>"
    )


def kept_lines(kept: Mapping[str, Any] | None) -> Iterator[str]:
    """Render which sessions go on in another era than the one above, because a store has kept them."""
    if kept is None:
        return
    eras = " and ".join(f"<code>{escape(pin)}</code>" for pin in kept["default"])
    if eras:
        yield f"<p>Session <code>default</code> was kept and goes on with {eras}, until it is deleted.</p>"
    if kept["other_sessions"]:
        yield f"<p>Other sessions that go on in another era: {kept['other_sessions']}.</p>"


def meanings_table(rows: Iterable[tuple[str, str]]) -> str:
    """Render code with its meanings."""
    cells = (f"<tr><td><code>{escape(code)}</code><td>{escape(meaning)}" for code, meaning in rows)
    return f"<table>{''.join(cells)}</table>"


def admin_table() -> str:
    """Render the admin calls; those that only read are links."""
    cells = []
    for method, path, meaning in _ADMIN_CALLS:
        shown = f"<code>{method} {path}</code>"
        if method == "GET":
            shown = f"<a href='{path}'>{shown}</a>"
        cells.append(f"<tr><td>{shown}<td>{escape(meaning)}")
    return f"<table>{''.join(cells)}</table>"
