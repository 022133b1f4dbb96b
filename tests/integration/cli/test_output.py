"""What is printed: no control codes, no failure of an encoding, a sentence for a stream that cannot be written."""

import ast
import io
import json
import sys

import pytest

from mockserver.cli.output import (
    Progress,
    log_to_stderr,
    print_json,
    print_message,
    print_result,
    redact_output,
    safe_output,
)
from mockserver.cli.safe_stream import SafeStream
from tests.support.cli import shell
from tests.support.paths import ROOT

HOSTILE = "\x1b]0;owned\x07\x9b2J\x08\r\u202e"


def narrow_stream(encoding: str) -> io.TextIOWrapper:
    """Return a text stream of an encoding, strict as Python's stdout is."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")


def printed(stream: io.TextIOWrapper) -> str:
    """Return what was written to the stream."""
    stream.seek(0)
    return stream.read()


@pytest.mark.parametrize("print_text", [print_result, print_message])
def test_a_control_code_becomes_an_escape(print_text, capsys):
    print_text(f"{HOSTILE}\ta\nb")
    out, err = capsys.readouterr()
    assert out + err == r"\x1b]0;owned\x07\x9b2J\x08\r\u202e" + "\ta\nb\n"


def test_json_stays_json_with_its_own_escapes(capsys):
    text = json.dumps({"a": f"{HOSTILE}\x7f\u00e9\U0001f600"}, ensure_ascii=False)
    print_json(text)
    out = capsys.readouterr().out
    assert json.loads(out) == json.loads(text)
    assert out.rstrip("\n").isprintable()
    assert "\u00e9\U0001f600" in out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_json_survives_a_narrow_encoding(encoding, monkeypatch):
    stream = narrow_stream(encoding)
    monkeypatch.setattr("sys.stdout", stream)
    print_json(json.dumps({"a": "\u00e9\u2192\U0001f600"}, ensure_ascii=False))
    assert json.loads(printed(stream)) == {"a": "\u00e9\u2192\U0001f600"}


@pytest.mark.parametrize(
    ("encoding", "expected"), [("ascii", r"\xe9\u2192" + "\n"), ("cp1252", "\u00e9" + r"\u2192" + "\n")]
)
def test_text_survives_a_narrow_encoding(encoding, expected, monkeypatch):
    stream = narrow_stream(encoding)
    monkeypatch.setattr("sys.stdout", stream)
    print_result("\u00e9\u2192")
    assert printed(stream) == expected


def test_a_library_a_log_record_and_a_traceback_print_no_control_code_either(capsys, monkeypatch):
    with safe_output():
        print(f"a {HOSTILE}")
        sys.stderr.write(f"b {HOSTILE}\n")
        error = ValueError(HOSTILE)
        sys.excepthook(ValueError, error, error.__traceback__)
    out, err = capsys.readouterr()
    assert r"a \x1b]0;owned" in out
    assert r"b \x1b]0;owned" in err
    assert r"ValueError: \x1b]0;owned" in err
    assert not {*out, *err}.intersection("\x1b\x07\x9b\x08\r\u202e")


def test_progress_prints_no_control_code(monkeypatch):
    class Terminal(io.StringIO):
        """A terminal."""

        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    Progress().show(HOSTILE)
    assert stream.getvalue() == "\r\x1b[2K" + r"\x1b]0;owned\x07\x9b2J\x08\r\u202e"


def test_secrets_of_a_run_are_printed_nowhere(capsys):
    with safe_output():
        redact_output(lambda text: text.replace("s3cr\u00e9t", "[key]"))
        print_result("a s3cr\u00e9t")
        print_json('{"a": "s3cr\u00e9t"}')
        print_message("b s3cr\u00e9t")
    assert capsys.readouterr() == ('a [key]\n{"a": "[key]"}\n', "b [key]\n")
    print_result("s3cr\u00e9t")
    assert capsys.readouterr().out == "s3cr\u00e9t\n"


def test_a_stream_whose_python_object_is_closed_is_reported_once(capsys, monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stdout", closed)
    with safe_output() as output:
        print_result("a")
        print_result("b")
    assert output.stdout_failed
    assert capsys.readouterr().err.count("CLI005 standard output cannot be written: it is closed") == 1


def test_a_stderr_that_cannot_be_written_is_ignored():
    failures: list[str] = []
    SafeStream(None, str, failures.append).write("")
    assert failures == []
    with safe_output():
        log_to_stderr()
    SafeStream(None, str, failures.append).write("a")
    assert failures == ["it is closed"]


@pytest.mark.parametrize("words", ["list", "--help", "test --help", "lint cancel-then-poll --json"])
@pytest.mark.parametrize(("target", "reason"), [("> /dev/full", "No space left on device"), (">&-", "it is closed")])
def test_a_stdout_that_cannot_be_written_is_2_with_a_sentence(words, target, reason):
    done = shell(f"mockserver {words} {target}")
    assert done.returncode == 2
    assert (
        done.stderr.decode()
        == f"CLI005 standard output cannot be written: {reason}\n    Redirect it to a file that can be written.\n"
    )


@pytest.mark.parametrize("target", ["2> /dev/full", "2>&-"])
def test_a_stderr_that_cannot_be_written_changes_nothing(target):
    assert shell(f"mockserver show nothing-of-that-name {target}").returncode == 2
    assert shell(f"mockserver lint cancel-then-poll {target}").returncode == 0


@pytest.mark.parametrize("words", ["show twelvelabs", "list", "test cancel-then-poll", "--help"])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_every_encoding_will_do(words, encoding):
    done = shell(f"mockserver {words}", PYTHONIOENCODING=f"{encoding}:strict")
    assert done.returncode == 0
    assert done.stderr == b""


def test_a_full_stdout_costs_no_other_report(tmp_path):
    done = shell(f"mockserver test cancel-then-poll --junit {tmp_path}/a.xml > /dev/full")
    assert done.returncode == 2
    assert b"testsuites" in (tmp_path / "a.xml").read_bytes()


PRINTERS = {("cli", "output.py"), ("cli", "safe_stream.py")}
"""The files that may print."""


def printing_places(tree: ast.AST) -> list[int]:
    """Return the lines that name a stream or a function that prints."""
    lines = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="print")):
                lines.append(node.lineno)
            case ast.Attribute(value=ast.Name(id="click"), attr="echo" | "secho" | "echo_via_pager"):
                lines.append(node.lineno)
            case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr" | "__stdout__" | "__stderr__"):
                lines.append(node.lineno)
            case ast.ImportFrom(module="sys" | "click", names=names):
                lines += [node.lineno for name in names if name.name in ("stdout", "stderr", "echo", "secho")]
    return lines


def test_printing_has_one_place():
    package = ROOT / "mockserver"
    found = {}
    for path in package.rglob("*.py"):
        if path.relative_to(package).parts not in PRINTERS:
            lines = printing_places(ast.parse(path.read_text(encoding="utf-8")))
            if lines:
                found[str(path.relative_to(package))] = lines
    # A module that is run by itself, to write a JSON schema into a file.
    assert list(found) == ["scenario/schema.py"]
