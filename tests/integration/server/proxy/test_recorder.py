"""What a recording leaves at its path: the new exchanges once there are some, else what was there before."""

import os
from pathlib import Path

import pytest

from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import MockError
from mockserver.recordings.recording import read_recording
from mockserver.redaction.redactor import Redactor
from mockserver.server.proxy.recorder import Recorder

CALL = Exchange(Request("GET", "/v1/videos", "", {"host": "a.example"}), Response(200, (), b"{}"), 0, 0, 1, 2)
EARLIER = b"an earlier recording\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def test_an_earlier_recording_stays_until_the_first_exchange_is_whole(path):
    path.write_bytes(EARLIER)
    path.chmod(0o640)
    with Recorder.open(path, Redactor()) as recorder:
        assert path.read_bytes() == EARLIER
        recorder.write(CALL)
        assert len(list(read_recording(path))) == 1
        recorder.write(CALL)
        assert len(list(read_recording(path))) == 2
        assert names(path) == ["calls.jsonl"]
    assert len(list(read_recording(path))) == 2
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_run_without_an_exchange_leaves_the_earlier_recording_and_nothing_else(path):
    path.write_bytes(EARLIER)
    with Recorder.open(path, Redactor()):
        pass
    assert path.read_bytes() == EARLIER
    assert names(path) == ["calls.jsonl"]


def test_a_run_without_an_exchange_leaves_no_file_where_there_was_none(path):
    with Recorder.open(path, Redactor()):
        assert not path.exists()
    assert names(path) == []


def test_an_exchange_that_must_not_be_written_leaves_the_earlier_recording(path):
    path.write_bytes(EARLIER)
    with Recorder.open(path, Redactor(["0123456789abcdef"])) as recorder:
        # The status line is no secret to redact, and the checker finds it all the same.
        recorder.write(CALL._replace(request=Request("0123456789abcdef", "/")))
        assert recorder.stop_reason is not None
    assert path.read_bytes() == EARLIER
    assert names(path) == ["calls.jsonl"]


def test_a_link_stays_a_link(path, tmp_path):
    target = tmp_path / "target.jsonl"
    target.write_bytes(EARLIER)
    path.symlink_to(target)
    with Recorder.open(path, Redactor()) as recorder:
        recorder.write(CALL)
    assert path.is_symlink()
    assert len(list(read_recording(target))) == 1


def test_a_pipe_is_written_at_once(path):
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with Recorder.open(path, Redactor()) as recorder:
        recorder.write(CALL)
        assert os.read(reader, 100).startswith(b'{"v":1')
    os.close(reader)
    assert names(path) == ["calls.jsonl"]


def test_folders_that_do_not_exist_are_made(tmp_path):
    with Recorder.open(tmp_path / "new" / "below" / "calls.jsonl", Redactor()):
        assert (tmp_path / "new" / "below").is_dir()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MockError, match="SRV010") as caught:
        Recorder.open(tmp_path / "file" / "calls.jsonl", Redactor())
    assert caught.value.problems[0].hint == "Choose a path that can be written."
