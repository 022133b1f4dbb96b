"""The frame of an HTML report: one self-contained page that loads and runs nothing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mockserver import __version__
from mockserver.drawing.tracks import stylesheet
from mockserver.runner.reports.escape import html_text

_CONTENT_SECURITY_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html_page(title: str, parts: Iterable[str]) -> bytes:
    """Return a page in UTF-8; `parts` are its markup, in which every text is escaped."""
    own = Path(__file__).with_name("html_page.css").read_text(encoding="utf-8")
    style = own + stylesheet()
    lines = (
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>",
        f'<meta http-equiv=Content-Security-Policy content="{_CONTENT_SECURITY_POLICY}">',
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        '<meta name=color-scheme content="light dark">',
        f"<title>{html_text(title)}</title>\n<style>{style}</style>\n<main>",
        *parts,
        f"</main>\n<footer>videojob-mockserver {__version__}</footer>\n</html>\n",
    )
    return "\n".join(lines).encode("utf-8")
