"""The entries that `mockserver journal --json` prints, read as the exchanges that they were.

The command prints one object with all `entries`, with `--follow` one entry a line: what the admin API shows of a
session's journal. Of a long body the API shows the beginning: one of that length is not taken for a whole one.
"""

from typing import Any, Final

import orjson

from mockserver.core.wire import MAX_BODY_EXCERPT, Exchange, SourcePosition
from mockserver.recordings.journal import parse_exchange
from mockserver.recordings.json_stream import JsonPath
from mockserver.recordings.read_stats import ReadStats

ENTRIES_PATH: Final[JsonPath] = (("entries",),)
"""The path of the entries in the object."""
NO_ENTRY: Final = "entry of a journal that cannot be read"


def parse_entry_line(stats: ReadStats, text: bytes, line: int) -> Exchange | str:
    """Return the exchange of the line with this number, or the reason why it is none."""
    try:
        return exchange_of(stats, orjson.loads(text), SourcePosition(line, 1))
    except (LookupError, TypeError, ValueError, AttributeError):
        return NO_ENTRY


def parse_entry(stats: ReadStats, entry: Any, position: SourcePosition) -> Exchange | None:
    """Return the exchange of an entry; None, which `stats` counts, if it is none."""
    try:
        return exchange_of(stats, entry, position)
    except (LookupError, TypeError, ValueError, AttributeError):
        stats.leave_unread(NO_ENTRY, position)
        return None


def exchange_of(stats: ReadStats, entry: dict[str, Any], position: SourcePosition) -> Exchange:
    """Return the exchange of an entry; `stats` counts what it lacks. Raises as `parse_exchange`."""
    number = 2 * entry["seq"]
    row = {"sent": entry["at"], "answered": entry["at"], "seq": [number - 1, number], "request": entry["request"]}
    response = None if entry.get("lost") else entry["response"]
    if response is not None and len(response["body"].encode()) >= MAX_BODY_EXCERPT:
        stats.note_missing("response body cut short")
        response = None
    if len(entry["request"]["body"].encode()) >= MAX_BODY_EXCERPT:
        stats.note_missing("request body cut short")
        row["request"] = {**entry["request"], "body": ""}
    return parse_exchange({**row, "response": response}, position)
