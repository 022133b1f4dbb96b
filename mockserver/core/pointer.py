"""JSON pointers (RFC 6901): `/a~1b/0` are the keys `a/b` and `0`."""


def parse_pointer(pointer: str) -> tuple[str, ...]:
    """The keys that a pointer goes along; of an empty one none."""
    return tuple(map(unescape_token, pointer.split("/")[1:]))


def escape_token(key: str) -> str:
    """A key as a part of a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape_token(token: str) -> str:
    """A part of a pointer as the key that it stands for."""
    return token.replace("~1", "/").replace("~0", "~")
