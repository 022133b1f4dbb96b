"""The bytes of a video, and signed links to them."""

import re
from typing import Any, Final

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, RequestError
from mockserver.vendors.commands import snapshot
from mockserver.vendors.phaseo import sample_video
from mockserver.vendors.phaseo.download_links import DEFAULT_TTL, DownloadLink, parse_link, polling_url, sign_link
from mockserver.vendors.phaseo.errors import REFUSED_KEYS, error_response, parse_api_key, render_request_error
from mockserver.vendors.phaseo.models import UPSTREAM_FAILURE_PROVIDERS
from mockserver.vendors.phaseo.operations import find_video, uncached_json

_NOT_READY_REASONS: Final = {
    "cancelled": "video_cancelled",
    "expired": "video_expired",
    "failed": "video_generation_failed",
}
_CONTENT_HEADERS: Final = (
    ("Content-Type", sample_video.MIME_TYPE),
    ("Cache-Control", "private, no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Accept-Ranges", "bytes"),
)
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_MAX_INTEGER: Final = 10**15


def get_content(call: Call) -> Answer:
    """GET /v1/videos/{video_id}/content: with a key, or with the query of a signed link."""
    link = parse_link(call)
    if link is None:
        refused = _key_error(call)
        if refused is not None:
            return Answer(refused)
    elif link.video_id != call.path_params["video_id"]:
        mismatch = "signed_download_video_mismatch"
        return Answer(error_response(call, "validation_error", mismatch, video_id=call.path_params["video_id"]))
    job = find_video(call)
    return Answer(job if isinstance(job, Response) else _content_response(call, job, link))


def _key_error(call: Call) -> Response | None:
    """The 401 for a request that has neither a link nor a key."""
    key = parse_api_key(call.request)
    what = key if isinstance(key, RequestError) else REFUSED_KEYS.get(key)
    return None if what is None else render_request_error(call, what, "")


def _content_response(call: Call, job: Job, link: DownloadLink | None) -> Response:
    state = snapshot(job, call.now).state
    if state != "completed":
        return _not_ready_error(call, job, state)
    index = link.output if link is not None else _output_index(call)
    if index >= job.spec["samples"]:
        return error_response(
            call, "upstream_error", "missing_video_uri", video_id=job.id, provider=job.spec["provider"]
        )
    headers: tuple[tuple[str, str], ...] = _CONTENT_HEADERS
    if link is not None:
        headers = (*headers, ("Content-Disposition", f'{link.disposition}; filename="{_download_filename(job)}"'))
    return _range_response(call.request.headers.get("range", ""), headers)


def _download_filename(job: Job) -> str:
    return re.sub(r"[^\w.-]", "_", job.id, flags=re.ASCII) + ".mp4"


def _output_index(call: Call) -> int:
    asked = call.query("index").strip()
    return max(0, int(asked)) if _INTEGER.fullmatch(asked) else 0


def _not_ready_error(call: Call, job: Job, state: str) -> Response:
    """409, or what some providers make of a failed video: 502."""
    provider, reason = job.spec["provider"], _NOT_READY_REASONS.get(state, "video_not_ready")
    if state == "failed" and provider in UPSTREAM_FAILURE_PROVIDERS:
        return error_response(call, "upstream_error", reason, video_id=job.id, provider=provider)
    return error_response(call, "not_ready", reason, video_id=job.id)


def _range_response(range_header: str, headers: tuple[tuple[str, str], ...]) -> Response:
    """The clip, or the one range of it that was asked for; any other sort of range is ignored (RFC 9110)."""
    found_range = _RANGE.fullmatch(range_header.strip())
    total = len(sample_video.VIDEO_BYTES)
    if found_range is None or found_range[0] == "bytes=-":
        return Response(200, headers, sample_video.VIDEO_BYTES)
    first, last = found_range[1], found_range[2]
    start = int(first) if first else max(0, total - int(last))
    end = min(int(last), total - 1) if first and last else total - 1
    if start > end:
        return Response(416, (*headers, ("Content-Range", f"bytes */{total}")))
    return Response(
        206, (*headers, ("Content-Range", f"bytes {start}-{end}/{total}")), sample_video.VIDEO_BYTES[start : end + 1]
    )


def create_download_url(call: Call) -> Answer:
    """POST /v1/videos/{video_id}/download_url: the body is looked at before the video."""
    asked = _parse_link_request(call.body or {})
    video_id = call.path_params["video_id"]
    if asked is None:
        return Answer(error_response(call, "validation_error", "invalid_video_download_request", video_id=video_id))
    job = find_video(call)
    if isinstance(job, Response):
        return Answer(job)
    state = snapshot(job, call.now).state
    if state != "completed":
        reason = "video_download_requires_completed_status"
        return Answer(error_response(call, "validation_error", reason, video_id=job.id, status=state))
    ttl, index, disposition = asked
    link, expires = sign_link(call, polling_url(call, job.id), DownloadLink(job.id, index, disposition), call.now, ttl)
    return Answer(uncached_json({"download_url": link, "expires_at": expires}))


def _parse_link_request(body: dict[str, Any]) -> tuple[int, int, str] | None:
    """Seconds to live, index and disposition; None where one of them is out of bounds (names in either case)."""
    ttl = _parse_integer(_first_given(body, "ttl_seconds", "ttlSeconds"))
    index = _parse_integer(body.get("index"))
    given = _first_given(body, "disposition", "content_disposition", "contentDisposition")
    disposition = "" if given is None else str(given).strip().lower()
    if (ttl is not None and ttl < 1) or (index is not None and index < 0):
        return None
    if disposition not in ("", "attachment", "inline"):
        return None
    return DEFAULT_TTL if ttl is None else ttl, index or 0, disposition or "attachment"


def _first_given(body: dict[str, Any], *names: str) -> Any:
    return next((body[name] for name in names if body.get(name) is not None), None)


def _parse_integer(value: Any) -> int | None:
    """A number, or a text that is one, cut to an integer; None for anything else, as the service reads it."""
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(max(-_MAX_INTEGER, min(_MAX_INTEGER, value)))
