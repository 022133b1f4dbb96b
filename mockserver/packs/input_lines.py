"""The items of a batch that stand in an uploaded file, one JSON text a line.

A file that no call has uploaded stands for one that exists: the items are then made up, as many as a scenario says.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from mockserver.packs.facts import Facts
from mockserver.packs.fields import RequestFields
from mockserver.packs.mistakes import MistakeWords
from mockserver.vendors.api import Call
from mockserver.vendors.checks import Mistake, MistakeKind
from mockserver.vendors.commands import find_job

_DEFAULT_COUNT: Final = 3
"""Items of a batch whose file no call has uploaded, without a scenario."""


class InputLines(NamedTuple):
    """Where the items of a batch are, and what each of them must have."""

    kind: str
    """The kind of job that an uploaded file is."""
    member: str
    """The member of the create request with its id."""
    text: str
    """What an upload remembers its text as."""
    unique: str
    """The field that differs in each line; empty: none."""
    fields: RequestFields
    words: MistakeWords
    example: Mapping[str, Any]
    """The item that stands for each line of a file that is not known."""

    def unknown_items(self) -> dict[str, Any]:
        """Return the part of a spec for a file that is not known."""
        return {"items": [], "open_items": _DEFAULT_COUNT, "item_example": self.example}

    def read(self, call: Call, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of a spec for the file that a create names; without items where a line is not valid."""
        job = find_job(call, self.kind, str(request.get(self.member, "")))
        text = ""
        if job is not None:
            text = job.spec.get("remembered", {}).get(self.text)
        # A play sends files of so many zero bytes: there is nothing to read in them.
        if not text or not text.strip("\0"):
            return self.unknown_items()
        items: list[Any] = []
        problems: list[dict[str, Any]] = []
        seen: set[str] = set()
        for number, line in enumerate((line for line in text.splitlines() if line.strip()), 1):
            item = _parse_line(line)
            for mistake in self._mistakes(item, seen):
                described = self.words.facts_of([mistake], Facts(at=call.now))["mistake"]
                known = {"code": described["code"], "message": described["message"], "param": described["field"]}
                problems.append({**known, "line": number})
            items.append(item)
        if problems:
            return {"items": [None] * len(items), "problems": problems}
        return {"items": items}

    def _mistakes(self, item: Any, seen: set[str]) -> list[Mistake]:
        if not isinstance(item, Mapping):
            return [Mistake(("line",), MistakeKind.WRONG_TYPE, {"expected": "object"})]
        mistakes = self.fields.mistakes(item, "line")
        # Without a `unique`, no member has the empty name.
        name = item.get(self.unique)
        if isinstance(name, str):
            if name in seen:
                message = f"{self.unique} {name!r} is not unique"
                mistakes.append(Mistake(("line", self.unique), MistakeKind.CUSTOM, {"message": message}))
            seen.add(name)
        return mistakes


def _parse_line(line: str) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
