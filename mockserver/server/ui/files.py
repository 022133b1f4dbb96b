"""The files of the live page: served from one folder, each under the name that it has there.

The files are read once, at the first request for one of them; the looks of the timeline, which the reports have too,
stand before those of the page. A request's path is looked up among their names, so that
no path leads out of the folder. They have no secret and no session's data: the page itself asks for those.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.core.wire import Request, Response
from mockserver.drawing.tracks import stylesheet
from mockserver.errors import did_you_mean
from mockserver.server.admin_access import PAGE_PATH
from mockserver.server.problem import problem_response

FOLDER: Final = Path(__file__).parent / "static"
INDEX: Final = "index.html"
_MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""By the end of a file's name; other files are not served."""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-cache"),
)


class PageFile(NamedTuple):
    """One file of the page."""

    media_type: str
    etag: str
    data: bytes


def file_response(request: Request, path: str) -> Response:
    """Return the answer to a request for the page (`ui`, `ui/`) or one of its files (`ui/app.js`)."""
    if request.method not in ("GET", "HEAD"):
        refused = problem_response(405, "ADM001", f"{path[:80]} is a file: GET reads it", f"GET /__mock/{PAGE_PATH}/")
        return refused._replace(headers=(*refused.headers, ("Allow", "GET, HEAD")))
    if path == PAGE_PATH:
        # Relative, so that a prefix of the session stays.
        return Response(308, (("Location", f"{PAGE_PATH}/"),))
    name = path.removeprefix(f"{PAGE_PATH}/") or INDEX
    files = read_files(FOLDER)
    found = files.get(name)
    if found is None:
        near = did_you_mean(name[:80], files)
        return problem_response(404, "ADM001", f"the page has no file {name[:80]!r}{near}", f"GET /__mock/{PAGE_PATH}/")
    headers = (("Content-Type", found.media_type), ("ETag", found.etag), *_HEADERS)
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(304, headers[1:])
    return Response(200, headers, found.data)


@lru_cache(maxsize=4)
def read_files(folder: Path) -> dict[str, PageFile]:
    """Return the files of a folder by their names below it, `lib/x.js`, if their kind is served."""
    files = {}
    for path in sorted(folder.rglob("*")):
        media_type = _MEDIA_TYPES.get(path.suffix)
        if media_type is None or not path.is_file() or path.is_symlink():
            continue
        data = path.read_bytes()
        if path.suffix == ".css":
            data = stylesheet().encode() + data
        # Weak: the same file is also sent compressed.
        etag = f'W/"{hashlib.sha256(data).hexdigest()[:20]}"'
        files[path.relative_to(folder).as_posix()] = PageFile(media_type, etag, data)
    return files
