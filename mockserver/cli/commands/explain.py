"""`mockserver explain`: explains a rule, an error code, or one answer of a running server."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from mockserver.cli.catalogue import CATALOGUE, describe_code
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.judge_options import lacks_contract
from mockserver.cli.output import print_json, print_result
from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.client.admin import admin_path, admin_request
from mockserver.contract.explain import explain_rule, rule_ids, rule_text, rules_named
from mockserver.contract.rules.derived_rule import DERIVED_RULE
from mockserver.core.text import truncate
from mockserver.documentation import page_address
from mockserver.errors import did_you_mean, refuse
from mockserver.runner.reports.checks.advice import ADVICE
from mockserver.runner.reports.escape import plain_line

_REQUEST: Final = re.compile(r"req_[0-9a-f]{9,16}|last(:.+)?")
_REQUEST_ID_PREFIX: Final = "req_"
_MAX_BODY_SHOWN: Final = 503
"""Characters of a body on a terminal, with the ellipsis; --json has more."""


@click.command("explain")
@click.argument("name", metavar="RULE|CODE|REQUEST")
@server_options("The session of the request.")
def explain_command(options: ServerOptions, name: str) -> int:
    """Explain a rule (T13), an error code (SCN012), or an answer of a running server by its request id (req_...).

    A rule is printed with its source, an example that breaks it, how it is checked and how to fix it. The id of a
    request is in the answer's header X-Mock-Request-Id; `last` is the newest request, `last:cancel` the newest
    cancel. --url and --session select the server and the session.
    """
    if _REQUEST.fullmatch(name):
        return options.print_answer(admin_request("GET", admin_path("explain", name)), answer_lines)
    text = explain_name(name)
    if options.as_json:
        print_json(json.dumps({"name": name, "text": text}, indent=2))
    else:
        print_result(text)
    return ExitCode.OK


def explain_name(name: str) -> str:
    """Return the explanation of a rule or an error code. Raises `MockError` CLI003 for an unknown name."""
    for _, rule in rules_named(name):
        fix = ADVICE.get(rule.id) or ADVICE.get(rule.kind, "Nothing: the rule is for information only.")
        return f"{explain_rule(name)}\n    fix      {fix}"
    if is_derived_rule(name):
        owner = name.rpartition(":")[0] or "each that has no contract"
        return f"{rule_text(owner, DERIVED_RULE, name)}\n    fix      {ADVICE[DERIVED_RULE.kind]}"
    meaning = describe_code(name)
    if meaning is not None:
        return meaning
    if name.startswith(_REQUEST_ID_PREFIX):
        hint = "An id is `req_` and 9 to 16 digits of 0-9a-f, as in the answer's header X-Mock-Request-Id."
        raise refuse("CLI003", f"{name!r} is not the id of a request", hint)
    similar = did_you_mean(name.upper(), [*rule_ids(), *CATALOGUE])
    hint = (
        "A request is `last`, `last:cancel` or an id of `mockserver journal`; `mockserver jobs show ID` has a job. "
        f"{page_address('errors')} lists every code and rule."
    )
    raise refuse("CLI003", f"no rule, error code or request has the name {name!r}{similar}", hint)


def is_derived_rule(name: str) -> bool:
    """Return True for the rule of vendors without a contract: `D1`, and `loom:D1` if loom is one of them."""
    vendor, _, rule_id = name.casefold().rpartition(":")
    if rule_id != DERIVED_RULE.id.casefold():
        return False
    return not vendor or lacks_contract(vendor)


def answer_lines(body: Mapping[str, Any]) -> Iterator[str]:
    """Render the answer of `GET /__mock/explain/REQUEST`: the explanation, then both bodies."""
    yield from (plain_line(line) for line in body["text"].splitlines())
    for title, text in (("sent", body["request"]["body"]), ("answered", body["response"]["body"])):
        if text:
            yield f"    {title:<9}{plain_line(truncate(text, _MAX_BODY_SHOWN))}"
