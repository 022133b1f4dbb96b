"""The bytes of a video, and the routes that serve them and make signed links to them.

Every completed job has the same video: five seconds of colour bars, 320x180, H.264 in MP4, made for this project; a
real, playable file, so that a client's player, prober or checksum has something to work on. It is kept as text because
a module needs no data file beside it.
"""

import re
from base64 import b64decode
from hashlib import sha256
from typing import Any, Final, NamedTuple

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, RequestError
from mockserver.vendors.commands import snapshot
from mockserver.vendors.phaseo.download_links import DEFAULT_TTL, DownloadLink, parse_link, polling_url, sign_link
from mockserver.vendors.phaseo.errors import (
    REFUSED_KEYS,
    error_response,
    parse_api_key,
    render_request_error,
    uncached_json,
)
from mockserver.vendors.phaseo.models import UPSTREAM_FAILURE_PROVIDERS
from mockserver.vendors.phaseo.requests import find_video
from mockserver.vendors.phaseo.responses import VIDEO_TYPE

_NOT_READY_REASONS: Final = {
    "cancelled": "video_cancelled",
    "expired": "video_expired",
    "failed": "video_generation_failed",
}
_CONTENT_HEADERS: Final = (
    ("Content-Type", VIDEO_TYPE),
    ("Cache-Control", "private, no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Accept-Ranges", "bytes"),
)
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_MAX_INTEGER: Final = 10**15


def get_content(call: Call) -> Answer:
    """GET /v1/videos/{video_id}/content: with a key, or with the query of a signed link."""
    video_id = call.path_params["video_id"]
    link = parse_link(call)
    # The engine checks no key for this route, because a link replaces it.
    if link is None:
        key = parse_api_key(call.request)
        key_error = key if isinstance(key, RequestError) else REFUSED_KEYS.get(key)
        if key_error is not None:
            return Answer(render_request_error(call, key_error, ""))
    elif link.video_id != video_id:
        return Answer(error_response(call, "validation_error", "signed_download_video_mismatch", video_id=video_id))
    job = find_video(call)
    if isinstance(job, Response):
        return Answer(job)
    return Answer(_content_response(call, job, link))


def _content_response(call: Call, job: Job, link: DownloadLink | None) -> Response:
    provider = job.spec["provider"]
    state = snapshot(job, call.now).state
    if state != "completed":
        reason = _NOT_READY_REASONS.get(state, "video_not_ready")
        if state == "failed" and provider in UPSTREAM_FAILURE_PROVIDERS:
            return error_response(call, "upstream_error", reason, video_id=job.id, provider=provider)
        return error_response(call, "not_ready", reason, video_id=job.id)
    headers: tuple[tuple[str, str], ...] = _CONTENT_HEADERS
    if link is not None:
        index = link.output
        file_name = re.sub(r"[^\w.-]", "_", job.id, flags=re.ASCII) + ".mp4"
        headers = (*headers, ("Content-Disposition", f'{link.disposition}; filename="{file_name}"'))
    else:
        index = max(0, _parse_integer(call.query("index")) or 0)
    if index >= job.spec["samples"]:
        return error_response(call, "upstream_error", "missing_video_uri", video_id=job.id, provider=provider)
    return _range_response(call.request.headers.get("range", ""), headers)


def _range_response(range_header: str, headers: tuple[tuple[str, str], ...]) -> Response:
    """Return the video, or the range of it that was requested; other kinds of ranges are ignored (RFC 9110)."""
    requested = _RANGE.fullmatch(range_header.strip())
    total = len(VIDEO_BYTES)
    if requested is None or requested[0] == "bytes=-":
        return Response(200, headers, VIDEO_BYTES)
    first, last = requested[1], requested[2]
    # `bytes=-5` are the last five bytes, `bytes=5-` all from the sixth.
    start, end = int(first or 0), total - 1
    if not first:
        start = max(0, total - int(last))
    elif last:
        end = min(int(last), end)
    if start > end:
        return Response(416, (*headers, ("Content-Range", f"bytes */{total}")))
    return Response(206, (*headers, ("Content-Range", f"bytes {start}-{end}/{total}")), VIDEO_BYTES[start : end + 1])


