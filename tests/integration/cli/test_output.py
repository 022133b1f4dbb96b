"""What is printed: no control codes, no failure of an encoding, a sentence for a stream that cannot be written."""

import ast
import io
import json
import re
import sys
from contextlib import redirect_stdout, suppress

import pytest

from mockserver.cli.files import write_file
from mockserver.cli.output import (
    Progress,
    log_to_stderr,
    print_json,
    print_message,
    print_report,
    print_result,
    print_spans,
    problem_spans,
    redact_output,
    safe_output,
)
from mockserver.cli.safe_stream import SafeStream
from mockserver.cli.styles import Span
from mockserver.errors import Location, Problem
from tests.support.cli import CommandResult, shell
from tests.support.paths import ROOT
from tests.support.raw_server import one_response_server

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


def test_a_secret_is_redacted_before_its_characters_become_escapes(monkeypatch):
    stream = narrow_stream("ascii")
    monkeypatch.setattr("sys.stdout", stream)
    with safe_output():
        redact_output(lambda text: text.replace("s3cr\u00e9t", "[key]"))
        print_json('{"a": "s3cr\u00e9t"}')
    assert printed(stream) == '{"a": "[key]"}\n'


def test_json_with_half_a_surrogate_pair_keeps_it_as_an_escape(capsys):
    print_json('{"a": "\ud800"}')
    assert capsys.readouterr().out == '{"a": "\\ud800"}\n'


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


def test_every_redaction_of_a_run_counts(capsys):
    with safe_output():
        for secret in ("first-key", "other-key"):
            redact_output(lambda text, secret=secret: text.replace(secret, "[key]"))
        print_result("first-key other-key")
    assert capsys.readouterr().out == "[key] [key]\n"


def test_a_run_that_failed_leaves_no_redaction_behind(capsys):
    with suppress(ValueError), safe_output():
        redact_output(lambda text: "[key]")
        raise ValueError
    with safe_output():
        print_result("text")
    assert capsys.readouterr().out == "text\n"


def test_a_secret_of_a_run_is_in_no_json_and_no_file_whatever_its_characters(capsys, tmp_path):
    secret = "s3cr\u00e9t\u2603"
    with safe_output():
        redact_output(lambda text: text.replace(secret, "[key]"))
        print_json(json.dumps({"got": secret}, ensure_ascii=False))
        write_file(tmp_path / "report.xml", f"<got>{secret}</got>".encode())
    assert json.loads(capsys.readouterr().out) == {"got": "[key]"}
    assert (tmp_path / "report.xml").read_text(encoding="utf-8") == "<got>[key]</got>"


