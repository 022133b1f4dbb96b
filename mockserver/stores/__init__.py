"""Stores: implementations of `engine.store.Store`, and the logs that keep what they commit."""

from collections.abc import Mapping

from mockserver.engine.store import Store
from mockserver.stores.logged import ChangeWriter, LoggedStore
from mockserver.stores.memory import ItemIdsFunction, MemoryStore
from mockserver.vendors.api import Era


def memory_store(era: Era) -> Store:
    """Return an in-memory store for one vendor in one session."""
    return MemoryStore(_item_ids(era))


def logged_store(era: Era, write: ChangeWriter) -> Store:
    """Return an in-memory store that hands every commit to `write` first."""
    return LoggedStore(era.vendor, _item_ids(era), write)


def _item_ids(era: Era) -> Mapping[str, ItemIdsFunction]:
    return {kind.name: kind.item_ids for kind in era.kinds.values() if kind.item_ids is not None}
