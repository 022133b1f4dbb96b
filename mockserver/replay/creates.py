"""Gives each create of a client one of the recorded creates, each of them once as long as there is another."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mockserver.replay.calls import CallKey
from mockserver.replay.traffic import RecordedCreate


class MappedCreate(NamedTuple):
    """A recorded create that a client's create stands for."""

    recorded: RecordedCreate
    served_id: str | None
    """The client's job, if a create with the same idempotency key has created it already."""


class CreateOrder:
    """The recorded creates by call: in their order, those with the client's body first.

    A client that repeats an idempotency key gets the answers that the recorded key got, and then the last of them
    again. With any other create it never gets a repeated one.
    """

    def __init__(self, recorded: Mapping[CallKey, Sequence[RecordedCreate]]) -> None:
        self._by_call = {call: _CreatesOfCall(entries) for call, entries in recorded.items()}
        self._index_by_key: dict[str, int] = {}
        """The recorded create that each idempotency key of the client got last."""
        self._job_by_key: dict[str, str] = {}

    def __contains__(self, call: CallKey) -> bool:
        return call in self._by_call

    def take(self, call: CallKey, idempotency_key: str, body_digest: bytes) -> MappedCreate:
        """Return the recorded create for a client's; an empty key is none."""
        creates = self._by_call[call]
        if not idempotency_key:
            return MappedCreate(creates.entries[creates.take(body_digest)], None)
        last = self._index_by_key.get(idempotency_key)
        index = creates.take(body_digest) if last is None else creates.repeat(last)
        self._index_by_key[idempotency_key] = index
        return MappedCreate(creates.entries[index], self._job_by_key.get(idempotency_key))

    def remember(self, idempotency_key: str, served_id: str) -> None:
        """Remember the job that a key has created."""
        if idempotency_key:
            self._job_by_key[idempotency_key] = served_id


class _CreatesOfCall:
    """The recorded creates of one call, by their index."""

    def __init__(self, entries: Sequence[RecordedCreate]) -> None:
        self.entries = entries
        self._repeats: dict[int, int] = {}
        """The next create with the same recorded idempotency key."""
        self._used: set[int] = set()
        self._next = 0
        """No create before this one is unused."""
        self._unused_by_body: dict[bytes, deque[int]] = {}
        self._job_by_body: dict[bytes, int] = {}
        """The first create with this body that created a job."""
        self._last = len(entries) - 1
        """The last create that created a job; without one, the last of all."""
        last_by_key: dict[str, int] = {}
        for index, entry in enumerate(entries):
            before = last_by_key.get(entry.idempotency_key) if entry.idempotency_key else None
            last_by_key[entry.idempotency_key] = index
            if before is not None:
                self._repeats[before] = index
                if entries[before].course is not None:
                    self._used.add(index)
            self._unused_by_body.setdefault(entry.body_digest, deque()).append(index)
            if entry.course is not None:
                self._job_by_body.setdefault(entry.body_digest, index)
                self._last = index

    def repeat(self, index: int) -> int:
        """Return the next create of the same recorded key, which is used now; the last one again and again."""
        following = self._repeats.get(index, index)
        self._used.add(following)
        return following

    def take(self, body_digest: bytes) -> int:
        """Return the next create, which is used now; if none is left, one that created a job."""
        same = self._unused_by_body.get(body_digest, deque())
        while same and same[0] in self._used:
            same.popleft()
        while self._next in self._used:
            self._next += 1
        if same:
            index = same[0]
        elif self._next < len(self.entries):
            index = self._next
        else:
            index = self._job_by_body.get(body_digest, self._last)
        self._used.add(index)
        return index