def test_a_stream_whose_python_object_is_closed_is_reported_once(capsys, monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stdout", closed)
    with safe_output() as output:
        print_result("a")
        print_result("b")
    assert output.stdout_failed
    assert capsys.readouterr().err.count("CLI005 standard output cannot be written: it is closed") == 1


def test_a_secret_with_a_control_code_is_redacted_before_it_is_escaped():
    printed = io.StringIO()
    stream = SafeStream(printed, lambda text: text.replace("se\x1bcret", "[redacted]"), print)
    stream.write("the key is se\x1bcret\x1b\n")
    assert printed.getvalue() == "the key is [redacted]\\x1b\n"


def test_a_stderr_that_cannot_be_written_is_ignored():
    failures: list[str] = []
    SafeStream(None, str, failures.append).write("")
    assert failures == []
    with safe_output():
        log_to_stderr()
    SafeStream(None, str, failures.append).write("a")
    assert failures == ["it is closed"]


UNWRITABLE = "CLI005 standard output cannot be written: {}\n    Redirect it to a file that can be written.\n"


# `list` prints by itself, `--help` through click: each ends a process. `test_desks.py` has the other commands.
@pytest.mark.parametrize("words", ["list", "--help"])
@pytest.mark.parametrize(("target", "reason"), [("> /dev/full", "No space left on device"), (">&-", "it is closed")])
def test_a_process_whose_stdout_cannot_be_written_ends_with_2_and_a_sentence(words, target, reason):
    done = shell(f"mockserver {words} {target}")
    assert done.returncode == 2
    assert done.stderr.decode() == UNWRITABLE.format(reason)


@pytest.mark.parametrize("words", ["test --help", "lint cancel-then-poll --json"])
def test_a_closed_stdout_is_2_with_a_sentence(words, mockserver):
    with redirect_stdout(None):
        result = mockserver(*words.split())
    assert result.code == 2
    assert result.err == UNWRITABLE.format("it is closed")


@pytest.mark.parametrize("target", ["2> /dev/full", "2>&-"])
def test_a_stderr_that_cannot_be_written_changes_nothing(target):
    assert shell(f"mockserver show nothing-of-that-name {target}").returncode == 2
    assert shell(f"mockserver lint cancel-then-poll {target}").returncode == 0


@pytest.mark.parametrize("words", ["show twelvelabs", "list", "test cancel-then-poll", "--help"])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_every_encoding_will_do(words, encoding, mockserver):
    stream = narrow_stream(encoding)
    with redirect_stdout(stream):
        result = mockserver(*words.split())
    assert result == CommandResult(0, "", "")
    assert printed(stream)


def test_a_process_has_the_encoding_of_its_environment():
    done = shell("mockserver show twelvelabs", PYTHONIOENCODING="ascii:strict")
    assert done.returncode == 0
    assert done.stderr == b""


def test_a_full_stdout_costs_no_other_report(tmp_path):
    done = shell(f"mockserver test cancel-then-poll --junit {tmp_path}/a.xml > /dev/full")
    assert done.returncode == 2
    assert b"testsuites" in (tmp_path / "a.xml").read_bytes()


PRINTERS = {("cli", "output.py"), ("cli", "safe_stream.py")}
"""The files that may print."""


PRINTING = re.compile("print|echo|stdout|stderr")
"""Parts of every name that prints: a file without them needs no syntax tree."""


def printing_places(source: str) -> list[int]:
    """Return the lines that name a stream or a function that prints."""
    lines = []
    for node in ast.walk(ast.parse(source)) if PRINTING.search(source) else ():
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
            lines = printing_places(path.read_text(encoding="utf-8"))
            if lines:
                found[str(path.relative_to(package))] = lines
    # Modules that are run by themselves, to write a JSON schema into a file.
    assert sorted(found) == ["packs/grammar.py", "scenario/schema.py"]


# Foreign text in each command

OSC = "\x1b]0;owned\x07"


def assert_printable(result: CommandResult) -> None:
    """Assert that no stream got a control code, and that no line begins like a command of a CI runner."""
    for stream in (result.out, result.err):
        assert all(char.isprintable() or char in "\n\t" for char in stream)
        assert not any(line.startswith(("::", "##[")) for line in stream.splitlines())


def test_a_binary_body_in_a_failed_step_is_escaped(mockserver, scenario):
    scenario(
        "bytes",
        "vendor: phaseo@2026-06-11\ntimeline: [completed]\nplay:\n  - create:\n  - {at: 1s, content: {status: 404}}\n",
    )
    result = mockserver("test", "bytes")
    assert result.code == 1
    assert "got     200 (1,917 bytes, no text)\n" in result.out
    assert_printable(result)


def test_what_a_server_answers_is_escaped(mockserver, scenario):
    scenario("any", "vendor: phaseo\nplay:\n  - create: {status: 201}\n")
    body = f"{OSC}\n::add-mask::x\n##[set-env]".encode()
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with one_response_server(answer, answer) as (url, _):
        result = mockserver("test", "any", "--base-url", url)
    assert result.code == 1
    assert r"\x1b]0;owned\x07\n::add-mask" in result.out
    assert_printable(result)


def test_names_in_a_contract_are_escaped(mockserver, tmp_path):
    def document(name: str) -> dict[str, object]:
        operation = {"operationId": name, "responses": {"200": {"description": name}}}
        return {"openapi": "3.1.0", "info": {"title": name, "version": "1"}, "paths": {f"/{name}": {"get": operation}}}

    (tmp_path / "old.json").write_text(json.dumps(document(f"a{OSC}\n::error::x")))
    (tmp_path / "new.json").write_text(json.dumps(document("b")))
    result = mockserver("diff", "old.json", "new.json")
    assert result.code == 1
    assert r"a\x1b]0;owned" in result.out
    assert_printable(result)
    assert_printable(mockserver("diff", "old.json", "new.json", "--json"))
    assert_printable(mockserver("diff", "old.json", "new.json", "--operation", f"c{OSC}"))


@pytest.mark.parametrize(
    "words",
    [
        ["show", f"x{OSC}\n::error::"],
        ["explain", f"x{OSC}"],
        ["lint", f"x{OSC}"],
        ["lint", f"x{OSC}.yaml"],
        ["check", f"x{OSC}.har"],
        ["diff", f"x{OSC}", "phaseo"],
        ["clock", f"x{OSC}"],
        ["clock", "--url", f"http://x{OSC}"],
        ["listen", "--status", f"x{OSC}"],
        ["serve", "--vendor", f"x{OSC}"],
        ["test", "--vendor", f"x{OSC}"],
        ["test", "--base-url", f"http://127.0.0.1:1/{OSC}", "cancel-then-poll"],
        ["fuzz", "--vendor", f"x{OSC}"],
        ["proxy", "--upstream", f"http://x{OSC}"],
        [f"x{OSC}"],
        [f"--x{OSC}"],
    ],
)
def test_arguments_are_escaped_in_messages(words, mockserver):
    result = mockserver(*words)
    assert result.code in (2, 3)
    assert_printable(result)


# Colours


def test_a_forced_colour_marks_verdicts_and_errors(mockserver, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert mockserver("test", "cancel-then-poll").out.startswith("\x1b[32mok\x1b[0m   cancel-then-poll")
    assert mockserver("serve", "nothing-like-it").err.startswith("\x1b[1;31mLIB001\x1b[0m no scenario")


def test_without_a_terminal_there_are_no_colours(mockserver):
    result = mockserver("test", "cancel-then-poll", "nothing-like-it")
    assert "\x1b" not in result.out + result.err


def test_a_control_code_in_a_styled_text_is_escaped(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_spans([Span(f"a{HOSTILE}", "red"), Span("", "red"), Span("b")])
    assert capsys.readouterr().out == "\x1b[31ma" + r"\x1b]0;owned\x07\x9b2J\x08\r\u202e" + "\x1b[0mb\n"


def test_the_code_and_the_caret_of_a_problem_stand_out():
    problem = Problem("SCN012", "no SCN012", "Write it.", Location("a.yaml", 3, 5), "    x")
    lines = [problem_spans(problem, line) for line in problem.text().split("\n")]
    assert [span for line in lines for span in line if span.style] == [
        Span("SCN012", "alarm"),
        Span("        ^", "alarm"),
    ]


def test_a_secret_of_several_lines_is_redacted_in_a_report(capsys):
    with safe_output():
        redact_output(lambda text: text.replace("one\ntwo", "[key]"))
        print_report("ok   a\none\ntwo")
    assert capsys.readouterr().out == "ok   a\n[key]\n"
