"""`mockserver schema`: the JSON Schema of scenario files, for editors."""

import json
import os
from pathlib import Path
from typing import Final

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import write_file
from mockserver.cli.options import file_option, json_option
from mockserver.cli.output import print_json, print_message, print_result
from mockserver.scenario.schema import schema_text

SCHEMA_FILE: Final = "scenario.schema.json"


@click.command("schema")
@file_option("--write", "path", help="Write the schema to this file.")
@json_option
def schema_command(path: Path | None, as_json: bool) -> int:
    """Print the JSON Schema of scenario files, or write it to a file.

    An editor with a YAML language server completes and checks a scenario that names the schema in its first line; the
    command prints that line.
    """
    if path is None:
        print_json(schema_text().rstrip("\n"))
        print_message(f"for an editor: mockserver schema --write scenarios/{SCHEMA_FILE}")
        return ExitCode.OK
    write_file(path, schema_text().encode())
    line = editor_line(path)
    if as_json:
        print_json(json.dumps({"written": str(path), "first_line": line}, indent=2))
    else:
        print_result(f"wrote {path}\nfirst line of a scenario for editors:\n{line}")
    return ExitCode.OK


def editor_line(path: Path) -> str:
    """Return the line with which a scenario in `./scenarios`, or beside the schema, names the schema's file."""
    folder = path.parent if path.parent.name else Path("scenarios")
    return f"# yaml-language-server: $schema={Path(os.path.relpath(path, folder)).as_posix()}"
