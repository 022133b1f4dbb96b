"""The addresses of this project's documentation, for messages: an installed user has none of its files.

The site's pages and anchors are stable: a rule has its id as anchor, an error code itself.
"""

from typing import Final

SITE: Final = "https://videojob-mockserver.readthedocs.io/"
"""The root of the documentation, with a slash at its end."""


def page_address(page: str, anchor: str = "") -> str:
    """Return the address of a page (`scenario-language`), or of a place on it."""
    place = f"#{anchor}" if anchor else ""
    return f"{SITE}{page}.html{place}"


def rule_address(rule_id: str) -> str:
    """Return the address of a rule: `.../rules.html#T12`."""
    return page_address("rules", rule_id)


def code_address(code: str) -> str:
    """Return the address of an error code: `.../errors.html#SCN012`."""
    return page_address("errors", code)
