"""`mockserver explain`: a rule, an error code, or one answer of a running server, told apart by their shape."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from mockserver.cli import Exit
from mockserver.cli.catalogue import CATALOGUE, meaning
from mockserver.cli.options import own_url, token_option
from mockserver.cli.say import complain, say
from mockserver.contract.explain import explain, rule_ids
from mockserver.contract.rules.book import every_rule
from mockserver.core.wire import Request
from mockserver.errors import nearest, refuse
from mockserver.runner.reporting.escape import plain
from mockserver.runner.reporting.mending import ADVICE
from mockserver.runner.targets import Unreachable, Wire, admin_answer

_REQUEST: Final = re.compile(r"req_[0-9a-f]{1,8}([0-9a-f]{8})")
_MARGIN: Final = 100
"""Entries of the journal that are looked at before the one that the id's number says."""


@click.command("explain")
@click.argument("name", metavar="RULE|CODE|REQUEST")
@click.option("--url", default=own_url, show_default="http://127.0.0.1:4810", metavar="URL", help="The server.")
@click.option("--session", default="default", show_default=True, metavar="NAME", help="Whose request.")
@token_option
def command(name: str, url: str, session: str, admin_token: str) -> int:
    """Explain a rule (T13), an error code (SCN012), or an answer of a running server by its request id (req_...).

    A rule is told with its source, an example that breaks it, how it is judged and how it is mended. A request's id is
    in the answer's header X-Mock-Request-Id; --url and --session say where it was asked.
    """
    if _REQUEST.fullmatch(name):
        return _request(name, url, session, admin_token)
    rule = next((rule for _, rule in every_rule() if rule.id.casefold() == name.casefold()), None)
    if rule is not None:
        mend = ADVICE.get(rule.id) or ADVICE.get(rule.kind, "nothing: nobody is held to it")
        say(f"{explain(rule.id)}\n    mend     {mend}")
    elif (means := meaning(name)) is not None:
        say(means)
    else:
        near = nearest(name.upper(), [*rule_ids(), *CATALOGUE])
        hint = "`mockserver show` prints scenarios and vendors; docs/errors.md has every code"
        raise refuse("CLI003", f"no rule, error code or request is called {name!r}{near}", hint)
    return Exit.FINE


def _request(name: str, url: str, session: str, token: str) -> int:
    wire = Wire(url, token)
    since = max(0, int(name[-8:], 16) - _MARGIN)
    request = Request("GET", "/__mock/journal", f"since={since}", {"x-mock-session": session})
    try:
        body = admin_answer(wire, request)
    except Unreachable as error:
        complain(f"mockserver explain: {error}; is `mockserver serve` running?")
        return Exit.INCONCLUSIVE
    finally:
        wire.close()
    entry = next((each for each in body["entries"] if each["request_id"] == name), None)
    if entry is None:
        gone = f"; {body['evicted']} older ones are forgotten" if body["evicted"] else ""
        hint = "--session NAME says whose it is; a reset forgets what was before"
        raise refuse("CLI003", f"session {session!r} of {url} has no request {name!r}{gone}", hint)
    say("\n".join(_answer(entry)))
    return Exit.FINE


def _answer(entry: Mapping[str, Any]) -> Iterator[str]:
    request, response = entry["request"], entry["response"]
    query = f"?{request['query']}" if request["query"] else ""
    yield plain(f"{entry['request_id']}: {request['method']} {request['path']}{query} -> {response['status']}")
    operation = f"{entry['vendor']} {entry['operation']}".strip()
    rows = (
        ("at", entry["at"]),
        ("operation", operation or "none that we know"),
        ("job", entry["job"]),
        ("why", entry["note"]),
        ("sent", request["body"]),
        ("answered", response["body"]),
    )
    yield from (f"    {title:<10} {plain(text)}" for title, text in rows if text)
