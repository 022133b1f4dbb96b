"""Measures `mockserver diff` on large documents: a document against itself, and against one with a change in it.

python -m bench.contract_diff
"""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from mockserver.contract.compare.comparison import compare_captures
from mockserver.contract.documents.capture import read_capture

MEGABYTE = 1_000_000
SCHEMA_BYTES = 900
"""Bytes of one group of schemas and its call, as JSON, roughly."""
ENUM_VALUES = 100_000
ENUM_SECONDS = 5.0
SECONDS_PER_SIZE = {1: 2.0, 4: 10.0}
"""The promised seconds by megabytes, for reading both documents and comparing them."""


class DiffFigure(NamedTuple):
    """One measured comparison."""

    subject: str
    seconds: float
    promised: float
    changes: int


def large_document(size: int) -> dict[str, Any]:
    """Build a document of about `size` bytes of JSON, in which most schemas can be reached from every call.

    Each group has an object of fields, an object that extends the one of the group before by `allOf`, alternatives of
    groups far apart, and a list of itself.
    """
    groups = size // SCHEMA_BYTES
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for number in range(groups):
        previous, distant = number // 2, (number * 7 + 3) % groups
        schemas[f"Base{number}"] = {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "pattern": "^[a-z]+$"},
                "state": {"type": "string", "enum": ["queued", "running", f"state-{number}"]},
                "parent": {"$ref": f"#/components/schemas/Item{previous}"},
                "size": {"type": ["integer", "null"], "minimum": 0},
            },
        }
        schemas[f"Item{number}"] = {
            "allOf": [
                {"$ref": f"#/components/schemas/Base{number}"},
                {
                    "type": "object",
                    "properties": {
                        "children": {"type": "array", "items": {"$ref": f"#/components/schemas/Item{number}"}},
                        "other": {
                            "oneOf": [
                                {"$ref": f"#/components/schemas/Base{distant}"},
                                {"$ref": f"#/components/schemas/Item{previous}"},
                                {"type": "null"},
                            ]
                        },
                    },
                },
            ]
        }
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/Item{number}"}}}
        paths[f"/items{number}/{{id}}"] = {
            "get": {"operationId": f"getItem{number}", "responses": {"200": {"description": "", "content": content}}}
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Large", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def document_with_enum(values: list[str]) -> dict[str, Any]:
    """Build a document of one answer that lists values, in two parts of an `allOf`."""
    schema = {"allOf": [{"enum": values}, {"type": "string", "enum": values[::-1]}]}
    responses = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    return {"openapi": "3.1.0", "paths": {"/state": {"get": {"operationId": "getState", "responses": responses}}}}


def measure_enum() -> DiffFigure:
    """Compare two documents with 100,000 listed values each, of which half are equal."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("old.json", "new.json")]
        for path, first in zip(paths, (0, ENUM_VALUES // 2), strict=True):
            values = [f"value-{number}" for number in range(first, first + ENUM_VALUES)]
            path.write_text(json.dumps(document_with_enum(values)))
        seconds, changes = compare_files(*paths)
    return DiffFigure(f"an enum of {ENUM_VALUES:,} values, half of them others", seconds, ENUM_SECONDS, changes)


def compare_files(old: Path, new: Path) -> tuple[float, int]:
    """Return the seconds of processor time for reading and comparing two files, and the number of changes."""
    gc.disable()  # as the command does
    began = time.process_time()
    comparison = compare_captures(read_capture(old), read_capture(new))
    seconds = time.process_time() - began
    gc.enable()
    return seconds, len(comparison.changes)


def measure_diffs() -> Iterator[DiffFigure]:
    """Compare each size with itself as JSON and as YAML, and with a document in which a shared schema has
    changed; then a long enum."""
    with tempfile.TemporaryDirectory() as folder:
        for megabytes, promised in SECONDS_PER_SIZE.items():
            document = large_document(megabytes * MEGABYTE)
            changed = deepcopy(document)
            changed["components"]["schemas"]["Base0"]["properties"]["id"]["type"] = "integer"
            paths = {name: Path(folder, name) for name in ("old.json", "new.json", "old.yaml")}
            paths["old.json"].write_text(json.dumps(document))
            paths["new.json"].write_text(json.dumps(changed))
            dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
            paths["old.yaml"].write_text(yaml.dump(document, Dumper=dumper, sort_keys=False))
            for old, new, what in (
                ("old.json", "old.json", "JSON against itself"),
                ("old.json", "new.json", "JSON, a shared schema has changed"),
                ("old.yaml", "old.yaml", "YAML against itself"),
            ):
                seconds, changes = compare_files(paths[old], paths[new])
                size = paths[old].stat().st_size / MEGABYTE
                yield DiffFigure(f"{size:.1f} MB of {what}", seconds, promised, changes)
    yield measure_enum()


def main() -> int:
    """Print every figure; return 1 if one is above its promise."""
    is_kept = True
    for figure in measure_diffs():
        print(
            f"{figure.subject:<45} {figure.seconds:6.2f} s  < {figure.promised:.0f} s  {figure.changes} changes",
            flush=True,
        )
        is_kept = is_kept and figure.seconds < figure.promised
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
