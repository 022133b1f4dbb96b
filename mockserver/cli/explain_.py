"""`mockserver explain`: a rule, an error code, or one answer of a running server, told apart by their shape."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import click

from mockserver.cli import Exit
from mockserver.cli.catalogue import CATALOGUE, meaning
from mockserver.cli.running import Running, running_options, show
from mockserver.cli.say import say
from mockserver.contract.explain import explain, rule_ids
from mockserver.contract.rules.book import every_rule
from mockserver.errors import nearest, refuse
from mockserver.runner.reporting.escape import plain
from mockserver.runner.reporting.mending import ADVICE

_REQUEST: Final = re.compile(r"req_[0-9a-f]{9,16}|last(:.+)?")
_SHOWN: Final = 500
"""Characters of a body on a terminal; --json has more."""
_ASKED: Final = "req_"
"""How such an id begins."""


@click.command("explain")
@click.argument("name", metavar="RULE|CODE|REQUEST")
@running_options("Whose request.")
def command(name: str, **options: Any) -> int:
    """Explain a rule (T13), an error code (SCN012), or an answer of a running server by its request id (req_...).

    A rule is told with its source, an example that breaks it, how it is judged and how it is mended. A request's id is
    in the answer's header X-Mock-Request-Id; `last` is the newest request, `last:cancel` the newest cancel. --url and
    --session say where it was asked.
    """
    running = Running(**options)
    if _REQUEST.fullmatch(name):
        return show("explain", running, f"explain/{quote(name, safe=':')}", told)
    text = _text(name)
    say(json.dumps({"name": name, "text": text}, indent=2) if running.as_json else text)
    return Exit.FINE


def _text(name: str) -> str:
    """What a rule says or a code means; a `MockError` where the name is neither's."""
    rule = next((rule for _, rule in every_rule() if rule.id.casefold() == name.casefold()), None)
    if rule is not None:
        mend = ADVICE.get(rule.id) or ADVICE.get(rule.kind, "nothing: nobody is held to it")
        return f"{explain(rule.id)}\n    mend     {mend}"
    means = meaning(name)
    if means is not None:
        return means
    if name.startswith(_ASKED):
        hint = "It is `req_` and 9 to 16 digits of 0-9a-f, as the answer's header X-Mock-Request-Id has it."
        raise refuse("CLI003", f"{name!r} is no request's id", hint)
    near = nearest(name.upper(), [*rule_ids(), *CATALOGUE])
    hint = "`mockserver show` prints scenarios and vendors; docs/errors.md has every code"
    raise refuse("CLI003", f"no rule, error code or request is called {name!r}{near}", hint)


def told(body: Mapping[str, Any]) -> Iterator[str]:
    """What `GET /__mock/explain/REQUEST` answers, for a terminal: the explanation, then both bodies."""
    yield from (plain(line) for line in body["text"].splitlines())
    for title, text in (("sent", body["request"]["body"]), ("answered", body["response"]["body"])):
        if text:
            yield f"    {title:<9}{plain(text[:_SHOWN])}{'...' if len(text) > _SHOWN else ''}"
