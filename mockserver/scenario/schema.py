"""The scenario language as a JSON Schema for editors, rendered from the tables that also check the files.

`python -m mockserver.scenario.schema` prints it; the same tables always print the same bytes.
"""

import json
from typing import Any, Final

from mockserver.scenario.language import LANGUAGE, SCENARIO
from mockserver.scenario.shapes import SchemaDefinitions

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the schema of a scenario file, draft 2020-12."""
    definitions: SchemaDefinitions = {}
    body = SCENARIO.inline_schema(definitions)
    return {
        "$schema": DIALECT,
        "title": f"A videojob-mockserver scenario (language {LANGUAGE})",
        **body,
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """Render the schema as it is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
