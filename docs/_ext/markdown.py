"""Markdown as far as the site has to read it: prose apart from code, sections, links and titles."""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_FENCE: Final = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


class Section(NamedTuple):
    """A section of the second level: its title, and the pages to which its links lead, in order."""

    title: str
    pages: tuple[str, ...]


def outside_of_code(text: str, change: Callable[[str], str]) -> str:
    """Apply a change to the text between fenced blocks."""
    parts = _FENCE.split(text)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))


def prose(text: str) -> str:
    """Return the text without its fenced blocks."""
    return _FENCE.sub("", text)


def linked_pages(text: str) -> Iterator[str]:
    """Yield the targets of links to other Markdown pages, without anchors, each once."""
    paths = (urlsplit(target) for target in _LINK.findall(prose(text)))
    yield from dict.fromkeys(parts.path for parts in paths if parts.path.endswith(".md") and not parts.scheme)


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of the second level that link to pages; a page belongs to the first that links to it."""
    seen: set[str] = set()
    for part in re.split(r"^## ", prose(text), flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        pages = tuple(page for page in linked_pages(body) if page not in seen)
        seen.update(pages)
        if pages:
            yield Section(title.strip(), pages)


def title(text: str) -> str:
    """Return the title of a page: its first heading."""
    found = re.search(r"^# (.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def first_sentence(text: str) -> str:
    """Return the first sentence of a page below its title, without markup; empty if it begins with something else."""
    below = re.split(r"^# .*$", re.sub(r"<!--.*?-->", "", prose(text), flags=re.DOTALL), maxsplit=1, flags=re.MULTILINE)
    paragraphs = [part for part in re.split(r"\n\s*\n", below[-1].strip()) if part[:1] not in ("|", "#", "-", "!")]
    if not paragraphs:
        return ""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(paragraphs[0].split())).replace("**", "").replace("`", "")
    return re.split(r"(?<=[.?!]) ", plain, maxsplit=1)[0]
