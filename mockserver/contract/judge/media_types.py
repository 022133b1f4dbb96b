"""The media type of an answer."""

from typing import Final

from mockserver.core.wire import Response

JSON_LINES_TYPES: Final = ("application/jsonl", "application/x-ndjson", "application/jsonlines")


def media_type(response: Response) -> str:
    """Return the content type in lower case, without its parameters; "" if the answer names none."""
    return (response.header("content-type") or "").split(";")[0].strip().lower()


def is_json_type(media: str) -> bool:
    """Return True for `application/json` and every `+json` type."""
    return media == "application/json" or media.endswith("+json")
