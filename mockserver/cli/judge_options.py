"""Options of the commands that judge (`check`, `proxy`, `fuzz`): policy, output, contract and API key."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, get_args
from urllib.parse import urlsplit

import click

from mockserver.cli.baseline_options import BaselineOptions, baseline_from_options
from mockserver.cli.files import refuse_overwriting
from mockserver.cli.options import file_option, json_option, junit_option, option_group
from mockserver.cli.output import Progress, print_message, print_result
from mockserver.cli.report_options import ReportOptions, write_reports
from mockserver.client.http import split_base_url
from mockserver.contract.documents.capture import resolve_era
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.findings import Finding, Level
from mockserver.contract.judge.hosts import host_owner
from mockserver.errors import refuse
from mockserver.installed import installed_vendors
from mockserver.runner.judge.live_judge import finding_line
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.report_builder import build_report
from mockserver.runner.reports.checks.results import CheckPolicy
from mockserver.vendors.api import Era
from mockserver.vendors.registry import resolve_era as resolve_vendor_era


class JudgeOptions(NamedTuple):
    """The values of the options that `judge_options` adds, by their names."""

    fail_on: Level
    conduct: str
    as_json: bool
    junit: Path | None
    baseline: Path | None

    def policy(self, baseline: BaselineOptions | None = None) -> CheckPolicy:
        """Return what the exit code depends on. Raises as `baseline_from_options`."""
        entries = baseline_from_options(baseline or BaselineOptions(self.baseline))
        return CheckPolicy(self.fail_on, self.conduct == "fail", entries)

    def refuse_overwriting(
        self, outputs: Mapping[str, Path | None] | None = None, inputs: Iterable[Path | str | None] = ()
    ) -> None:
        """Raise `MockError` CLI012 if a file to write, also of these outputs, is one to read or another to write."""
        refuse_overwriting({"--junit": self.junit, **(outputs or {})}, [*inputs, self.baseline])

    def print_status(self, text: str) -> None:
        """Print a line while the command runs: to stdout, unless JSON goes there."""
        (print_message if self.as_json else print_result)(text)

    def print_finding(self, finding: Finding) -> None:
        """Print a finding as soon as it is found."""
        self.print_status(finding_line(finding))

    def report(self, checked: tuple[CheckedRecording, ...], policy: CheckPolicy, progress: Progress) -> int:
        """Write the requested reports and return the exit code."""
        return write_reports(build_report(checked, policy), ReportOptions(self.as_json, self.junit), progress)


judge_options: Final = option_group(JudgeOptions, (
    click.option(
        "--fail-on", type=click.Choice(get_args(Level)), default="error", show_default=True,
        help="The lowest level of a finding that makes the exit code 1.",
    ),
    click.option(
        "--conduct", type=click.Choice(["report", "fail"]), default="report", show_default=True,
        help="fail: findings about the client count as well.",
    ),
    json_option,
    junit_option,
    file_option("--baseline", help="A file of accepted findings."),
))  # fmt: skip
"""Adds the options of `JudgeOptions`, which the command takes as a positional argument."""


def vendor_and_era(pin: str | None, host: str | None = None) -> tuple[str | None, str | None]:
    """Return the vendor and the era of a `--vendor` pin (NAME[@DATE]), else the vendor whose contract has the host.

    The vendor is None if neither leads to one; the era is None unless the pin has a date. Raises `MockError` CON005
    or CON006 for a pin that names none.
    """
    if pin:
        name, _, date = pin.partition("@")
        era = contract_era(pin)
        if date:
            return name, era
        return name, None
    return host_owner(host), None


def contract_era(pin: str) -> str:
    """Return the era of the contract that a pin (NAME[@DATE]) names.

    Raises `MockError` CON005 for an unknown vendor, CON006 for a date without an era.
    """
    name, _, date = pin.partition("@")
    return resolve_era(name, date or None)


def lacks_contract(vendor: str) -> bool:
    """Return True for an installed vendor that has no contract."""
    return vendor in installed_vendors() and vendor not in captured_vendors()


def era_at(pin: str | None, url: str) -> Era:
    """Return the era that answers at a URL: that of `--vendor`, else the newest of the vendor that has the host.

    `url` is empty for a fake in this process. Raises `MockError` RUN001 for an unusable URL, CLI009 if no vendor has
    the host.
    """
    if url:
        split_base_url(url)
    name, date = vendor_and_era(pin, urlsplit(url).hostname)
    if not name:
        raise refuse("CLI009", f"the vendor of {url} is unknown", "Name it with --vendor NAME[@DATE].")
    return resolve_vendor_era(f"{name}@{date}" if date else name, installed_vendors())


def secret_from_env(name: str) -> str:
    """Return the value of an environment variable with a secret. Raises `MockError` CLI008, without the value."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise refuse("CLI008", f"the environment variable {name} is not set, or empty", f"export {name}=...")
    return value


def api_key_from_env(name: str) -> str:
    """Return an API key from an environment variable.

    Raises `MockError` CLI008, without the value, if it is missing or cannot be sent in a header.
    """
    key = secret_from_env(name)
    if not (key.isascii() and key.isprintable()):
        problem = f"the value of the environment variable {name} is not a key: a header cannot carry it"
        raise refuse("CLI008", problem, "A key is one line of printable ASCII.")
    return key
