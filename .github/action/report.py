"""Report what a judging server found in all its sessions: annotations, step summary, SARIF.

Exits 1 for errors, 2 without a server.

    python report.py http://127.0.0.1:4810

CONDUCT=fail lets findings about the client count as errors. SARIF names a file to write.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mockserver import __version__
from mockserver.client.admin import AdminClient
from mockserver.client.http import HttpClient, Unreachable
from mockserver.documentation import rule_address
from mockserver.runner.reports.escape import markdown_text, workflow_message, workflow_parameter

MAX_ROWS = 1_000
"""Rows of the summary: GitHub refuses one above a megabyte."""
ANNOTATIONS = {"error": "error", "warning": "warning", "info": "notice"}
SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


class Found(NamedTuple):
    """One finding of one session."""

    session: str
    level: str
    values: dict[str, Any]

    @property
    def title(self) -> str:
        """Name the rule and the operation."""
        return f"{self.values['rule']} {self.values['operation'] or self.values['vendor']}"


def findings(url: str, *, conduct_fails: bool) -> Iterator[Found]:
    """Yield the findings of every session: those about answers, then those about the client."""
    client = HttpClient(url)
    sessions = AdminClient(client).get("sessions", lambda answer: answer["sessions"])
    for name in (session["name"] for session in sessions):
        answer = AdminClient(client, name).get("findings", dict)
        for each in answer["findings"]:
            # What a scenario lists under `off_contract` is meant.
            yield Found(name, "error" if each["undeclared"] else "info", each)
        for each in answer["conduct"]:
            yield Found(name, "error" if conduct_fails else "warning", each)


def annotation(found: Found) -> str:
    """Return a finding as a workflow command."""
    text = f"session {found.session}\n{found.values['text']}\n{rule_address(found.values['rule'])}"
    return f"::{ANNOTATIONS[found.level]} title={workflow_parameter(found.title)}::{workflow_message(text)}"


def summary(all_found: list[Found]) -> str:
    """Return the findings as Markdown."""
    if not all_found:
        return "### videojob-mockserver\n\nNothing to report: answers and client kept the rules.\n"
    lines = ["### videojob-mockserver", "", "| level | rule | what | session |", "|---|---|---|---|"]
    for each in all_found[:MAX_ROWS]:
        message, session = markdown_text(each.values["message"]), markdown_text(each.session)
        rule = f"[{each.values['rule']}]({rule_address(each.values['rule'])})"
        lines.append(f"| {each.level} | {rule} | {message} | {session} |")
    if len(all_found) > MAX_ROWS:
        lines += ["", f"and {len(all_found) - MAX_ROWS} more"]
    return "\n".join([*lines, ""])


def sarif_log(all_found: list[Found], place: str) -> bytes:
    """Return the findings as SARIF 2.1.0; code scanning shows them at `place`, a file of the repository."""
    rules = sorted({each.values["rule"] for each in all_found})
    location = {"physicalLocation": {"artifactLocation": {"uri": place}, "region": {"startLine": 1}}}
    run = {
        "tool": {
            "driver": {
                "name": "videojob-mockserver",
                "version": __version__,
                "rules": [{"id": rule, "helpUri": rule_address(rule)} for rule in rules],
            }
        },
        "results": [
            {
                "ruleId": each.values["rule"],
                "level": SARIF_LEVELS[each.level],
                "message": {"text": each.values["text"]},
                "locations": [location],
            }
            for each in all_found
        ],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2).encode() + b"\n"


def workflow_file() -> str:
    """Return the workflow's file: `OWNER/REPO/.github/workflows/ci.yml@refs/...` without what surrounds it."""
    path = os.environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    return "/".join(path.split("/")[2:]) or "action.yml"


def main(url: str) -> int:
    """Write every report, and return the exit code."""
    all_found = list(findings(url, conduct_fails=os.environ.get("CONDUCT") == "fail"))
    for each in all_found:
        print(annotation(each))
    if target := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(summary(all_found))
    if target := os.environ.get("SARIF"):
        Path(target).write_bytes(sarif_log(all_found, workflow_file()))
    return int(any(each.level == "error" for each in all_found))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except Unreachable as error:
        print(f"::error title=mockserver::{workflow_message(f'{error}: did the command stop the server?')}")
        sys.exit(2)
