"""The tool `findings`: what is wrong in the answers of a session and in its client, and what its jobs went through."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.client.admin import DEFAULT_SESSION, admin_path
from mockserver.mcp.link import ServerLink
from mockserver.mcp.tool import SESSION_ARGUMENT, AgentTool, Arguments, ToolResult

MAX_FINDINGS: Final = 20
"""Findings of each kind in an answer."""
MAX_JOBS: Final = 10
"""Jobs in an answer, the newest."""
_FINDING_KEYS: Final = ("vendor", "rule", "level", "message", "request", "operation", "job", "found", "allowed", "hint")


def run_findings(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Return the findings of a session, and the stories of its newest jobs or of one. Raises `MockError`."""
    with link.existing_session(str(arguments.get("session", DEFAULT_SESSION))) as admin:
        found = admin.get("findings", findings_summary)
        ids = [str(arguments["job"])] if "job" in arguments else admin.get("jobs", newest_job_ids)
        return {**found, "jobs": [admin.get(admin_path("jobs", each), story_summary) for each in ids]}


def findings_summary(answer: Any) -> ToolResult:
    """Return what an agent needs of an answer of `GET findings`."""
    return {
        **{key: answer[key] for key in ("session", "requests", "judged", "total", "scope") if key in answer},
        "findings": [finding_summary(each) for each in answer["findings"][:MAX_FINDINGS]],
        "conduct": [finding_summary(each) for each in answer["conduct"][:MAX_FINDINGS]],
    }


def finding_summary(finding: Mapping[str, Any]) -> ToolResult:
    """Return a finding without its empty fields; its story is the smallest sequence of calls that proves it."""
    summary = {key: finding[key] for key in _FINDING_KEYS if finding.get(key)}
    if finding["story"]:
        summary["story"] = [each["text"] for each in finding["story"]]
    if "undeclared" in finding:
        summary["scripted"] = not finding["undeclared"]
    return summary


def newest_job_ids(answer: Any) -> list[str]:
    """Return the ids of the newest jobs, from an answer of `GET jobs`."""
    return [str(job["id"]) for job in answer["jobs"][-MAX_JOBS:]]


def story_summary(job: Any) -> ToolResult:
    """Return what a job went through, and what is ahead if nothing happens to it, from an answer of `GET jobs/ID`."""
    return {
        "job": job["id"],
        "vendor": job["vendor"],
        "kind": job["kind"],
        "state": job["state"],
        "terminal": job["terminal"],
        "course": [f"{span['entered']} {span['state']} ({span['cause']})" for span in job["course"]],
        "ahead": [f"{span['entered']} {span['state']}" for span in job["ahead"]],
        "inputs": [f"{each['at']} {each['kind']} {each['name']}".rstrip() for each in job["inputs"]],
        "money": [f"{each['at']} {each['entry']} {each['amount']} {each['unit']}" for each in job["ledger"]],
    }


FINDINGS_TOOL: Final = AgentTool(
    name="findings",
    description=(
        "What is wrong so far in a session. `conduct` is about the client under test: it polled faster than the answer "
        "asked, polled after the end, did not back off after 429 or 503, repeated a refused cancel, accepted a forged "
        "webhook. `findings` is about the answers, judged by the vendor's contract; `scripted` ones are meant by the "
        "scenario. `jobs` has the story of the newest jobs: states, inputs, money. The server must judge: "
        "`mockserver serve --check`."
    ),
    properties={
        "session": SESSION_ARGUMENT,
        "job": {"type": "string", "minLength": 1, "description": "Tell the story of this job only."},
    },
    required=(),
    is_read_only=True,
    run=run_findings,
)
