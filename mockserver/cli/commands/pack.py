"""`mockserver pack`: drafts, checks and shows packs, the vendors that are one YAML file."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from mockserver.cli.commands.show import vendor_text
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import refuse_existing, refuse_overwriting, write_file
from mockserver.cli.options import file_option, option_group
from mockserver.cli.output import print_message, print_problem, print_result
from mockserver.cli.times import today
from mockserver.cli.verb_group import KnownVerbs
from mockserver.contract.documents.capture import Capture, read_capture
from mockserver.core.instants import parse_instant
from mockserver.core.text import pluralize
from mockserver.data import is_data_file
from mockserver.errors import did_you_mean
from mockserver.installed import installed_vendors
from mockserver.installed.sources import PACK_SUFFIXES
from mockserver.pack_draft.draft import draft_pack
from mockserver.packs.grammar import schema_text
from mockserver.packs.lint import pack_problems
from mockserver.packs.pack import compile_pack
from mockserver.packs.tables_text import table_lines
from mockserver.runner.targets.in_process import BASE_URL
from mockserver.vendors.api import Era, Operation, Role
from mockserver.vendors.http import USUAL_KEY
from mockserver.vendors.registry import resolve_era

_FILES = click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|FOLDER...]")
_OWN_PACKS: Final = Path("vendors")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InitFlags:
    """The values of the options of `pack init`."""

    output: Path | None
    force: bool
    name: str | None
    date: str | None


init_options: Final = option_group(InitFlags, (
    file_option("--output", "-o", help="Write the pack to this file instead of standard output."),
    click.option("--force", is_flag=True, help="Overwrite the file of --output."),
    click.option("--name", metavar="NAME", help="Name of the vendor; default that of the output or document."),
    click.option(
        "--date", metavar="DATE", help="Date of the era, such as 2026-11-02; default that of the document, else today."
    ),
))  # fmt: skip


@click.group("pack", cls=KnownVerbs, context_settings={"help_option_names": ["-h", "--help"]})
def pack_command() -> None:
    """Draft, check or show packs: vendors in one YAML file."""


@pack_command.command("lint")
@_FILES
def lint_verb(files: tuple[Path, ...]) -> int:
    """Check packs, and report what has no effect in them.

    Without arguments, the command checks the packs of `./vendors`. Exit codes: 0 success, 2 problems, 3 no pack.
    """
    packs = [pack for file in files or (_OWN_PACKS,) for pack in packs_at(file)]
    problems = [problem for pack in packs for problem in pack_problems(pack)]
    for problem in problems:
        print_problem(problem, as_result=True)
        print_result()
    found = pluralize(len(packs), "pack")
    if not packs or list(files) != packs:
        # Which ones they are is not in the command.
        found += f" in {', '.join(map(str, files)) or f'./{_OWN_PACKS}'}"
        found += f": {', '.join(pack.stem for pack in packs)}" if packs else ""
    print_result(f"{found}, {pluralize(len(problems), 'problem')}")
    if problems:
        return ExitCode.USAGE
    return ExitCode.OK if packs else ExitCode.INCONCLUSIVE


def packs_at(path: Path) -> list[Path]:
    """Return the packs of a folder, in alphabetical order; any file as it is, and none for an absent `./vendors`."""
    if path.is_dir():
        return sorted(each for each in path.iterdir() if is_data_file(each, PACK_SUFFIXES))
    return [] if path is _OWN_PACKS else [path]


@pack_command.command("show")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE|NAME")
@click.option("--era", metavar="DATE", help="The era of that date; default the newest.")
def show_verb(file: Path, era: str | None) -> int:
    """Print what a pack says: its calls, its kinds of job with their diagrams, its cancel tables and errors.

    \f
    Raises `MockError` with the problems of a pack that cannot be loaded, `click.BadParameter` for an unknown
    name, VEN002 for a date before its first era, VEN003 for what is no date.
    """
    if not file.exists() and not is_data_file(file, PACK_SUFFIXES):
        vendors = installed_vendors()
        packs = {name: path for name in vendors if (path := vendors.pack_of(name)) is not None}
        if str(file) not in packs:
            near = did_you_mean(str(file), packs)
            raise click.BadParameter(f"there is no file or pack {str(file)!r}{near}: {', '.join(packs)}.")
        file = packs[str(file)]
    vendor = compile_pack(file)
    chosen = vendor.eras[-1]
    if era is not None:
        chosen = resolve_era(f"{vendor.name}@{era}", {vendor.name: vendor})
    print_result(vendor_text(vendor, chosen))
    print_result("\n".join(table_lines(chosen)))
    return ExitCode.OK


@pack_command.command("init")
@click.argument("document", type=click.Path(path_type=Path))
@init_options
def init_verb(flags: InitFlags, document: Path) -> int:
    """Draft a pack from an OpenAPI document (3.0 or 3.1, YAML or JSON).

    The pack goes to standard output, what was found to standard error. What the document does not say is a comment in
    the pack that begins with OPEN.

    Exit codes: 0 success, 2 a document that cannot be used, 3 the draft has problems.

    \f
    Raises `MockError` CLI012, CLI016, CON002, CON003, CON004, CON009, PDR001, PDR002.
    """
    output = flags.output
    refuse_overwriting({"--output": output}, [document])
    refuse_existing(output, force=flags.force)
    capture = read_capture(document)
    name = flags.name or vendor_slug((output or document).name.partition(".")[0])
    draft = draft_pack(capture, name, flags.date or document_date(capture) or today(), str(document))
    if output is None:
        print_result(draft.text, newline=False)
    else:
        write_file(output, draft.text.encode())
        print_message(f"{output}: the pack {name}")
    for line in draft.summary:
        print_message(line)
    problems = pack_problems(draft.text, str(output or name))
    for problem in problems:
        print_problem(problem)
    if output is not None and not problems:
        for line in next_steps(output, draft.text, document):
            print_message(line)
    return ExitCode.INCONCLUSIVE if problems else ExitCode.OK


def document_date(capture: Capture) -> str | None:
    """Return the date that the version of a document is, or that its `info` has; None without one."""
    info = capture.document.get("info")
    for key in ("version", "date", "x-date"):
        text = str(info.get(key, "")) if isinstance(info, dict) else ""
        if _DATE.fullmatch(text) and parse_instant(f"{text}T00:00:00Z") is not None:
            return text
    return None


def next_steps(output: Path, text: str, document: Path) -> list[str]:
    """Return the commands to go on with; where a pack must be to be found, if it was written elsewhere."""
    vendor = compile_pack(text)
    if output.absolute() != (_OWN_PACKS / f"{vendor.name}.yaml").absolute():
        return [f"it is found by its name as ./{_OWN_PACKS}/{vendor.name}.yaml"]
    era = vendor.eras[-1]
    captures = Path("contracts", vendor.name, "captures")
    lines = [
        f"mockserver vendor check {vendor.name}",
        f"mockserver serve --vendor {vendor.name}",
        *(create_command(era, each) for each in era.operations_of(era.main_kind.name, Role.CREATE)[:1]),
        f"mockserver check RECORDING --vendor {vendor.name}",
    ]
    copy = shlex.join(["cp", str(document), str(captures / f"{era.date}.yaml")])
    by_document = "to judge by the document itself (jobs need a rules.yaml beside it)"
    return ["go on with", *(f"  {line}" for line in lines), by_document, f"  mkdir -p {captures} && {copy}"]


def create_command(era: Era, operation: Operation) -> str:
    """Return the shell command that sends the example of a create to a server at the usual port."""
    headers = {**era.auth_headers(USUAL_KEY), **era.usual_headers}
    body = dict(operation.example_params)
    data = [word for name, value in body.items() for word in ("-F", f"{name}={value}")]
    if operation.body.takes_json:
        headers |= {"Content-Type": "application/json"}
        data = ["-d", json.dumps(body)]
    words = ["curl", "-X", operation.method, f"{BASE_URL}{operation.example_path('')}"]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    return shlex.join([*words, *data])


def vendor_slug(stem: str) -> str:
    """Return a vendor's name for a file's: small letters, digits and hyphens."""
    name = re.sub("[^a-z0-9_]+", "-", stem.lower()).strip("-_")
    return name.lstrip("0123456789-_") or "api"


@pack_command.command("schema")
def schema_verb() -> int:
    """Print the JSON Schema of packs, for editors."""
    print_result(schema_text(), newline=False)
    return ExitCode.OK
