"""Options that several subcommands share, and how names on the command line become eras and scenarios."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, wraps
from inspect import signature
from pathlib import Path
from shlex import quote
from typing import Any, Final

import click
from click.core import ParameterSource

from mockserver.cli.completers import complete_clock_modes, complete_eras
from mockserver.cli.output import print_message, print_problem
from mockserver.core.instants import SECOND, Duration, invalid_duration, parse_duration
from mockserver.errors import MockError, Problem, did_you_mean, refuse
from mockserver.installed import UNUSABLE_VENDOR_CODES, InstalledVendors
from mockserver.scenario.library import SUFFIXES, ScenarioLibrary, scenario_name, scenarios_below
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era
from mockserver.vendors.registry import resolve_era

STDIN: Final = "-"
"""The argument that stands for standard input."""
HOST: Final = "127.0.0.1"
PORT: Final = 4810
LISTEN_PORT: Final = 4811
"""Default port of `listen`, which runs beside a server."""
PROXY_PORT: Final = 4812
"""Default port of `proxy`, which may run beside both."""


def number_range(low: int, high: int | None = None) -> Callable[[Any], int]:
    """Return the type of an option that takes a whole number in a range.

    Any other value raises `click.BadParameter`, whose message gives the range in words.
    """

    def number(value: Any) -> int:
        """Return an option's value as a number of the range. Raises `click.BadParameter`."""
        upper = "on" if high is None else f"to {high:,}"
        try:
            found = int(value)
        except ValueError:
            found = low - 1
        if found < low or (high is not None and found > high):
            raise click.BadParameter(f"{str(value)[:_MAX_SHOWN]!r} is not a whole number from {low:,} {upper}.")
        return found

    return number


def path_prefix(value: Any) -> str:
    """Return what precedes the paths of a vendor, without a slash at its end; empty: nothing does.

    Raises `click.BadParameter` for another text.
    """
    prefix = str(value).rstrip("/")
    if prefix and (not prefix.startswith("/") or "?" in prefix):
        shown = str(value)[:_MAX_SHOWN]
        raise click.BadParameter(f"{shown!r} is no prefix of a path: of https://gateway/a/v1/videos it is /a.")
    return prefix


Command = Callable[..., Any]
Decorator = Callable[[Command], Command]
"""Adds an option to a command, or changes what the command receives."""

_MAX_SHOWN: Final = 40
"""Characters of a wrong value that a message repeats."""

