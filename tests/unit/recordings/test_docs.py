"""The page about recordings: its programs run, its lines are read, and it names every reason we count."""

import re
from pathlib import Path

import pytest

from mockserver.recordings import bodies, cassette, har, journal
from tests.support.har_files import read_bytes
from tests.support.paths import ROOT, SAMPLE_RECORDINGS

PAGE = (ROOT / "docs" / "recordings.md").read_text(encoding="utf-8")
SAMPLE = SAMPLE_RECORDINGS / "chrome.har"
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_programs():
    assert len(PROGRAMS) == 2


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_runs(program, tmp_path, monkeypatch, capsys):
    (tmp_path / "calls.har").write_bytes(SAMPLE.read_bytes())
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "docs/recordings.md", "exec"), {})
    if "print" in program:
        assert capsys.readouterr().out.startswith("POST /v1/videos 200\n")
    else:
        assert b"not4real5key" not in (tmp_path / "calls.jsonl").read_bytes()


def test_the_line_is_read():
    (line,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert len(read_bytes(line.encode())[1]) == 1


def test_every_reason_is_explained():
    sources = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (har, cassette, journal))
    reasons = set(re.findall(r"(?:skip|note|leave_unread)\((?:reason or )?\(?\"([^\"{]+)\"", sources))
    reasons |= set(re.findall(r'^        return "([^"]+)"$', sources, re.MULTILINE))
    reasons |= {har.BROKEN_OFF, har.UNTIMED, f"response {har.CUT_SHORT}"}
    reasons |= {f"response {loss}" for loss in (bodies.TOO_LARGE, bodies.NOT_RECORDED, bodies.UNDECODABLE)}
    reasons |= set(re.findall(r'"(line [a-zA-Z ]+)"', sources))
    assert len(reasons) > 15
    for reason in reasons:
        assert f"`{reason}`" in PAGE, reason
