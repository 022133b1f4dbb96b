"""Check a built site: `python -m docs._ext.check_site build/site`.

1. Every link inside the site leads to a file and to an anchor that are there.
2. Nothing is loaded from another host: scripts, styles, images, fonts.
3. Every address that the program prints or `llms.txt` lists exists: of a page, of each error code, of each rule.

Prints what is wrong, a line each, and exits 1 if there is anything.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from mockserver.cli.catalogue import CATALOGUE, all_rules
from mockserver.documentation import SITE, code_address, page_address, rule_address

PAGES_IN_MESSAGES: Final = ("scenario-language", "admin", "changelog")
"""Pages that messages and the package's metadata name."""
_LOADING: Final = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "link": "href"}
_LINKS_THAT_LOAD_NOTHING: Final = frozenset({"canonical", "index", "search", "next", "prev", "author", "alternate"})
_FOREIGN_STYLE: Final = re.compile(r"(?:@import\s+|url\(\s*)[\"']?(?:https?:)?//[^\"')\s]+")


class Page(HTMLParser):
    """The anchors of one page, its links, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what a tag names."""
        values = {name: value or "" for name, value in attrs}
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        relations = set(values.get("rel", "").split())
        if tag in _LOADING and _LOADING[tag] in values and not relations & _LINKS_THAT_LOAD_NOTHING:
            self.loaded.append(values[_LOADING[tag]])


def problems(site: Path, addresses: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong in the site in that folder, a sentence each; `addresses` are those that must exist."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site)
        for link in dict.fromkeys((*page.links, *page.loaded)):
            wrong = _broken(link, path, pages)
            if wrong:
                yield f"{name}: {wrong}: {link}"
        for address in page.loaded:
            if urlsplit(address).netloc:
                yield f"{name}: loads from another host: {address}"
    for path in sorted(site.rglob("*.css")):
        for found in _FOREIGN_STYLE.findall(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)}: loads from another host: {found}"
    for address in (*addresses, *listed_addresses(site)):
        wrong = _broken(address.removeprefix(SITE), site / "index.html", pages)
        if wrong:
            yield f"an address outside of the site's pages: {wrong}: {address}"


def _broken(link: str, path: Path, pages: Mapping[Path, Page]) -> str:
    """Return why a link leads nowhere; empty if it is right or leads out of the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    target = path
    if parts.path:
        target = (path.parent / unquote(parts.path)).resolve()
    if target not in pages:
        return "" if target.is_file() else "no such file"
    if parts.fragment and unquote(parts.fragment) not in pages[target].anchors:
        return "no such anchor"
    return ""


def printed_addresses() -> Iterator[str]:
    """Yield every address of the documentation that messages of the program may have."""
    yield from map(page_address, PAGES_IN_MESSAGES)
    yield from map(code_address, CATALOGUE)
    yield from dict.fromkeys(rule_address(rule.id) for rule in all_rules())


def listed_addresses(site: Path) -> list[str]:
    """Return the addresses of the site's pages in its `llms.txt`."""
    text = (site / "llms.txt").read_text(encoding="utf-8")
    return re.findall(rf"\(({re.escape(SITE)}[^)]*)\)", text)


if __name__ == "__main__":
    _found = list(problems(Path(sys.argv[1]).resolve(), printed_addresses()))
    sys.stdout.writelines(f"{line}\n" for line in _found)
    sys.exit(bool(_found))
