"""The recordings in a folder."""

from pathlib import Path

import pytest

from mockserver.errors import MockError
from mockserver.recordings.folders import expand_folders, folder_hint
from mockserver.recordings.recording import read_recording


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with recordings at two depths, beside what is none."""
    monkeypatch.chdir(tmp_path)
    for name in ("calls/b.HAR", "calls/deep/a.jsonl.gz", "calls/.git/x.json", "calls/.hidden.json", "calls/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "calls" / "folder.json").mkdir()


@pytest.mark.usefixtures("folder")
def test_a_folder_stands_for_the_recordings_below_it_by_path():
    assert list(expand_folders(["calls"])) == ["calls/b.HAR", "calls/deep/a.jsonl.gz"]


@pytest.mark.usefixtures("folder")
def test_a_file_is_taken_as_it_is_and_once():
    assert list(expand_folders(["calls/b.HAR", "calls", "-", "no-such-file"])) == [
        "calls/b.HAR",
        "calls/deep/a.jsonl.gz",
        "-",
        "no-such-file",
    ]


@pytest.mark.usefixtures("folder")
def test_a_folder_without_a_recording_is_refused():
    with pytest.raises(MockError) as caught:
        list(expand_folders(["calls/.git/..", "calls/folder.json"]))
    (problem,) = caught.value.problems
    assert problem.code == "REC011"
    assert problem.location.file == "calls/folder.json"


@pytest.mark.usefixtures("folder")
def test_a_folder_in_the_place_of_a_file_gets_the_recordings_in_it():
    assert folder_hint(Path("calls")) == "It is a folder: give one file, such as calls/b.HAR."
    assert folder_hint(Path("calls/folder.json")) == "It is a folder: give one file."
    for number in range(13):
        Path(f"calls/c{number}.har").touch()
    assert folder_hint(Path("calls")).endswith(".har and 4 more.")


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_a_folder_is_refused_with_them():
    with pytest.raises(MockError, match="REC001") as caught:
        read_recording("calls")
    assert caught.value.problems[0].hint == "It is a folder: give one file, such as calls/b.HAR."
    with pytest.raises(MockError, match="REC001") as caught:
        read_recording("calls/none.har")
    assert caught.value.problems[0].hint == ""
