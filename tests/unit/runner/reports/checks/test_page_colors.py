"""The colors of the HTML report: texts and shapes stand out from what is behind them (WCAG 2.2, level AA)."""

import re
from itertools import product
from pathlib import Path

import pytest

from mockserver.drawing.colors import STATE_COLORS
from mockserver.runner.reports import html_page

STYLESHEET = Path(html_page.__file__).with_name("html_page.css").read_text(encoding="utf-8")
TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3
TONES = ("error", "warning", "info", "fine")
STATES = sorted({color for _, color in STATE_COLORS} | {"next"})


def named_colors(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): #(\w+)", block))


LIGHT, DARK = map(named_colors, re.findall(r":root \{(.*?)\}", STYLESHEET, re.DOTALL))
THEMES = {"light": LIGHT | {"white": "fff"}, "dark": LIGHT | DARK | {"white": "fff"}}


def luminance(color: str) -> float:
    """The relative luminance of `rgb` or `rrggbb`, from 0 to 1, as WCAG defines it."""
    if len(color) == 3:
        color = "".join(2 * digit for digit in color)
    shares = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(theme: str, front: str, back: str) -> float:
    darker, lighter = sorted(luminance(THEMES[theme][name]) for name in (front, back))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("front", "back"),
    [
        *product(("ink", "soft"), ("paper", "card", "well")),
        *product(TONES, ("card",)),
        *product(("error", "warning", "info"), ("well",)),
        *((tone, f"{tone}-well") for tone in TONES),
        *product(("white",), STATES),
    ],
)
def test_a_text_can_be_read(theme, front, back):
    assert contrast(theme, front, back) >= TEXT_CONTRAST


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", STATES)
def test_a_band_stands_out_from_its_card(theme, state):
    assert contrast(theme, state, "card") >= SHAPE_CONTRAST


def test_both_themes_have_every_color():
    assert set(DARK) == set(LIGHT)
