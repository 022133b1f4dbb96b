"""`mockserver pack`: checks and shows packs, the vendors that are one YAML file."""

from pathlib import Path

import click

from mockserver.cli.commands.show import vendor_text
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import print_problem, print_result
from mockserver.core.text import pluralize
from mockserver.packs.grammar import schema_text
from mockserver.packs.lint import pack_problems
from mockserver.packs.pack import load_pack
from mockserver.packs.tables_text import table_lines
from mockserver.vendors.registry import resolve_era

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")


@click.group("pack", context_settings={"help_option_names": ["-h", "--help"]})
def pack_command() -> None:
    """Check or show packs: vendors in one YAML file."""


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


@pack_command.command("schema")
def schema_verb() -> int:
    """Print the JSON Schema of packs, for editors."""
    print_result(schema_text(), newline=False)
    return ExitCode.OK
