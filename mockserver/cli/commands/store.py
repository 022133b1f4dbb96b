"""`mockserver store`: the file of `serve --store sqlite:PATH`; lists, writes, reads and shortens its sessions."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Final

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import refuse_existing
from mockserver.cli.json_files import read_json_object
from mockserver.cli.options import file_option, json_option
from mockserver.cli.output import print_json, print_lines, print_problem, print_result, stdout_columns
from mockserver.cli.session_files import names_session_file, write_session
from mockserver.cli.styles import Line
from mockserver.cli.tables import table_lines
from mockserver.cli.times import short_instant
from mockserver.cli.verb_group import KnownVerbs
from mockserver.composition import compose_settings
from mockserver.core.instants import Instant, rfc3339
from mockserver.core.text import pluralize
from mockserver.installed import installed_vendors
from mockserver.scenario.library import ScenarioLibrary
from mockserver.server.clock import wall_clock
from mockserver.server.kept.offline import OfflineStore, offline_store
from mockserver.server.memory_limit import format_size
from mockserver.server.session_keeper import unreadable_json
from mockserver.stores.open_log import sqlite_path
from mockserver.stores.sqlite import SessionSize, SqliteLog
from mockserver.stores.sqlite_reader import SqliteReader

_TITLES = ("session", "scenario", "time", "epoch", "jobs", "entries", "size")
open_to_write: Final = partial(SqliteLog, create=False)
_path_argument = click.argument("path", callback=lambda context, parameter, value: sqlite_path(value), metavar="PATH")


@click.group("store", cls=KnownVerbs)
def store_command() -> None:
    """Look into the file of `serve --store sqlite:PATH` while no server has it."""


def open_store(
    path: Path, open_file: Callable[[Path, Instant], SqliteLog] = SqliteReader
) -> AbstractContextManager[OfflineStore]:
    """Open a store's file. Raises `MockError` SRV033 if a server has it, SRV034 or SRV046 if it cannot be read."""
    vendors = installed_vendors()
    wall_now = wall_clock()
    eras = {name: vendor.eras[-1] for name, vendor in vendors.served().items()}
    settings = compose_settings(ScenarioLibrary(vendors), eras)
    return offline_store(open_file(path, wall_now), settings, wall_now)


@store_command.command("info")
@_path_argument
@json_option
def store_info(path: Path, as_json: bool) -> int:
    """List the sessions of a store: scenario, time, epoch, jobs, and how much the file has of each.

    \f
    Prints why a session cannot be read, and then exits with 2. Raises `MockError` SRV033 if a server has the file,
    SRV034 if it cannot be read.
    """
    with open_store(path) as store:
        rows = list(session_rows(store))
    if as_json:
        listed = {"path": str(path), "bytes": path.stat().st_size, "sessions": rows, **unreadable_json(store.unread)}
        print_json(json.dumps(listed, indent=2))
    else:
        print_lines(info_lines(path, rows))
    for error in store.unread.values():
        print_problem(error.problems[0])
    return ExitCode.USAGE if store.unread else ExitCode.OK


def session_rows(store: OfflineStore) -> Iterator[dict[str, object]]:
    """Yield what a store has of each session."""
    for size in store.log.sizes():
        entry = store.registry.entries.get(size.name)
        if entry is None or size.name in store.unread:
            continue
        session = entry.session
        yield {
            "name": size.name,
            "scenario": session.setup.scenario_name or None,
            "now": rfc3339(session.clock.now(store.wall_now), digits=6),
            "epoch": session.epoch,
            "jobs": sum(len(context.store) for context in session.contexts()),
            "entries": size.entries,
            "bytes": size.bytes,
        }


def info_lines(path: Path, rows: list[dict[str, object]]) -> Iterator[str | Line]:
    """Render `session_rows`."""
    yield f"{path}: {pluralize(len(rows), 'session')}, {format_size(path.stat().st_size)}"
    cells = [
        (
            str(row["name"]),
            str(row["scenario"] or "-"),
            short_instant(str(row["now"])),
            str(row["epoch"]),
            str(row["jobs"]),
            str(row["entries"]),
            format_size(int(str(row["bytes"]))),
        )
        for row in rows
    ]
    if cells:
        yield from table_lines(_TITLES, cells, stdout_columns())


@store_command.command("export")
@_path_argument
@click.argument("name", metavar="SESSION")
@file_option("--output", "-o", help="Write the session to this file instead of standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file of --output.")
def store_export(path: Path, name: str, output: Path | None, force: bool) -> int:
    """Write a session of a store as a session file, which `sessions import` and `store import` read.

    \f
    Raises `MockError` ADM010 for an unknown session, CLI005 or CLI016 for the output, and as `info` does.
    """
    refuse_existing(output, force=force)
    with open_store(path) as store:
        exported = store.exported(name)
    write_session(exported, output)
    return ExitCode.OK


@store_command.command("import")
@_path_argument
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--name", metavar="NAME", help="The name of the new session; by default that in the file.")
def store_import(path: Path, file: Path, name: str | None) -> int:
    """Put a session file (- is standard input) into a store.

    \f
    Raises `MockError` CLI017 for a file that is no JSON object, SES006 for one that is no session file, ADM008 if the
    store has a session of that name, and as `info` does.
    """
    hint = "`mockserver store export PATH SESSION -o FILE` writes one."
    described = read_json_object(file, "CLI017", hint)
    with open_store(path, open_to_write) as store, names_session_file(file, hint):
        session = store.imported(described, name).session
        jobs = sum(len(context.store) for context in session.contexts())
    print_result(f"{path}: session {session.name} with {pluralize(jobs, 'job')}")
    return ExitCode.OK


@store_command.command("compact")
@_path_argument
def store_compact(path: Path) -> int:
    """Shorten a store: one entry for each session, none for sessions that were deleted.

    \f
    Raises `MockError` as `info` does, SRV041 if the disk has no room for the shorter file.
    """
    before = path.stat().st_size if path.is_file() else 0
    with open_store(path, open_to_write) as store:
        entries = sum(size.entries for size in store.log.sizes())
        store.compact()
        after: list[SessionSize] = store.log.sizes()
    left = sum(size.entries for size in after)
    sizes = f"{format_size(before)} became {format_size(path.stat().st_size)}"
    print_result(f"{path}: {pluralize(entries, 'entry')} became {left}, {sizes}")
    return ExitCode.OK
