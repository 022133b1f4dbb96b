"""Decides whether an entry of a HAR is an answer of the server, or one of the browser or the recording tool.

Every exporter has fields of its own for that, and writes them into the entry or into the response: Chrome `_fromCache`,
Safari `_fetchType`, Playwright `_wasFulfilled`. Names are compared in lower case without the characters between their
words, so that `fromDiskCache` and `_from_disk_cache` are one.
"""

import re
from functools import lru_cache
from typing import Final

from mockserver.recordings import http_fields
from mockserver.recordings.http_fields import JsonObject, as_object

FROM_CACHE: Final = "answered from the browser's cache"
FROM_WORKER: Final = "answered by a service worker"
FROM_TOOL: Final = "answered by the recording tool"
BROWSER_REDIRECT: Final = "redirect made by the browser"
TO_HTTPS: Final = "redirect to https"

_SEPARATORS: Final = re.compile(r"[^a-z]+")
_FLAGS: Final = {
    "fromcache": FROM_CACHE,
    "fromdiskcache": FROM_CACHE,
    "frommemorycache": FROM_CACHE,
    "fromprefetchcache": FROM_CACHE,
    "fromhttpcache": FROM_CACHE,
    "servedfromcache": FROM_CACHE,
    "fetchedviaserviceworker": FROM_WORKER,
    "fromserviceworker": FROM_WORKER,
    "servedbyserviceworker": FROM_WORKER,
    "servedfromserviceworker": FROM_WORKER,
    "wasfulfilled": FROM_TOOL,
}
"""Fields that say by their name who answered, unless they are false or empty."""
_SOURCE_FIELDS: Final = frozenset(("fetchtype", "source", "responsesource", "resourcesource", "loadedfrom"))
"""Fields that say by their value who answered."""
_SOURCES: Final = (("worker", FROM_WORKER), ("cache", FROM_CACHE), ("override", FROM_TOOL))
_FALSE_WORDS: Final = ("", "false", "no", "none", "0")
_REDIRECTS: Final = (301, 302, 307, 308)


def foreign_origin(entry: JsonObject, recorded: JsonObject) -> str | None:
    """Return why the answer `recorded` of an entry is not the server's; None if it is."""
    # Playwright and Chrome write the same flag into different objects; the response's wins.
    for field, value in {**entry, **recorded}.items():
        name = _plain_name(str(field))
        # Only of such a field: the text of others holds whole bodies.
        if name in _FLAGS and value is not None and str(value).lower() not in _FALSE_WORDS:
            return _FLAGS[name]
        if name in _SOURCE_FIELDS and isinstance(value, str):
            for part, reason in _SOURCES:
                if part in value.lower():
                    return reason
    if _was_read_from_cache(entry, recorded):
        return FROM_CACHE
    return _own_redirect(as_object(entry.get("request")), recorded)


@lru_cache(maxsize=256)
def _plain_name(field: str) -> str:
    """Return the name of a field in lower case, without the characters between its words."""
    return _SEPARATORS.sub("", field.lower())


def _was_read_from_cache(entry: JsonObject, recorded: JsonObject) -> bool:
    """Return True for HAR's own way to say it (inferred): a state of the cache, and neither a wait nor a transfer."""
    cache, timings = as_object(entry.get("cache")), as_object(entry.get("timings"))
    has_state = any(isinstance(cache.get(name), dict) for name in ("beforeRequest", "afterRequest"))
    return has_state and timings.get("wait") in (0, -1) and recorded.get("bodySize") in (0, -1)


def _own_redirect(request: JsonObject, recorded: JsonObject) -> str | None:
    """Return why a redirect says nothing about the API: the browser made it (HSTS), or only the scheme changes."""
    status = http_fields.parse_int(recorded.get("status"))
    if status not in _REDIRECTS:
        return None
    headers = http_fields.parse_headers(recorded.get("headers"))
    status_text = str(recorded.get("statusText", "")).lower()
    if http_fields.first_header(headers, "non-authoritative-reason") or status_text == "internal redirect":
        return BROWSER_REDIRECT
    url, location = request.get("url"), http_fields.first_header(headers, "location") or recorded.get("redirectURL")
    if not isinstance(url, str) or not isinstance(location, str):
        return None
    is_upgrade = url.lower().startswith("http://") and location.lower().startswith("https://")
    if is_upgrade and http_fields.parse_address(url) == http_fields.parse_address(location):
        return TO_HTTPS
    return None
