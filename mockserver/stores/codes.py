"""Error codes of the stores that keep sessions."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "SRV031": "The store cannot be reached; whether the command was carried out shows at the next request.",
    "SRV033": "Another process has the store's file.",
    "SRV034": "The store's file cannot be used: it is no store, is damaged, or was written by a later version.",
    "SRV035": "The location of a store is not one that this version knows.",
    "SRV041": "The store refuses a command: it is full, or takes no writes.",
    "SRV042": "The store has lost entries of a session that the server knew.",
    "SRV043": "The store was written by a release with another schema, or is an old release of Redis.",
    "SRV044": "The store's URL is not valid, or the package that it needs is missing.",
    "SRV045": "Several processes cannot serve this store, or not on this system.",
    "SRV046": "A session of the store cannot be read: its vendor is not here, or its log is damaged.",
}
