"""Progress: one line on a terminal, nothing elsewhere."""

import io

import pytest

from mockserver.cli.output import Progress, sleep_with_progress


class Terminal(io.StringIO):
    """A terminal."""

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


def test_on_a_terminal_one_line_is_written_over(shown):
    assert shown(Terminal()) == ("\r\x1b[2K3/89 cancel-then-poll\r\x1b[2K3/89 cancel-then-poll: waits 26s\r\x1b[2K")


def test_elsewhere_nothing_is_said(shown):
    assert shown(io.StringIO()) == ""


def test_who_waits_says_so(monkeypatch):
    stream, slept = Terminal(), []
    monkeypatch.setattr("sys.stderr", stream)
    sleep_with_progress(Progress(), slept.append)(90.0)
    assert slept == [90.0]
    assert stream.getvalue().endswith("waiting 1m30s")
