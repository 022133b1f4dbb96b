"""The page draws a track as the reports do: both make the same elements of the same values."""

from itertools import pairwise
from typing import Any

from playwright.sync_api import Browser

from mockserver.core.instants import DAY, HOUR, MINUTE, SECOND
from mockserver.drawing.axis import TimeAxis
from mockserver.drawing.colors import STATE_COLORS, state_color
from mockserver.drawing.tracks import Band, Mark, Track, mark_looks, track_html
from tests.support.browser import session_page
from tests.support.dice import Dice
from tests.support.fake_server import FakeServer

PRECISION = 0.011
"""Percent: both round to hundredths, one of them half to even."""
DRAWN_BY_PAGE = """async cases => {
    const [{ axisThrough, ticks }, { elements }, { html, render }] =
        await Promise.all(["./axis.js", "./track.js", "./vendor/htm-preact.js"].map(name => import(name)));
    return cases.map(([instants, track]) => {
        const box = document.createElement("div");
        const axis = axisThrough(instants);
        render(html`${ticks(axis)}${elements(track, axis)}`, box);
        return box.innerHTML;
    });
}"""
ELEMENTS = """drawn => drawn.map(text => {
    const box = document.createElement("template");
    box.innerHTML = text;
    const place = (each, name) => parseFloat(each.style[name] || "0");
    return [...box.content.children].map(each =>
        [each.className, each.title, each.textContent, place(each, "left"), place(each, "width")]);
})"""
STATES = ("queued", "processing", "completed", "IN_PROGRESS", "<b>odd</b>")


def drawn_values(dice: Dice) -> tuple[list[int], Track]:
    """Draw the instants of an axis and a track on it, with pauses of every length."""
    at = dice.choice([0, 0, 7 * SECOND])
    instants = [at]
    for _ in range(dice.number(1, 11)):
        at += dice.choice([1_000, 40_000, SECOND, 3 * SECOND, MINUTE, HOUR, 3 * DAY]) * dice.number(1, 8)
        instants.append(at)
    bands = []
    for since, until in pairwise(instants):
        word = dice.choice(STATES)
        end = dice.choice([since, until, (since + until) // 2])
        bands.append(Band(word, since, end, state_color(word), f"{word} here", is_ahead=dice.number(1, 3) == 1))
    marks = [
        Mark(
            dice.choice(instants), mark_looks(dice.choice([None, 101, 200, 404, 503])), "a call", dice.choice([None, 1])
        )
        for _ in range(5)
    ]
    return instants, Track(bands, marks, dice.choice([None, *instants]))


def as_json(instants: list[int], track: Track) -> list[Any]:
    """Return the same values as the page has them."""
    bands = [{**band._asdict(), "ahead": band.is_ahead} for band in track.bands]
    marks = [{name: value for name, value in mark._asdict().items() if value is not None} for mark in track.marks]
    return [instants, {"bands": bands, "marks": marks, "now": track.now}]


def test_page_and_reports_draw_the_same_elements(browser: Browser, server: FakeServer):
    dice = Dice("tracks")
    cases = [drawn_values(dice) for _ in range(60)]
    with session_page(browser, server) as page:
        drawn = page.evaluate(DRAWN_BY_PAGE, [as_json(*case) for case in cases])
    # The page's policy allows no style in a text.
    blank = browser.new_page()
    by_page = blank.evaluate(ELEMENTS, drawn)
    by_reports = blank.evaluate(ELEMENTS, [track_html(track, TimeAxis(instants)) for instants, track in cases])
    blank.close()
    assert any("break" in each[0] for track in by_reports for each in track)
    for found, expected in zip(by_page, by_reports, strict=True):
        assert [each[:3] for each in found] == [each[:3] for each in expected]
        for one, other in zip(found, expected, strict=True):
            assert abs(one[3] - other[3]) < PRECISION
            assert abs(one[4] - other[4]) < 2 * PRECISION


def test_page_and_reports_color_states_and_answers_alike(browser: Browser, server: FakeServer):
    states = [*(f"{start}_x" for start, _ in STATE_COLORS), *STATES, "invalid", "already"]
    statuses = [None, 99, 101, 204, 302, 409, 500, 999]
    with session_page(browser, server) as page:
        by_page = page.evaluate(
            """async ([states, statuses]) => {
                const { colorOf, markLooks } = await import("./track.js");
                return [states.map(each => [colorOf(each), colorOf(each, true)]),
                    statuses.map(each => [markLooks(each, false), markLooks(each, true)])];
            }""",
            [states, statuses],
        )
    assert by_page == [
        [[state_color(each), state_color(each, is_terminal=True)] for each in states],
        [[mark_looks(each), mark_looks(each, may_change_job=True)] for each in statuses],
    ]
