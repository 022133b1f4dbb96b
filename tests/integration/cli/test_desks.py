"""What differs from desk to desk: pipes that are closed, full devices, encodings, line ends, spaces in paths."""

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO

import pytest

from mockserver.cli.app import COMMANDS, run
from mockserver.cli.safe_stream import is_closed_pipe
from tests.support.cli import Run
from tests.support.fake_server import FakeServer, fake_server
from tests.support.recorded_traffic import batch_exchanges, reopen_batch, write_recording

SMOKE = Path(__file__).parents[2] / "packaging" / "smoke.py"
RUNS = (
    "list",
    "list --json",
    "show phaseo",
    "show cancel-then-poll",
    "explain T12",
    "lint cancel-then-poll",
    "lint cancel-then-poll --json",
    "test cancel-then-poll",
    "diff phaseo@2026-05-06 phaseo@2026-06-11",
    "schema",
    "completion bash",
    *(f"{name} --help" for name in COMMANDS),
)
SCHEMA_NOTE = "for an editor: mockserver schema --write scenarios/scenario.schema.json\n"
SERVER_RUNS = ("sessions list", "jobs list", "journal", "faults list", "webhooks list", "reset", "clock")


def run_into(stream: TextIO, words: str) -> tuple[int, str]:
    """Run the command in this process with another standard output; return the exit code and what stderr gets.

    That a process ends the same way is shown by `test_output.py` and `test_whole_command.py`.
    """
    errors = io.StringIO()
    with stream, redirect_stdout(stream), redirect_stderr(errors):
        code = run(words.split())
    return code, errors.getvalue()


def closed_pipe() -> TextIO:
    """Return a pipe whose reader is gone, as with `| true`."""
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w", encoding="utf-8")


def full_device() -> TextIO:
    """Return a file that takes no byte."""
    return Path("/dev/full").open("w", encoding="utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with fake_server() as running:
        yield running


@pytest.mark.parametrize("words", RUNS)
def test_a_closed_pipe_ends_every_command_quietly(words):
    code, errors = run_into(closed_pipe(), words)
    assert errors in ("", SCHEMA_NOTE)
    assert code in (0, 1)


@pytest.mark.parametrize("words", SERVER_RUNS)
def test_a_closed_pipe_ends_the_commands_of_a_running_server_quietly(words, server):
    code, errors = run_into(closed_pipe(), f"{words} --json --url {server.url}")
    assert errors == ""
    assert code == 0


@pytest.mark.parametrize("words", RUNS)
def test_a_full_device_is_one_sentence_and_exit_code_2(words):
    code, errors = run_into(full_device(), words)
    assert errors.startswith("CLI005 standard output cannot be written: No space left on device\n")
    assert code == 2


@pytest.mark.parametrize("words", SERVER_RUNS)
def test_a_full_device_is_the_same_with_a_running_server(words, server):
    code, errors = run_into(full_device(), f"{words} --json --url {server.url}")
    assert errors.startswith("CLI005 standard output cannot be written: No space left on device\n")
    assert code == 2


def test_windows_reports_a_closed_pipe_as_an_invalid_argument():
    assert is_closed_pipe(BrokenPipeError(), "linux")
    assert is_closed_pipe(OSError(errno.EINVAL, "Invalid argument"), "win32")
    assert not is_closed_pipe(OSError(errno.EINVAL, "Invalid argument"), "linux")
    assert not is_closed_pipe(OSError(errno.ENOSPC, "No space left on device"), "win32")


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (
            (),
            {
                "PYTHONIOENCODING": "cp1252",
                "PYTHONWARNDEFAULTENCODING": "1",
                "PYTHONWARNINGS": "error::EncodingWarning:mockserver",
            },
        ),
        (("-X", "utf8=0"), {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}),
    ],
    ids=["cp1252 and no default encoding", "C without UTF-8"],
)
def test_spaces_and_line_ends_of_windows_work_in_every_encoding(options, variables):
    """The encoding of the caller holds for the commands, too: `smoke.py` starts them with its own environment."""
    done = subprocess.run(
        [sys.executable, *options, str(SMOKE)],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")
    assert b" works on " in done.stdout


def findings(path: Path, mockserver: Run) -> list[tuple[str, str, int]]:
    """Check a recording, and return each finding with its place in the answer and its count."""
    report = json.loads(mockserver("check", path, "--json").out)
    return [(each["rule"], each["where"], each["count"]) for each in report["groups"]]


def test_a_recording_with_line_ends_of_windows_has_the_same_findings(tmp_path, mockserver):
    plain = write_recording(tmp_path / "calls.jsonl", batch_exchanges(reopen_batch))
    folder = tmp_path / "recordings of mine"
    folder.mkdir()
    other = folder / "calls of today.jsonl"
    other.write_bytes(plain.read_bytes().replace(b"\n", b"\r\n"))
    assert findings(other, mockserver) == findings(plain, mockserver) != []