class _LinkRequest(NamedTuple):
    ttl: int
    """Seconds."""
    output: int
    disposition: str


def create_download_url(call: Call) -> Answer:
    """POST /v1/videos/{video_id}/download_url: the body is checked before the video."""
    request = _parse_link_request(call.body or {})
    if request is None:
        video_id = call.path_params["video_id"]
        return Answer(error_response(call, "validation_error", "invalid_video_download_request", video_id=video_id))
    job = find_video(call)
    if isinstance(job, Response):
        return Answer(job)
    state = snapshot(job, call.now).state
    if state != "completed":
        reason = "video_download_requires_completed_status"
        return Answer(error_response(call, "validation_error", reason, video_id=job.id, status=state))
    link = DownloadLink(job.id, request.output, request.disposition)
    url, expires = sign_link(call, polling_url(call, job.id), link, call.now, request.ttl)
    return Answer(uncached_json({"download_url": url, "expires_at": expires}))


def _parse_link_request(body: dict[str, Any]) -> _LinkRequest | None:
    """Parse the body (names in either case); None if a value is out of bounds."""
    ttl = _parse_integer(_first_given(body, "ttl_seconds", "ttlSeconds"))
    index = _parse_integer(body.get("index"))
    disposition = _first_given(body, "disposition", "content_disposition", "contentDisposition")
    disposition = str("" if disposition is None else disposition).strip().lower()
    if (ttl is not None and ttl < 1) or (index is not None and index < 0):
        return None
    if disposition not in ("", "attachment", "inline"):
        return None
    return _LinkRequest(ttl or DEFAULT_TTL, index or 0, disposition or "attachment")


def _first_given(body: dict[str, Any], *names: str) -> Any:
    return next((body[name] for name in names if body.get(name) is not None), None)


def _parse_integer(value: Any) -> int | None:
    """Return a number, or a text that is one, cut to an integer; None for anything else, as the service reads it."""
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(max(-_MAX_INTEGER, min(_MAX_INTEGER, value)))


