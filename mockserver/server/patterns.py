"""What an admin call says about requests, as a pattern: a word that no vendor has is refused, as it proves nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from mockserver.engine.asked_for import Pattern, known_status
from mockserver.errors import nearest, refuse
from mockserver.server.ask import Ask, text, wrong

WORDS: Final = ("vendor", "operation", "method", "path", "job", "status", "body", "headers")
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def pattern(ask: Ask) -> Pattern:
    """The pattern that a call's fields make."""
    eras = ask.session.setup.eras
    vendor = _word(ask, "vendor", tuple(eras))
    operations = {one.name for name, era in eras.items() if vendor in ("", name) for one in era.operations}
    status = ask.body.get("status")
    if status is not None and not known_status(status):
        raise wrong("status is a number from 100 to 599, or a class such as 4xx", status, '{"status": 409}')
    path = text(ask, "path")
    if path and not path.startswith("/"):
        raise wrong("path begins with a slash", path, '{"path": "/v1/videos/*/cancel"}')
    return Pattern(
        vendor,
        _word(ask, "operation", tuple(sorted(operations))),
        _word(ask, "method", METHODS),
        path,
        text(ask, "job"),
        status,
        ask.body.get("body"),
        _headers(ask),
    )


def patterns(ask: Ask, name: str) -> tuple[Pattern, ...]:
    """A field that is a list of patterns."""
    listed = ask.body.get(name, [])
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) and one for one in listed):
        raise wrong(f"{name} is a list of requests", listed, f'{{"{name}": [{{"operation": "create"}}]}}')
    return tuple(_one(ask, name, place, one) for place, one in enumerate(listed))


def _one(ask: Ask, name: str, place: int, fields: Mapping[str, Any]) -> Pattern:
    for word in fields:
        if word not in WORDS:
            hint = f"fields: {', '.join(WORDS)}"
            raise refuse("ADM002", f"{name}[{place}]: unknown field {word[:80]!r}{nearest(word[:80], WORDS)}", hint)
    return pattern(replace(ask, body=fields))


def _word(ask: Ask, name: str, known: tuple[str, ...]) -> str:
    word = text(ask, name)
    if word and word not in known:
        raise refuse("ADM003", f"no {name} {word[:80]!r}{nearest(word[:80], known)}", f"{name}: {', '.join(known)}")
    return word


def _headers(ask: Ask) -> Mapping[str, str]:
    given = ask.body.get("headers", {})
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise wrong("headers are names and texts", given, '{"headers": {"Idempotency-Key": "a"}}')
    return {name.lower(): value for name, value in given.items()}
