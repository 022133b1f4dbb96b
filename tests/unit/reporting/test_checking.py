"""Judging a recording: what is known of it, what is wrong with it, and the command that does it again."""

from mockserver.errors import refuse
from mockserver.recordings.recording import Recording
from mockserver.recordings.source import Source
from mockserver.runner import checking
from mockserver.runner.checking import check
from tests.unit.reporting.recorded import PIN, record, reopened, story


def quiet(_: str) -> None:
    """Progress that nobody sees."""


def test_a_journal_is_judged(tmp_path):
    checked = check(str(record(tmp_path / "calls.jsonl", story(reopened))), *PIN, progress=quiet)
    assert (checked.kind, checked.measured, checked.problems, checked.judged) == ("journal", True, (), 7)
    assert checked.report.findings[0].rule == "T12b"


def test_the_vendor_is_found(tmp_path):
    checked = check(str(record(tmp_path / "calls.jsonl", story())), progress=quiet)
    (judgement,) = checked.report.judgements
    assert judgement.vendor == "twelvelabs"
    assert not [each for each in judgement.findings if each.level == "error"]


def test_a_file_that_is_no_recording_has_a_problem(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("hello")
    checked = check(str(path), progress=quiet)
    assert (checked.kind, [each.code for each in checked.problems], checked.report.exchanges) == ("", ["REC002"], 0)


class Broken(Recording):
    """A recording that cannot be read to its end."""

    def __iter__(self):
        yield from super().__iter__()
        raise refuse("REC004", "it was cut off")


def test_what_comes_before_a_broken_place_is_judged(tmp_path, monkeypatch):
    path = record(tmp_path / "calls.jsonl", story(reopened))
    monkeypatch.setattr(checking, "read", lambda file: Broken(Source(file), "journal"))
    checked = check(str(path), *PIN, progress=quiet)
    assert [each.code for each in checked.problems] == ["REC004"]
    assert checked.judged == 7
    assert checked.report.findings


def test_what_is_left_out_is_counted(tmp_path):
    path = record(tmp_path / "calls.jsonl", story())
    with path.open("a") as file:
        file.write("nonsense\n{}\n")
    checked = check(str(path), *PIN, progress=quiet)
    assert checked.skipped == {"line that is no JSON": 1, "line that is no exchange": 1}


def test_the_command_that_does_it_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "my calls.jsonl", story())
    again = "mockserver check 'my calls.jsonl'"
    assert check("my calls.jsonl", progress=quiet).again == again
    assert (
        check("my calls.jsonl", "twelvelabs", strict=True, progress=quiet).again
        == f"{again} --vendor twelvelabs --strict"
    )
    assert check("my calls.jsonl", *PIN, progress=quiet).again == f"{again} --vendor twelvelabs@2026-07-30"


def test_progress_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(checking, "STEP", 3)
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    check(str(record(tmp_path / "calls.jsonl", story())), *PIN, progress=said.append)
    assert said == ["calls.jsonl: 0 calls", "calls.jsonl: 3 calls", "calls.jsonl: 6 calls"]
