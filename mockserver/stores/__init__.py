"""Stores: load and save what one request touches."""

from mockserver.engine.store import Store
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import Era


def memory_store(era: Era) -> Store:
    """A store in this process for one vendor in one session."""
    return MemoryStore({kind.name: kind.item_ids for kind in era.kinds.values() if kind.item_ids is not None})
