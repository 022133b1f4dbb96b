"""Puts what the client knows into recorded answers: the ids of its jobs, and our address in URLs.

Ids are replaced as whole words, URLs only if what they name was recorded. Bodies that are no text stay as they are.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from mockserver.core.ids import seeded_int
from mockserver.core.wire import Response
from mockserver.recordings.bodies import is_text_type

_URL: Final = re.compile(r"https?://([^/\s\"'<>\\?#]+)(/[^\s\"'<>\\?#]*)?", re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
_RENEWED_CHARACTERS: Final = 8
"""Characters at the end of an id that a new id replaces: the beginning may say what kind of id it is."""
_ATTEMPTS: Final = 100
_DIGITS: Final = "0123456789"
_LETTERS: Final = "abcdef"


def fresh_id(recorded: str, number: int, is_taken: Callable[[str], bool]) -> str:
    """Return an id of the form of a recorded one that is not taken; `number` is that of the new ids before."""
    for attempt in range(number, number + _ATTEMPTS):
        candidate = _vary(recorded, attempt)
        if not is_taken(candidate):
            return candidate
    # A short id has no room for so many others.
    return f"{recorded}{number}"


def _vary(recorded: str, attempt: int) -> str:
    # Digits and a to f are right in every kind of id: hexadecimal, base 32, ULID.
    places = [index for index, char in enumerate(recorded) if char.isalnum() and char.isascii()]
    characters = list(recorded)
    for index in places[-_RENEWED_CHARACTERS:]:
        alphabet = _DIGITS if characters[index].isdigit() else _LETTERS
        place = seeded_int(0, len(alphabet) - 1, recorded, attempt, index)
        chosen = alphabet[place]
        characters[index] = chosen.upper() if recorded[index].isupper() else chosen
    return "".join(characters)


def replace_words(text: str, words: Mapping[str, str]) -> str:
    """Return a text with each whole word that `words` has replaced."""
    return _WORD.sub(lambda match: words.get(match[0], match[0]), text)


class UrlRewriter:
    """Replaces the origins of recorded URLs by our own."""

    def __init__(self, api_hosts: Collection[str], files: Collection[tuple[str, str]]) -> None:
        """Take the hosts whose every URL is ours, and host and path of every other one."""
        self._api_hosts = api_hosts
        self._files = files

    def rewrite(self, text: str, base_url: str) -> str:
        """Return a text with the URLs of what was recorded at `base_url`."""
        if "://" not in text:
            return text

        def at_our_address(match: re.Match[str]) -> str:
            host, path = match[1].lower(), match[2] or "/"
            if host in self._api_hosts or (host, path) in self._files:
                return base_url + (match[2] or "")
            return match[0]

        return _URL.sub(at_our_address, text)


def replace_id(text: str, recorded: str, served: str) -> str:
    """Return a text with an id replaced where it is not part of a longer word."""
    return re.sub(rf"(?<![A-Za-z0-9]){re.escape(recorded)}(?![A-Za-z0-9])", lambda _: served, text)


def rewrite_response(response: Response, rewrite: Callable[[str], str]) -> Response:
    """Return a response with its header values, and its body if that is text, rewritten."""
    headers = tuple((name, rewrite(value)) for name, value in response.headers)
    if not response.body or not is_text_type(response.header("content-type")):
        return response._replace(headers=headers)
    text = response.body.decode("utf-8", "surrogateescape")
    return response._replace(headers=headers, body=rewrite(text).encode("utf-8", "surrogateescape"))
