"""JSON pointers (RFC 6901): `/a~1b/0` are the keys `a/b` and `0`."""

from collections.abc import Iterable


def parse_pointer(pointer: str) -> tuple[str, ...]:
    """Return the keys of a pointer; none for the empty pointer."""
    return tuple(map(unescape_token, pointer.split("/")[1:]))


def render_pointer(keys: Iterable[str]) -> str:
    """Return the pointer of these keys; empty for none."""
    return "".join("/" + escape_token(key) for key in keys)


def fits_pattern(pointer: str, pattern: str) -> bool:
    """Return True if a pointer fits another one in which `*` stands for any one key."""
    tokens, parts = pointer.split("/"), pattern.split("/")
    return len(tokens) == len(parts) and all(part in ("*", token) for part, token in zip(parts, tokens, strict=True))


def escape_token(key: str) -> str:
    """Escape a key for a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape_token(token: str) -> str:
    """Return the key that a part of a pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")
