"""The bytes of a video, and the routes that serve them and make signed links to them.

Every completed job has the same video: five seconds of colour bars, 320x180, H.264 in MP4, made for this project; a
real, playable file, so that a client's player, prober or checksum has something to work on. It is kept as compressed
text because a module needs no data file beside it.
"""

import re
from base64 import b64decode
from hashlib import sha256
from typing import Any, Final
from zlib import decompress

from mockserver.core.job import Job
from mockserver.core.subset import is_number
from mockserver.core.wire import Request, Response
from mockserver.vendors.api import Answer, Call, RequestError, StoreChange
from mockserver.vendors.commands import count_keyed_request, snapshot
from mockserver.vendors.phaseo import errors
from mockserver.vendors.phaseo.download_links import DEFAULT_TTL, DownloadLink, job_url, parse_link, sign_link
from mockserver.vendors.phaseo.errors import error_response
from mockserver.vendors.phaseo.models import UPSTREAM_FAILURE_PROVIDERS
from mockserver.vendors.phaseo.requests import find_video
from mockserver.vendors.phaseo.responses import VIDEO_TYPE

_NOT_READY: Final = {"cancelled": "video_cancelled", "expired": "video_expired", "failed": "video_generation_failed"}
_CONTENT_HEADERS: Final = (
    ("Content-Type", VIDEO_TYPE),
    ("Cache-Control", "private, no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Accept-Ranges", "bytes"),
)
_RANGE: Final = re.compile(r"bytes=(\d{0,100})-(\d{0,100})", re.ASCII | re.IGNORECASE)
_INTEGER: Final = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_MAX_INTEGER: Final = 10**15


def get_content(call: Call) -> Answer:
    """GET /v1/videos/{video_id}/content: with a key, or with the query of a signed link, which no quota counts."""
    video_id = call.path_params["video_id"]
    link = parse_link(call)
    changes: tuple[StoreChange, ...] = ()
    # The engine checks no key for this route, because a link replaces it.
    if link is None:
        key = errors.parse_api_key(call.request)
        key_error = key if isinstance(key, RequestError) else errors.REFUSED_KEYS.get(key)
        if key_error is not None:
            return Answer(errors.render_request_error(call, key_error, ""))
        refusal, changes = count_keyed_request(call, "content")
        if refusal is not None:
            return Answer(refusal)
    elif link.video_id != video_id:
        return Answer(error_response(call, "validation_error", "signed_download_video_mismatch", video_id=video_id))
    job = find_video(call)
    if isinstance(job, Response):
        return Answer(job, changes)
    return Answer(_content_response(call, job, link), changes)


def _content_response(call: Call, job: Job, link: DownloadLink | None) -> Response:
    provider = job.spec["provider"]
    state = snapshot(job, call.now).state
    if state != "completed":
        reason = _NOT_READY.get(state, "video_not_ready")
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
    return _range_response(call.request, headers)


def _range_response(request: Request, headers: tuple[tuple[str, str], ...]) -> Response:
    """Return the video, or the range of it that was requested; other kinds of ranges are ignored (RFC 9110).

    So is a range of another method than GET, and one under `If-Range`: no answer here has a validator to compare with.
    """
    requested = _RANGE.fullmatch(request.headers.get("range", "").strip())
    total = len(VIDEO_BYTES)
    ignored = request.method != "GET" or "if-range" in request.headers
    if requested is None or ignored or not (requested[1] or requested[2]):
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


def create_download_url(call: Call) -> Answer:
    """POST /v1/videos/{video_id}/download_url: the body (names in either case) is checked before the video."""
    body = call.body or {}
    ttl = _parse_integer(_first_given(body, "ttl_seconds", "ttlSeconds"))
    index = _parse_integer(body.get("index"))
    disposition = _first_given(body, "disposition", "content_disposition", "contentDisposition")
    if disposition is None:
        disposition = ""
    disposition = str(disposition).strip().lower()
    out_of_bounds = (ttl is not None and ttl < 1) or (index is not None and index < 0)
    if out_of_bounds or disposition not in ("", "attachment", "inline"):
        video_id = call.path_params["video_id"]
        return Answer(error_response(call, "validation_error", "invalid_video_download_request", video_id=video_id))
    job = find_video(call)
    if isinstance(job, Response):
        return Answer(job)
    state = snapshot(job, call.now).state
    if state != "completed":
        reason = "video_download_requires_completed_status"
        return Answer(error_response(call, "validation_error", reason, video_id=job.id, status=state))
    link = DownloadLink(job.id, index or 0, disposition or "attachment")
    url, expires = sign_link(call, job_url(call, "videos", job.id), link, call.now, ttl or DEFAULT_TTL)
    return Answer(errors.uncached_json({"download_url": url, "expires_at": expires}))


