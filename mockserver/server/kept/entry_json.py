"""Entries as bytes: JSON, also of what few libraries take: lone surrogates of odd headers, and very large numbers."""

import json
from collections.abc import Mapping
from typing import Any

import orjson


def encode_json(value: Any) -> bytes:
    """Return a value as JSON; mappings and sequences of any type become objects and arrays."""
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:
        return json.dumps(value, default=_plain).encode()


def decode_json(data: bytes) -> Any:
    """Return the value of `encode_json`."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value)
