"""A store that writes what it commits: first to a log, then to memory.

Reading is the memory store's: a poll costs what it costs without a log. A change is checked first, so that nothing that
cannot be committed is written; once it is written, memory takes it without a condition.
"""

from collections.abc import Callable, Iterable, Mapping

from mockserver.stores.memory import ItemIdsFunction, MemoryStore
from mockserver.vendors.api import StoreChange

ChangeWriter = Callable[[str, tuple[StoreChange, ...]], None]
"""Writes the changes of a vendor's store; raises `VersionConflict` if the log has others first, `MockError` if it
cannot be written."""


class LoggedStore(MemoryStore):
    """A memory store whose commits go through a log."""

    def __init__(self, vendor: str, item_ids: Mapping[str, ItemIdsFunction], write: ChangeWriter) -> None:
        super().__init__(item_ids)
        self._vendor = vendor
        self._write = write

    def commit(self, changes: Iterable[StoreChange]) -> None:
        """Write all changes, and commit them.

        Raises `VersionConflict` where one of them is out of date, `MockError` where the log cannot be written; nothing
        is committed then.
        """
        changes = tuple(changes)
        self.check(changes)
        self._write(self._vendor, changes)
        self.replay(changes)
