"""`mockserver pack`: drafts, checks and shows packs, the vendors that are one YAML file."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from mockserver.cli.commands.show import vendor_text
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import refuse_existing, refuse_overwriting, write_file
from mockserver.cli.options import file_option, option_group
from mockserver.cli.output import print_message, print_problem, print_result
from mockserver.contract.documents.capture import read_capture
from mockserver.core.text import pluralize
from mockserver.pack_draft.draft import draft_pack
from mockserver.packs.grammar import schema_text
from mockserver.packs.lint import pack_problems
from mockserver.packs.pack import load_pack
from mockserver.packs.tables_text import table_lines
from mockserver.vendors.registry import resolve_era

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")


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
    click.option("--date", metavar="DATE", help="Date of the era, such as 2026-11-02; default today."),
))  # fmt: skip


@click.group("pack", context_settings={"help_option_names": ["-h", "--help"]})
def pack_command() -> None:
    """Draft, check or show packs: vendors in one YAML file."""


@pack_command.command("lint")
@_FILES
def lint_verb(files: tuple[Path, ...]) -> int:
    """Check packs, and report what has no effect in them.

    Exit codes: 0 success, 2 problems.
    """
    problems = [problem for file in files for problem in pack_problems(file)]
    for problem in problems:
        print_problem(problem, as_result=True)
        print_result()
    print_result(f"{pluralize(len(files), 'pack')}, {pluralize(len(problems), 'problem')}")
    return ExitCode.USAGE if problems else ExitCode.OK


@pack_command.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--era", metavar="DATE", help="The era of that date; default the newest.")
def show_verb(file: Path, era: str | None) -> int:
    """Print what a pack says: its calls, its kinds of job with their diagrams, its cancel tables and errors.

    \f
    Raises `MockError` with the problems of a pack that cannot be loaded, VEN002 for a date before its first era, VEN003
    for what is no date.
    """
    vendor = load_pack(file)
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
    draft = draft_pack(capture, name, flags.date or today())
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
    return ExitCode.INCONCLUSIVE if problems else ExitCode.OK


def today() -> str:
    """Return the date of today, UTC."""
    return datetime.now(UTC).date().isoformat()


def vendor_slug(stem: str) -> str:
    """Return a vendor's name for a file's: small letters, digits and hyphens."""
    name = re.sub("[^a-z0-9_]+", "-", stem.lower()).strip("-_")
    return name.lstrip("0123456789-_") or "api"


@pack_command.command("schema")
def schema_verb() -> int:
    """Print the JSON Schema of packs, for editors."""
    print_result(schema_text(), newline=False)
    return ExitCode.OK