VIDEO_BYTES: Final = b64decode(
    "AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAANqbW9vdgAAAGxtdmhkAAAAAAAAAAAAAAAAAAAD6AAAE4gAAQAAAQAA"
    "AAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgAA"
    "Arl0cmFrAAAAXHRraGQAAAADAAAAAAAAAAAAAAABAAAAAAAAE4gAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAA"
    "AAAAAAAAAAAAAABAAAAAAUAAAAC0AAAAAAAkZWR0cwAAABxlbHN0AAAAAAAAAAEAABOIAAAAAAABAAAAAAIxbWRpYQAAACBtZGhk"
    "AAAAAAAAAAAAAAAAAAAoAAAAyABVxAAAAAAALWhkbHIAAAAAAAAAAHZpZGUAAAAAAAAAAAAAAABWaWRlb0hhbmRsZXIAAAAB3G1p"
    "bmYAAAAUdm1oZAAAAAEAAAAAAAAAAAAAACRkaW5mAAAAHGRyZWYAAAAAAAAAAQAAAAx1cmwgAAAAAQAAAZxzdGJsAAAAwHN0c2QA"
    "AAAAAAAAAQAAALBhdmMxAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAUAAtABIAAAASAAAAAAAAAABDExhdmMgbGlieDI2NAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAGP//AAAANmF2Y0MBQsAV/+EAHWdCwBWmEQUGfnwFqBAQKgAAAwACAAADABQeLFwjAQAGaMhCA5LIAAAA"
    "EHBhc3AAAAABAAAAAQAAABRidHJ0AAAAAAAABjgAAAAAAAAAGHN0dHMAAAAAAAAAAQAAABkAAAgAAAAAFHN0c3MAAAAAAAAAAQAA"
    "AAEAAAAcc3RzYwAAAAAAAAABAAAAAQAAABkAAAABAAAAeHN0c3oAAAAAAAAAAAAAABkAAAJiAAAAUgAAAB4AAAAWAAAAEQAAAA8A"
    "AAAMAAAADAAAAAwAAAAMAAAADAAAAAwAAAAMAAAADAAAAAwAAAAMAAAACwAAAAsAAAALAAAACwAAAAsAAAALAAAACwAAAAsAAAAL"
    "AAAAFHN0Y28AAAAAAAAAAQAAA5oAAAA9dWR0YQAAADVtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABtZGlyYXBwbAAAAAAAAAAAAAAA"
    "AAhpbHN0AAAACGZyZWUAAAPrbWRhdAAAAl5liIICPkxQABCWvjIKol2DFXJRVzzwqKAARjscDcLxkGAaUwQFogXxALEQCxEhYiQs"
    "HhkXo5vjIYLxAJZsGVclKueeCtxx1zzwWA98QAAmGiAAGQJPBbHxxvjINS8QCPNBirmUVc/cE4u+Mh4MApggCAkQIFg8NjB4bESF"
    "jEhYnht6O3CdddMEBemCGunmfVLT09cz0tPXTBE2uunpgjrrrp6eunp66enrp6eunm7UtPT11109PXT09dPT109PXT09dPT11109"
    "PXT09dPT109PXT09dPT11109PXT09dPT109PXT09dPT11109PXT09dPT109PXT09dPT1zQVA4ABQFwQABGRU1neIAAjIqPijC7iW"
    "v/AfGEOBO/XCI3YILu0HIDYiAWIOgTEHhsHV41r/hHw4cp8GwGg/QM9A8hXJSVy8DyK4db2sREgOAAICAw2nUIAAyBBDbW17Q8eA"
    "cFoiDoSnPAugPMVzdC8DpDubW14fjwDgtxQAD3A4ElA62DkBscHQJjtbWaMB1YIARUJNNOF0GQIZ2rvrX/CJkOwOE41z3/+PwwXC"
    "AOECikHzEgeFNzhduP//4cFQwBEBGIFjiAWNr/4hh4LTxQHgcYgmXiBY7//4hwVHAy1YeQrnh4iXO1cLo4CR6ce//inFMBH8DzFc"
    "5ofD+AcIhABEIs01tf/hQA4Ld9FAaHDpDufbjeaiRvP/wwDQIb3vvm19a2wrTzLH1LS08Q4p2paedp/p1tadKKNQwmut2gzazd6W"
    "unp666enrp6enrrrrrrrrrrp6euunp66enp66666668AAABOQZocBHyQx/UMVrE8RCVWxPUIfyeKP0d8/XkO8IeQ7wh5DvCHkO8I"
    "eQ7yn4g75+jvn5PBLpXxCzwxvCHhDwhLhDwhEne/JNvxR3vyH79QAAAAGkGaKgEfPjuJ4QO8KHeFLhS4UuFDvAgwMsGkAAAAEkGa"
    "OwEfBZiMKXwpfCl8KHeB1gAAAA1BmkkAR8FmMwKGKwOsAAAAC0GaWUBHwPlCsDrAAAAACEGaaYBHwHjAAAAACEGaecBHwHjAAAAA"
    "CEGaiIAR8B4wAAAACEGamJAR8B4wAAAACEGaqKAR8B4wAAAACEGauLAR8B4wAAAACEGayMAR8B4wAAAACEGa2NAR8B4wAAAACEGa"
    "6OAR8B4wAAAACEGa+PAR8B4wAAAAB0GbAAj4DxgAAAAHQZsQCPgPGAAAAAdBmyAI+A8YAAAAB0GbMAj4DxgAAAAHQZtACPgPGAAA"
    "AAdBm1AI+A8YAAAAB0GbYAj4DxgAAAAHQZtwCHgPGAAAAAdBm4Af4Dxg"
)
SHA256: Final = sha256(VIDEO_BYTES).hexdigest()
