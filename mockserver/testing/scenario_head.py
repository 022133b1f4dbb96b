"""Tells scenario files from all other YAML by their first lines, without a YAML library."""

import re
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".yaml", ".yml")
OWN_SUFFIXES: Final = tuple(f".videojob{suffix}" for suffix in SUFFIXES)
"""Ends of names that only scenarios have."""
HEAD_BYTES: Final = 4_096
"""The part of a file that is read."""
_FIRST_KEY: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*|---[^\n]*|language:[^\n]*)?\r?\n)*scenario:[ \t]"
)
_VENDOR: Final = re.compile(rb"^vendor:[ \t]", re.MULTILINE)


def is_scenario_file(path: Path) -> bool:
    """Return True for a file that ends in `.videojob.yaml`, or whose first key is `scenario:` and that has a vendor."""
    if path.name.endswith(OWN_SUFFIXES):
        return True
    if path.suffix not in SUFFIXES:
        return False
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    # Other tools begin a file with `scenario:` too; none of them goes on with a vendor.
    return _FIRST_KEY.match(head) is not None and _VENDOR.search(head) is not None
