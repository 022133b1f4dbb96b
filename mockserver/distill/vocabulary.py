"""The words that a draft may contain: those of the vendor's own contract and tables; every other text is replaced.

This is what keeps the recording's texts out of the result: a text is allowed because the contract has it, never because
it looks harmless. The redactor checks the result once more.
"""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, Final

from mockserver.contract.documents.capture import captured_eras, load_capture
from mockserver.vendors.api import Era

TEXT: Final = "some text"
URL: Final = "https://videos.example.com/video.mp4"
MAX_DEPTH: Final = 8
MAX_MEMBERS: Final = 50
MAX_NUMBER: Final = 100_000
_WORD_KEYS: Final = ("enum", "const", "default", "example", "examples")


@lru_cache(maxsize=64)
def declared_headers(vendor: str) -> dict[str, str]:
    """Return the request headers that a vendor's contract has, in any era, as it writes them, by lower-case name."""
    parameters = (node for node in _objects(vendor) if node.get("in") == "header")
    names = (node["name"] for node in parameters if isinstance(node.get("name"), str))
    return {name.lower(): name for name in names}


def _objects(vendor: str) -> Iterator[dict[str, Any]]:
    """Yield every object in the captures of a vendor: what one era answers, a recording of another may show."""
    waiting: list[Any] = [load_capture(vendor, date).document for date in captured_eras(vendor)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


@lru_cache(maxsize=64)
def contract_words(vendor: str) -> frozenset[str]:
    """Return every text that a contract lists as a value, every name of a property or parameter, in any era."""
    words: set[str] = set()
    for node in _objects(vendor):
        words.update(node.get("properties", ()) if isinstance(node.get("properties"), dict) else ())
        if isinstance(node.get("name"), str) and "in" in node:
            words.add(node["name"])
        for key in _WORD_KEYS:
            words.update(_texts(node.get(key)))
    return frozenset(words)


class Vocabulary:
    """The words of one era's vendor."""

    def __init__(self, era: Era) -> None:
        self._era = era

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the contract, and the texts of the examples."""
        return contract_words(self._era.vendor).union(_texts([kind.example for kind in self._era.kinds.values()]))

    def replace_texts(self, value: Any, depth: int = 0) -> Any:
        """Return a JSON value in which every text that the contract does not have is replaced; unknown keys go."""
        if isinstance(value, str):
            if value in self.words:
                return value
            return URL if value.startswith(("http://", "https://")) else TEXT
        if depth >= MAX_DEPTH:
            return None
        if isinstance(value, dict):
            known = [(key, inner) for key, inner in value.items() if key in self.words]
            return {key: self.replace_texts(inner, depth + 1) for key, inner in known[:MAX_MEMBERS]}
        if isinstance(value, list):
            return [self.replace_texts(inner, depth + 1) for inner in value[:MAX_MEMBERS]]
        # A large number may be an account or a telephone.
        return value if value is None or abs(value) < MAX_NUMBER else 1


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
