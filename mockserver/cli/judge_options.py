"""What the commands share that judge (`check`, `proxy`, `fuzz`): how, by whose contract, and with whose key."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args
from urllib.parse import urlsplit

import click

from mockserver.cli import ExitCode
from mockserver.cli.baseline_options import BaselineOptions, baseline_from_options
from mockserver.cli.options import json_option, junit_option
from mockserver.cli.output import Progress, print_message, print_result
from mockserver.cli.report_options import ReportOptions, write_reports
from mockserver.contract.documents.capture import captured_vendors, resolve_era
from mockserver.contract.findings import Finding, Level
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.errors import refuse
from mockserver.runner.judge.live_judge import finding_line
from mockserver.runner.reports.checks.results import CheckedRecording, CheckPolicy, build_report
from mockserver.vendors import registry
from mockserver.vendors.api import Era

_KEY_HINT: Final = "A key is one line of printable ASCII."

vendor_option = click.option(
    "--vendor", default="", metavar="NAME[@DATE]",
    help="Whose API it is, and as of when; else its address says it, and the newest era holds.",
)  # fmt: skip


class JudgeOptions(NamedTuple):
    """How it is judged, and told."""

    fail_on: Level
    conduct: str
    as_json: bool
    junit: Path | None
    baseline: Path | None

    def terms(self) -> CheckPolicy:
        """What the exit code depends on."""
        return CheckPolicy(self.fail_on, self.conduct == "fail", baseline_from_options(BaselineOptions(self.baseline)))

    def print_status(self, text: str) -> None:
        """What is said on the way: to stdout, unless JSON goes there."""
        (print_message if self.as_json else print_result)(text)

    def print_finding(self, finding: Finding) -> None:
        """Tell a finding as it is found."""
        self.print_status(finding_line(finding))

    def report(self, checked: tuple[CheckedRecording, ...], terms: CheckPolicy, progress: Progress) -> int:
        """Everything that was asked for; the exit code."""
        found = build_report(checked, terms)
        progress.clear()
        write_reports(found, ReportOptions(self.as_json, self.junit), progress)
        return found.exit_code


def judge_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that make a `Judging`, in the order of its fields."""
    options = (
        click.option(
            "--fail-on", type=click.Choice(get_args(Level)), default="error", show_default=True,
            help="The least level of a finding that makes the exit code 1.",
        ),
        click.option(
            "--conduct", type=click.Choice(["report", "fail"]), default="report", show_default=True,
            help="Whether what the client did counts.",
        ),
        json_option,
        junit_option,
        click.option(
            "--baseline", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
            help="Findings that are accepted.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def vendor_and_era(pin: str, host: str = "") -> tuple[str, str | None]:
    """The vendor and the era of a `--vendor`, else the vendor that has the host; an empty name where nobody has."""
    name, _, date = pin.partition("@")
    if name:
        era = resolve_era(name, date or None)
        return name, era if date else None
    owner = (vendor for vendor in captured_vendors() if host and host in load_rule_set(vendor).hosts)
    return next(owner, ""), None


def era_at(pin: str, url: str) -> Era:
    """The era that answers at a URL: that of `--vendor`, else the newest of the vendor that has the host.

    Raises `MockError` (CLI009) where nobody has it.
    """
    name, date = vendor_and_era(pin, urlsplit(url).hostname or "")
    if not name:
        raise refuse("CLI009", f"{url} may be any vendor's", "--vendor NAME[@DATE] says whose it is")
    return registry.resolve_era(f"{name}@{date}" if date else name, registry.installed_vendors())


def secret_from_env(name: str) -> str:
    """The value of an environment variable that holds a secret. Raises `MockError` (CLI008); never says the value."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise refuse("CLI008", f"the environment variable {name} is not set, or empty", f"export {name}=...")
    return value


def api_key_from_env(name: str) -> str:
    """The same of an API key, which a header must be able to carry."""
    key = secret_from_env(name)
    if not (key.isascii() and key.isprintable()):
        raise refuse(
            "CLI008", f"what the environment variable {name} holds is no key: no header can carry it", _KEY_HINT
        )
    return key


def exit_code_if_stopped(code: int, *, stopped: bool) -> int:
    """The exit code where a recording has stopped on the way: 2, unless there are findings."""
    return ExitCode.USAGE if stopped and code != ExitCode.FINDINGS else code