default_option = partial(click.option, show_default=True)
duration_option = partial(default_option, metavar="DURATION")
file_option = partial(click.option, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
vendor_option = partial(click.option, "--vendor", metavar="NAME[@DATE]", shell_complete=complete_eras)
clock_option = click.option(
    "--clock", default="real", show_default=True, metavar="real|manual|auto|xN",
    shell_complete=complete_clock_modes,
    help="How time runs in the sessions: real, manual (only when you advance it), auto (each poll of a running job "
    "moves it, auto:30s by 30 s), or N times as fast.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
token_option = click.option(
    "--admin-token", envvar="MOCKSERVER_ADMIN_TOKEN", default="", help="The admin API's token, if it requires one."
)
closed_world_option = click.option(
    "--closed-world",
    is_flag=True,
    help="No other client uses the jobs: a state that only its calls explain is an error.",
)
path_prefix_option = click.option(
    "--path-prefix", type=path_prefix, default="", metavar="/PREFIX",
    help="What a gateway puts before the vendor's paths: it is cut off the recorded calls.",
)  # fmt: skip
junit_option = file_option("--junit", help="Also write JUnit XML to this file.")


def apply_options(command: Command, options: Sequence[Decorator]) -> Command:
    """Decorate a command with options, which `--help` lists in this order."""
    # Decorators apply from the last to the first.
    for option in reversed(options):
        command = option(command)
    return command


def option_group(make: Callable[..., Any], options: Sequence[Decorator]) -> Decorator:
    """Return a decorator that adds options and passes their values to the command as one positional argument.

    The argument is `make(**values)`; its parameters are the names of the options' values. One that no option has keeps
    its default.
    """
    names = tuple(signature(make).parameters)

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(*groups: Any, **values: Any) -> Any:
            # Click passes all values by name; the rest are the command's own options and other groups.
            group = make(**{name: values.pop(name) for name in names if name in values})
            return command(*groups, group, **values)

        return apply_options(run, options)

    return decorate


def is_given(name: str) -> bool:
    """Return True if an option, by the name of its value, stands on the command line."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def refuse_option(name: str, reason: str) -> None:
    """Raise `click.UsageError` if an option, by the name of its value, stands on the command line."""
    if is_given(name):
        option = next(each for each in click.get_current_context().command.params if each.name == name)
        raise click.UsageError(f"{option.opts[-1]} {reason}.")


def listen_options(default_port: int) -> tuple[Decorator, Decorator]:
    """Return `--host` and `--port` of a server that runs beside the mock server."""
    return (
        default_option("--host", default=HOST, help="Address to listen on."),
        default_option(
            "--port", type=number_range(0, 65_535), default=default_port,
            help="Port to listen on; 0 picks a free port and prints it.",
        ),
    )  # fmt: skip


def parse_duration_option(option: str, text: str) -> Duration:
    """Parse the duration of an option. Raises `MockError` CLI006."""
    duration = parse_duration(text)
    if duration is None:
        problem, hint = invalid_duration(text)
        raise refuse("CLI006", f"{option}: {text!r} {problem}", hint)
    return duration


def parse_time_limit(option: str, text: str) -> float:
    """Parse the real time that an option allows, in seconds. Raises `MockError` CLI006, also for no time at all."""
    limit = parse_duration_option(option, text)
    if not limit:
        raise refuse("CLI006", f"{option}: in {text!r} nothing can be done", "Write it like 250ms, 30s, 1m30s or 8h.")
    return limit / SECOND


def rerun_command(name: str, values: Mapping[str, object]) -> str:
    """Return a command line that can be pasted into a shell; True is a flag, and what is None or False is left out."""
    given = {option: value for option, value in values.items() if value is not None and value is not False}
    words = [option if value is True else f"{option} {quote(str(value))}" for option, value in given.items()]
    return " ".join([f"mockserver {name}", *words])


def default_server_url() -> str:
    """Return the URL of `mockserver serve` in the same environment: `MOCKSERVER_HOST` and `MOCKSERVER_PORT`."""
    host = client_host(os.environ.get("MOCKSERVER_HOST") or HOST)
    port = os.environ.get("MOCKSERVER_PORT") or str(PORT)
    return f"http://{host}:{port}"


def client_host(host: str) -> str:
    """Return the host that a client on this machine connects to, for a server that listens on `host`."""
    local = {"0.0.0.0": HOST, "::": "::1"}.get(host, host)  # noqa: S104 -- nothing is bound to it
    return f"[{local}]" if ":" in local else local


def select_eras(pins: Iterable[str], vendors: InstalledVendors, named: Iterable[str] = ()) -> dict[str, Era]:
    """Return the era of every vendor to serve: the pinned one, else the newest. `named` are served besides.

    Raises `MockError` VEN001 to VEN003, VEN004 to VEN006 for a vendor that cannot be loaded, and `click.UsageError` for
    two eras of one vendor.
    """
    pinned: dict[str, Era] = {}
    for era in (resolve_era(pin, vendors) for pin in pins):
        if pinned.setdefault(era.vendor, era) is not era:
            raise click.UsageError(f"--vendor {pinned[era.vendor].pin} and --vendor {era.pin} contradict each other.")
    served = vendors.served(*pinned, *named)
    return {name: pinned.get(name, vendor.eras[-1]) for name, vendor in served.items()}


def resolve_paths(names: Iterable[str], library: ScenarioLibrary) -> list[Path]:
    """Return the files of names, paths and folders, each once; print a note for a folder without scenarios.

    Raises one `MockError` with every name without a scenario (LIB001) and every path without a file (CLI014).
    """
    # A dict keeps the order of the arguments and drops repetitions.
    paths: dict[Path, None] = {}
    problems: list[Problem] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found = scenarios_below(path)
            if not found:
                print_message(f"note: the folder {name} has no scenario: no file that ends in {' or '.join(SUFFIXES)}")
            paths |= dict.fromkeys(found)
            continue
        try:
            if name == STDIN:
                hint = "Only `mockserver lint -` reads it; save the scenario to a file."
                raise refuse("CLI014", "a scenario from standard input can only be checked", hint)
            if not path.exists() and is_path(name):
                raise missing_file(path, library)
            paths[library.resolve(name)] = None
        except MockError as error:
            problems += error.problems
    if problems:
        raise MockError(*problems)
    return list(paths)


def is_path(name: str) -> bool:
    """Return True if an argument is meant as a path, not as the name of a scenario or a vendor."""
    return Path(name).name != name or Path(name).suffix in (*SUFFIXES, ".json")


def missing_file(path: Path, library: ScenarioLibrary) -> MockError:
    """Build the error of a scenario file that does not exist, with the nearest one."""
    if path.parent.is_dir():
        near = did_you_mean(path.name, [each.name for each in path.parent.iterdir() if each.suffix in SUFFIXES], 0.8)
        problem = f"no such file: {path}{near}"
    else:
        problem = f"no such file: {path}; there is no folder {path.parent}"
    hint = "A name without a suffix is looked up in ./scenarios and in the bundled ones (`mockserver list`)."
    if scenario_name(path) in library.files():
        hint = f"There is a scenario {scenario_name(path)!r}: name it without folder and suffix."
    return refuse("CLI014", problem, hint)


def load_scenarios(paths: Iterable[Path], library: ScenarioLibrary, *, named: bool = True) -> list[Scenario]:
    """Load the scenarios of these files. Raises one `MockError` with the problems of all files.

    `named` False: the user names none of them, and those of a vendor that cannot be loaded are left out with a message.
    """
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    unusable: dict[Problem, None] = {}
    for path in paths:
        try:
            scenarios.append(library.load(str(path)))
        except MockError as error:
            if not named and error.problems[0].code in UNUSABLE_VENDOR_CODES:
                unusable[error.problems[0]] = None
            else:
                problems += error.problems
    for problem in unusable:
        print_problem(problem)
    if problems:
        raise MockError(*problems)
    return scenarios
