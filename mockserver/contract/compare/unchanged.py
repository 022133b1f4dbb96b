"""The named schemas that two documents have in common, with everything that they refer to.

They have no changes, so that nothing in them needs to be compared: most of a document has not changed.
"""

import json
import re
from typing import Final

from mockserver.contract.documents.capture import Capture
from mockserver.core.pointer import escape_token

_REF: Final = re.compile(r'"\$ref": "([^"]*)"')


def unchanged_schemas(old: Capture, new: Capture) -> frozenset[str]:
    """Return the pointers of the schemas in `components` that are written alike, and so is what they refer to."""
    before, after = _schema_texts(old), _schema_texts(new)
    # A discriminator names schemas in more than one way: one that has it is compared.
    alike = {at: text for at, text in before.items() if after.get(at) == text and '"discriminator":' not in text}
    users: dict[str, list[str]] = {}
    for at, text in alike.items():
        for target in _REF.findall(text):
            users.setdefault(target, []).append(at)
    # Whatever refers to a schema that is compared is compared, too. So is what refers into the middle of a schema.
    pending = [target for target in users if target not in alike]
    while pending:
        changed = [user for user in users.get(pending.pop(), ()) if user in alike]
        pending += changed
        for user in changed:
            alike.pop(user, None)
    return frozenset(alike)


def _schema_texts(capture: Capture) -> dict[str, str]:
    schemas = capture.document.get("components", {}).get("schemas", {})
    return {
        f"#/components/schemas/{escape_token(name)}": json.dumps(schema, sort_keys=True)
        for name, schema in schemas.items()
    }
