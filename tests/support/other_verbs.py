"""The bundled vendors with other words for their operations: what depends on a word behaves differently with them."""

import re
from typing import Final

from mockserver.vendors.api import Era, Vendor
from tests.support.fake_world import VENDORS

WORDS: Final = {
    "create": "submit",
    "get": "status",
    "list": "browse",
    "cancel": "abort",
    "delete": "purge",
    "results": "harvest",
    "details": "inspect",
    "content": "fetch",
}
_PARTS: Final = re.compile("|".join(WORDS))


def other_verb(name: str) -> str:
    """Return the other word for an operation: `submit_task` for `create_task`."""
    return _PARTS.sub(lambda found: WORDS[found[0]], name)


def _with_other_verbs(era: Era) -> Era:
    operations = tuple(each._replace(name=other_verb(each.name)) for each in era.operations)
    limits = {other_verb(name): limit for name, limit in era.limits.items()}
    return era._replace(operations=operations, limits=limits)


OTHER_VENDORS: Final = {
    name: Vendor(name, vendor.title, tuple(map(_with_other_verbs, vendor.eras)), vendor.snippet)
    for name, vendor in VENDORS.items()
}
