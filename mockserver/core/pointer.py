"""JSON pointers (RFC 6901): `/a~1b/0` are the keys `a/b` and `0`."""


def steps(pointer: str) -> tuple[str, ...]:
    """The keys that a pointer goes along; of an empty one none."""
    return tuple(map(unescaped, pointer.split("/")[1:]))


def escaped(key: str) -> str:
    """A key as a part of a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescaped(part: str) -> str:
    """A part of a pointer as the key that it stands for."""
    return part.replace("~1", "/").replace("~0", "~")
