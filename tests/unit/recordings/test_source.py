"""Where bytes come from, and what can go wrong on the way."""

import errno
import gzip
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from mockserver.errors import MockError
from mockserver.recordings import spool
from mockserver.recordings.recording import read_recording
from mockserver.recordings.source import ByteStream, RecordingSource
from mockserver.recordings.spool import Spool
from tests.support.har_files import entry, har, read_bytes, read_problem

DATA = har(entry())


def code(call):
    with pytest.raises(MockError) as caught:
        call()
    return caught.value.problems[0].code


def test_a_path_that_cannot_be_opened(tmp_path):
    assert code(lambda: read_recording(tmp_path / "none.har")) == "REC001"
    assert code(lambda: read_recording(tmp_path)) == "REC001"


def test_a_file_that_goes_away_between_two_looks(tmp_path):
    place = tmp_path / "a.har"
    place.write_bytes(DATA)
    recording = read_recording(place)
    place.unlink()
    assert code(lambda: list(recording)) == "REC001"


class Failing(io.BytesIO):
    def read(self, size=-1):
        return super().read(min(size, 70_000)) or self.fail()

    def fail(self):
        raise OSError(5, "Input/output error")


def test_a_read_that_fails_is_told():
    recording = read_recording(Failing(DATA + b" " * 70_000))
    assert code(lambda: list(in_full(recording))) == "REC001"


def in_full(recording):
    with recording._source.open() as stream:
        while data := stream.read(50_000):
            yield data


def test_a_gzipped_recording_is_unpacked(tmp_path):
    place = tmp_path / "a.har.gz"
    place.write_bytes(gzip.compress(DATA))
    assert len(list(read_recording(place))) == 1
    assert len(read_bytes(gzip.compress(DATA))[1]) == 1


@pytest.mark.parametrize("spoil", [lambda data: data[:-12], lambda data: data[:-8] + b"\0" * 8, lambda data: data[:3]])
def test_a_gzipped_recording_that_is_broken(spoil):
    data = spoil(gzip.compress(DATA + b" " * 200_000))
    assert code(lambda: list(in_full(read_recording(io.BytesIO(data))))) == "REC008"


def test_bad_deflate_data():
    assert read_problem(gzip.compress(DATA)[:10] + b"\xff" * 50).code == "REC008"


def test_a_stream_is_read_once():
    recording = read_recording(io.BytesIO(DATA))
    assert len(list(recording)) == 1
    assert code(lambda: list(recording)) == "REC010"


def test_a_stream_that_gives_little_at_a_time_is_recognised():
    class Slow(io.BytesIO):
        name = "slow.har"

        def read(self, size=-1):
            return super().read(min(3, size))

    recording = read_recording(Slow(DATA))
    assert recording.format == "har"
    assert len(list(recording)) == 1
    assert recording.name == "slow.har"


def test_a_source_may_be_opened_without_a_look_before():
    with RecordingSource(io.BytesIO(b"abc")).open() as stream:
        assert stream.head(2) == b"ab"
        assert stream.read(2) == b"ab"
        assert stream.read(2) == b"c"
        assert stream.read(2) == b""


def test_the_head_is_not_taken():
    stream = ByteStream(io.BytesIO(b"abcdef"), "x")
    assert stream.head(2) == b"ab"
    assert stream.head(4) == b"abcd"
    assert stream.head(1) == b"a"
    assert stream.read(3) + stream.read(9) + stream.read(9) == b"abcdef"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_recording_saved_by_another_editor(encoding):
    recording, found = read_bytes(DATA.decode().encode(encoding))
    assert recording.format == "har"
    assert len(found) == 1


# What is no file


@contextmanager
def fifo(folder: Path, data: bytes) -> Iterator[Path]:
    """A named pipe whose writer writes and closes it."""
    place = folder / "pipe"
    os.mkfifo(place)
    writer = Thread(target=place.write_bytes, args=(data,))
    writer.start()
    yield place
    writer.join()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pipe_is_read_as_often_as_one_likes(tmp_path, pack):
    with fifo(tmp_path, pack(har(entry(), entry()))) as place:
        recording = read_recording(place)
        assert recording.format == "har"
        assert recording.name == str(place)
        first = list(recording)
    assert len(first) == 2
    assert list(recording) == first


def test_what_is_left_of_a_pipe_stays_with_its_other_readers(tmp_path):
    with fifo(tmp_path, har(entry(), entry(), entry())) as place:
        recording = read_recording(place)
        one, other = iter(recording), iter(recording)
        assert [next(one), next(one)] == [next(other), next(other)]
        assert len(list(one)) == len(list(other)) == 1


def test_a_pipe_whose_writer_goes_away_in_the_middle_is_told_with_its_place(tmp_path):
    with fifo(tmp_path, har(entry(), entry())[:-40]) as place:
        recording = read_recording(place)
        for _ in range(2):
            with pytest.raises(MockError) as caught:
                list(recording)
            (problem,) = caught.value.problems
            assert problem.code == "REC004"
            assert problem.location.file == str(place)
            assert problem.location.line > 0


def test_a_pipe_with_nothing_in_it_is_no_recording(tmp_path):
    with fifo(tmp_path, b"") as place:
        assert code(lambda: read_recording(place)) == "REC002"


def test_a_pipe_that_cannot_be_opened(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")

    def read_problem(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", read_problem)
    assert code(lambda: read_recording(tmp_path / "pipe")) == "REC001"


def test_standard_input_is_named_by_a_dash(monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(DATA))
    monkeypatch.setattr(sys, "stdin", stdin)
    recording = read_recording("-")
    assert [len(list(recording)) for _ in range(2)] == [1, 1]
    assert recording.name == "<stdin>"
    del recording
    assert not stdin.closed


def test_a_file_may_be_named_by_a_dash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("-").write_bytes(DATA)
    assert len(list(read_recording("./-"))) == 1
    assert read_recording("./-").name == "-"


def test_standard_input_that_is_closed(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert code(lambda: read_recording("-")) == "REC001"


def test_a_spool_closes_what_is_its_own(tmp_path):
    raw = io.BytesIO(DATA)
    kept = Spool(raw)
    del kept
    assert raw.closed


def test_no_room_for_what_is_read_of_a_pipe_is_told(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool, "SpooledTemporaryFile", lambda size: Full())
    with fifo(tmp_path, DATA) as place, pytest.raises(MockError, match="no room to keep it") as caught:
        read_recording(place)
    assert caught.value.problems[0].code == "REC001"


def test_a_source_that_is_open_can_be_read():
    source = RecordingSource(io.BytesIO(DATA))
    assert source.head() == source.head() == DATA
    assert len(list(read_recording(source))) == 1
