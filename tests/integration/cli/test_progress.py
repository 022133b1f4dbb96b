"""Progress: one line on a terminal, nothing elsewhere."""

import io

import pytest

from mockserver.cli.output import Progress, sleep_with_progress


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(monkeypatch):
    def on(stream: io.StringIO) -> str:
        monkeypatch.setattr("sys.stderr", stream)
        progress = Progress()
        progress.show("3/89 cancel-then-poll")
        progress.append("waits 26s")
        progress.clear()
        return stream.getvalue()

    return on


def test_on_a_terminal_progress_overwrites_one_line(shown):
    assert shown(Terminal()) == ("\r\x1b[2K3/89 cancel-then-poll\r\x1b[2K3/89 cancel-then-poll: waits 26s\r\x1b[2K")


def test_without_a_terminal_nothing_is_printed(shown):
    assert shown(io.StringIO()) == ""


def test_a_wait_is_shown_with_its_length(monkeypatch):
    stream, slept = Terminal(), []
    monkeypatch.setattr("sys.stderr", stream)
    sleep_with_progress(Progress(), slept.append)(90.0)
    assert slept == [90.0]
    assert stream.getvalue().endswith("waiting 1m30s")
