"""`mockserver test --html`: a play that is not ok drawn with what was expected, the others listed."""

import re
from pathlib import Path

import pytest

LATE = """\
scenario: late
title: A cancel that comes too late <b>
vendor: phaseo@2026-06-11
timeline:
  - queued: 3s
  - processing: 37s
  - completed
play:
  - create:
  - at: 12s
    cancel: {status: 409}
  - at: 45s
    get: {body: {status: completed}}
"""
RACE = """\
scenario: race
vendor: phaseo@2026-06-11
timeline: [queued: 3s, processing: 37s, completed]
play:
  - create:
  - at: 1s
    together:
      - cancel: {status: 200}
      - get: {body: {status: queued}}
"""


TWO_JOBS = """\
scenario: two
vendor: phaseo@2026-06-11
play:
  - {create: , as: a}
  - {create: , as: b}
  - {at: 1s, job: b, get: {body: {status: completed}}}
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def page_of(mockserver, text: str, *words: str, code: int = 1) -> str:
    """Play a scenario with `--html`, which must end with this exit code; return the page."""
    Path("played.yaml").write_text(text, encoding="utf-8")
    result = mockserver("test", "played.yaml", "--html", "out/page.html", *words)
    assert result.code == code, result.err
    return Path("out/page.html").read_text(encoding="utf-8")


def lanes(page: str) -> list[str]:
    """Return the drawings: what was expected, what was answered."""
    return re.findall(r"<div class=lane><span>\w+</span>(.*?)</div></div>", page)


def test_a_failed_play_is_drawn_with_what_was_expected(mockserver):
    page = page_of(mockserver, LATE)
    assert "<h1>1 play failed</h1>" in page
    assert "<h3>A cancel that comes too late &lt;b&gt;</h3>" in page
    expected, answered = lanes(page)
    assert re.findall(r"class='mark ([^']*)'", expected) == ["ok2 act", "ok4 act", "ok2"]
    assert re.findall(r"class='mark ([^']*)'", answered) == ["ok2 act", "ok2 act proof", "ok2 proof"]
    assert re.findall(r"class='band s-(\w+)[^']*' title='(\w+)'", expected) == [("good", "completed")]
    assert re.findall(r"title='(queued|cancelled)'", answered) == ["queued", "cancelled"]
    assert "answered 200; expected 409" in page
    assert "<pre class=written tabindex=0>- at: 12s\n  cancel: {status: 409}</pre>" in page
    assert "<dd><code>mockserver test played.yaml</code></dd>" in page
    assert "<script" not in page


def test_plays_as_expected_are_listed(mockserver):
    page = page_of(mockserver, LATE.replace("409", "200").replace("completed}}", "cancelled}}"), code=0)
    assert "<h1>Every play is as expected</h1>" in page
    assert "<td>late</td><td>A cancel that comes too late &lt;b&gt;</td><td>phaseo@2026-06-11</td>" in page
    assert lanes(page) == []


def test_an_explored_play_has_each_order_that_is_not_as_expected(mockserver):
    page = page_of(mockserver, RACE, "--explore")
    assert page.count("<article class='finding error'>") == 1
    assert re.search(r"mockserver test played.yaml --replay r1-\w+", page)


def test_a_scenario_without_a_play_proves_nothing(mockserver):
    page = page_of(mockserver, LATE.partition("play:")[0], code=3)
    assert "<h1>Nothing is proved</h1>" in page
    assert "the scenario has no <code>play</code>" in page


def test_a_vendor_without_a_contract_is_drawn_by_its_status(mockserver, monkeypatch):
    monkeypatch.setattr("mockserver.runner.reports.plays.tracks.has_contract", lambda vendor: False)
    expected, answered = lanes(page_of(mockserver, LATE))
    assert "title='completed'" in expected
    assert "title='cancelled'" in answered


def test_the_page_says_when_it_draws_fewer_than_there_are(mockserver, monkeypatch):
    monkeypatch.setattr("mockserver.runner.reports.plays.html.MAX_JOBS", 1)
    page = page_of(mockserver, TWO_JOBS)
    assert "1 of 2 jobs are drawn" in page
    monkeypatch.setattr("mockserver.runner.reports.plays.html.MAX_PLAYS", 1)
    Path("second.yaml").write_text(LATE.replace("late", "later"), encoding="utf-8")
    mockserver("test", "played.yaml", "second.yaml", "--html", "page.html")
    assert "1 of 2 are drawn: the JSON report has them all" in Path("page.html").read_text(encoding="utf-8")


def test_the_page_is_not_written_over_a_scenario(mockserver):
    Path("played.yaml").write_text(LATE, encoding="utf-8")
    assert mockserver("test", "played.yaml", "--html", "played.yaml").err.startswith("CLI012 ")
