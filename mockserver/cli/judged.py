"""What the commands share that judge (`check`, `proxy`, `fuzz`): how, by whose contract, and with whose key."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args
from urllib.parse import urlsplit

import click

from mockserver.cli import Exit
from mockserver.cli.baseline import Accepting, baseline_of
from mockserver.cli.formats import Formats, tell
from mockserver.cli.options import json_option, junit_option
from mockserver.cli.say import Progress, complain, say
from mockserver.contract.capture import resolve, vendors
from mockserver.contract.findings import Finding, Level
from mockserver.contract.rules.book import load_book
from mockserver.errors import refuse
from mockserver.runner.reporting.results import Checked, Terms, results
from mockserver.runner.watching import told
from mockserver.vendors import registry
from mockserver.vendors.api import Era

_KEY: Final = "A key is one line of printable ASCII."

vendor_option = click.option(
    "--vendor", default="", metavar="NAME[@DATE]",
    help="Whose API it is, and as of when; else its address says it, and the newest era holds.",
)  # fmt: skip


class Judging(NamedTuple):
    """How it is judged, and told."""

    fail_on: Level
    conduct: str
    as_json: bool
    junit: Path | None
    baseline: Path | None

    def terms(self) -> Terms:
        """What the exit code depends on."""
        return Terms(self.fail_on, self.conduct == "fail", baseline_of(Accepting(self.baseline)))

    def say(self, text: str) -> None:
        """What is said on the way: to stdout, unless JSON goes there."""
        (complain if self.as_json else say)(text)

    def found(self, finding: Finding) -> None:
        """Tell a finding as it is found."""
        self.say(told(finding))

    def report(self, checked: tuple[Checked, ...], terms: Terms, progress: Progress) -> int:
        """Everything that was asked for; the exit code."""
        found = results(checked, terms)
        progress.clear()
        tell(found, Formats(self.as_json, self.junit), progress)
        return found.exit_code


def judging_options(command: Callable[..., Any]) -> Callable[..., Any]:
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


def pinned(pin: str, host: str = "") -> tuple[str, str | None]:
    """The vendor and the era of a `--vendor`, else the vendor that has the host; an empty name where nobody has."""
    name, _, date = pin.partition("@")
    if name:
        era = resolve(name, date or None)
        return name, era if date else None
    owner = (vendor for vendor in vendors() if host and host in load_book(vendor).hosts)
    return next(owner, ""), None


def era_at(pin: str, url: str) -> Era:
    """The era that answers at a URL: that of `--vendor`, else the newest of the vendor that has the host.

    Raises `MockError` (CLI009) where nobody has it.
    """
    name, date = pinned(pin, urlsplit(url).hostname or "")
    if not name:
        raise refuse("CLI009", f"{url} may be any vendor's", "--vendor NAME[@DATE] says whose it is")
    return registry.resolve(f"{name}@{date}" if date else name, registry.installed())


def from_variable(name: str) -> str:
    """The value of an environment variable that holds a secret. Raises `MockError` (CLI008); never says the value."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise refuse("CLI008", f"the environment variable {name} is not set, or empty", f"export {name}=...")
    return value


def key_from_variable(name: str) -> str:
    """The same of an API key, which a header must be able to carry."""
    key = from_variable(name)
    if not (key.isascii() and key.isprintable()):
        raise refuse("CLI008", f"what the environment variable {name} holds is no key: no header can carry it", _KEY)
    return key


def worse(code: int, *, stopped: bool) -> int:
    """The exit code where a recording has stopped on the way: 2, unless there are findings."""
    return Exit.UNUSABLE if stopped and code != Exit.FINDINGS else code
