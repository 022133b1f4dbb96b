"""The end of a session's journal as JSON, and back: what explanations and `mockserver journal` show after a restart.

Kept now and then, never for a request: the entries since the last time are lost with a process that is killed.
"""

from collections import Counter
from typing import Any, Final

from mockserver.core.ratelimit import LimitWindow
from mockserver.core.wire import Request, Response
from mockserver.engine.journal import JournalEntry, Watermark
from mockserver.engine.session import Session
from mockserver.server.kept.entry_json import decode_json, encode_json

LIVE_ENTRIES: Final = 200
"""Entries that are kept while the server runs: more would delay other requests. At its end all are kept."""


def encode_tail(session: Session, most: int) -> bytes:
    """Return the newest entries of a session's journal, at most so many, and its counters."""
    journal = session.journal
    entries = list(journal)[-most:]
    counts = [[*key, count] for key, count in journal.counts.items()]
    tail = {
        "epoch": session.epoch,
        "requests": journal.seq,
        "counts": counts,
        "entries": [entry_json(entry) for entry in entries],
    }
    return encode_json(tail)


def restore_tail(session: Session, data: bytes) -> None:
    """Put a tail into the journal of a session that was just made; one of another epoch is left out."""
    tail = decode_json(data)
    if tail["epoch"] != session.epoch:
        return
    journal = session.journal
    requests = max(journal.seq, tail["requests"])
    for each in tail["entries"]:
        journal.add(entry_from_json(each))
    journal.counts = Counter(
        {(vendor, operation, status): count for vendor, operation, status, count in tail["counts"]}
    )
    journal.evicted = requests - len(journal)
    journal.seq = requests


def entry_json(entry: JournalEntry) -> dict[str, Any]:
    """Return an entry of the journal as JSON: bodies as texts, a character a byte."""
    request, response = entry.request, entry.response
    return {
        **entry._asdict(),
        "request": [request.method, request.path, request.query, dict(request.headers), request.body.decode("latin-1")],
        "response": [response.status, response.headers, response.body.decode("latin-1")],
        "watermark": list(entry.watermark),
    }


def entry_from_json(value: dict[str, Any]) -> JournalEntry:
    """Return the entry of `entry_json`."""
    method, path, query, headers, body = value["request"]
    status, answered, answer = value["response"]
    watermark = Watermark(*value["watermark"])
    if watermark.rate_window is not None:
        start, used, partial, taken = watermark.rate_window
        watermark = watermark._replace(rate_window=LimitWindow(start, used, partial, tuple(taken)))
    read = {
        "request": Request(method, path, query, headers, body.encode("latin-1")),
        "response": Response(status, tuple((name, text) for name, text in answered), answer.encode("latin-1")),
        "watermark": watermark,
    }
    return JournalEntry(**{**value, **read})
