"""`mockserver explain`: a rule, an error code, or one answer of a running server, told apart by their shape."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import click

from mockserver.cli import ExitCode
from mockserver.cli.catalogue import CATALOGUE, describe_code
from mockserver.cli.output import print_result
from mockserver.cli.server_options import ServerOptions, print_admin_answer, server_options
from mockserver.contract.explain import explain_rule, rule_ids
from mockserver.contract.rules.rule_set import all_rules
from mockserver.errors import did_you_mean, refuse
from mockserver.runner.reports.checks.advice import ADVICE
from mockserver.runner.reports.escape import plain_line

_REQUEST: Final = re.compile(r"req_[0-9a-f]{9,16}|last(:.+)?")
_MAX_BODY_SHOWN: Final = 500
"""Characters of a body on a terminal; --json has more."""
_REQUEST_ID_PREFIX: Final = "req_"
"""How such an id begins."""


@click.command("explain")
@click.argument("name", metavar="RULE|CODE|REQUEST")
@server_options("Whose request.")
def explain_command(name: str, **options: Any) -> int:
    """Explain a rule (T13), an error code (SCN012), or an answer of a running server by its request id (req_...).

    A rule is told with its source, an example that breaks it, how it is judged and how it is mended. A request's id is
    in the answer's header X-Mock-Request-Id; `last` is the newest request, `last:cancel` the newest cancel. --url and
    --session say where it was asked.
    """
    running = ServerOptions(**options)
    if _REQUEST.fullmatch(name):
        return print_admin_answer("explain", running, f"explain/{quote(name, safe=':')}", answer_lines)
    text = _rule_or_code_text(name)
    print_result(json.dumps({"name": name, "text": text}, indent=2) if running.as_json else text)
    return ExitCode.OK


def _rule_or_code_text(name: str) -> str:
    """What a rule says or a code means; a `MockError` where the name is neither's."""
    rule = next((rule for _, rule in all_rules() if rule.id.casefold() == name.casefold()), None)
    if rule is not None:
        mend = ADVICE.get(rule.id) or ADVICE.get(rule.kind, "nothing: nobody is held to it")
        return f"{explain_rule(rule.id)}\n    fix      {mend}"
    means = describe_code(name)
    if means is not None:
        return means
    if name.startswith(_REQUEST_ID_PREFIX):
        hint = "It is `req_` and 9 to 16 digits of 0-9a-f, as the answer's header X-Mock-Request-Id has it."
        raise refuse("CLI003", f"{name!r} is no request's id", hint)
    near = did_you_mean(name.upper(), [*rule_ids(), *CATALOGUE])
    hint = "`mockserver show` prints scenarios and vendors; docs/errors.md has every code"
    raise refuse("CLI003", f"no rule, error code or request is called {name!r}{near}", hint)


def answer_lines(body: Mapping[str, Any]) -> Iterator[str]:
    """What `GET /__mock/explain/REQUEST` answers, for a terminal: the explanation, then both bodies."""
    yield from (plain_line(line) for line in body["text"].splitlines())
    for title, text in (("sent", body["request"]["body"]), ("answered", body["response"]["body"])):
        if text:
            yield f"    {title:<9}{plain_line(text[:_MAX_BODY_SHOWN])}{'...' if len(text) > _MAX_BODY_SHOWN else ''}"
