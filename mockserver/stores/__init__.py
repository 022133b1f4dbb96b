"""Stores: implementations of `engine.store.Store`."""

from mockserver.engine.store import Store
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import Era


def memory_store(era: Era) -> Store:
    """Return an in-memory store for one vendor in one session."""
    return MemoryStore({kind.name: kind.item_ids for kind in era.kinds.values() if kind.item_ids is not None})