def _first_given(body: dict[str, Any], *names: str) -> Any:
    return next((body[name] for name in names if body.get(name) is not None), None)


def _parse_integer(value: Any) -> int | None:
    """Return a number, or a text that is one, cut to an integer; None for anything else, as the service reads it."""
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if not is_number(value):
        return None
    return int(max(-_MAX_INTEGER, min(_MAX_INTEGER, value)))


VIDEO_BYTES: Final = decompress(
    b64decode(
        "eNpjYGBQSCupLMgszs9lYGBiANFAbJRYlmyYW2BiyMDAnJWbn1/GwMCQk1uWkcKAAphfMDAIdzAwMoAQAjCiqkLnOzDgBUxAtLOkKDEbyI4pyQbb"
        "yYxpGtBeBvz2YLOXEURsAXNVUlNKioG0TGpOcQlCB9RcsF4mw9yUzEQgQyE3Bd3vGkB8giH0CJijm5GSUwSTKctMSUVWGQbk53sk5qXkpILUMN7J"
        "zcxLAzJEynLBhiI7UyUFIieTUpSahuQNntKiHAUIm3FOcUlSDpB9oLikOAVJzQZQpOEICpDHtzB4ABkeMAEeH6B6hZzMpAojMxNsESHx/z+QNAOq"
        "cmZ0OiD6/yGDbDqQXibIylZXw7pCQEALFDFMIEJETidGmZGBLeOEE/OkE0BdAgWJxQVQd4CwSFJJETSQ2Sxg5heXgCMA5l5JBgYOEFsE6C9kcRCW"
        "AYolo4lJQukKoFwVkruB4kxJQDoIiOWAWAyIBYGYHxSORGJuIjDQncn5CDcxzwLStqUpJaAEY5qbCqZBQBE5cQATVFFiQUEOckBzZEJSIEdaUSow"
        "5TC/zk1JBPKZ4lI7mpjsfAIYBKbtM+JaFNssWhQYbvNhxQIGN2sZ3kMfJyRIBbOwLmL9yLBRgFtQMUlFR05SfPHsx4pNHxmm5UiGq2o9n8d1p/C6"
        "zYcI/hoHBjUpBQZJJn/WjR+P/Thhqi/A8dmxa+eU0PN3hLv3GcnxMM1Q4OAUUIiwMTOoyHFp7fGImCddZV0wt/QyC+vLJqmXz2qDLl++bnzp8nUf"
        "QbNdL182Wb1eN2/erqqqly9fL1++bl7elS1fvl6PtbUt+fIVqNDfH8IkT+Qsq8MDhgBxFgaWlJBr5R0MHCdW/FjMvWPa/g/yEs6N1l8PKZdx6L1l"
        "VzBTYkziazRkbzt49XHU/5Yai6L5bAcy7B3OO3wSPekZs4dfaUfp3jUuHnwMTEzMvMsDGhhOCDjn5lY7H28oiFLia1luw73A5mhxiT7zEuvZ0XHy"
        "/QwPtosw8BdYCAVY3bBk3Hjwgpp1dORixqtNDK5OviYPSySZJG/tfh3/oXPCGz7h3uL7//sPsx5ieMjU5fhZiL3V3CJ2x///Dw8GHBBklGhM7mDt"
        "Xf9Psb3p8lHGB4UdanEKEe///2hndWfWjajket7eMd06nHtxw8SXx/f/0zxqIPiH3zDmWfvhH+wcLQwuSmdNt/5/6MDHXX7RIaPgJd/z273PFrl9"
        "/n+Y4YLi3vf7cmuzc7T9jY5f2bLlI5/mrWnzyua/vHZtrsbigEPZa2/x3Dp7bxowasARA4yk1+tACBhRkBirAvHXA1Ocn+MsGZaaCce/8oRttHFR"
        "DTvylaNevcveveZvJd+H9gnvOeDUp/kd1s9fvJ8/+aDe1I/cNoZ7FB/yc3i32CgKle9Xuf3RvfqT/P4AoIlSjrO0GOXtrDsfMu/RKG/VE9kR9NB5"
        "D4eB0cElQFkhx1nWjPKsM3o0a0BQo7zxGlCU13GWJ4P7wTRjpjZt5jWg3OU4K9LB/cBPpw1WB0D5wnFWZoP7gQoou/IAgt3RIPhBzgDCnjEBwV6x"
        "AMHesQHBPnEAwb5xAcF+8QDB/vEBymZ3nM3A8YNfAsIUQDAVEEwDBNMBwQxAMBMQzAKOChizQf6BTQIAzOwC1w=="
    )
)
SHA256: Final = sha256(VIDEO_BYTES).hexdigest()
