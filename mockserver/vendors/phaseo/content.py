"""The bytes of a video, and signed links to them."""

import re
from typing import Any, Final

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, Trouble
from mockserver.vendors.commands import look
from mockserver.vendors.phaseo import clip
from mockserver.vendors.phaseo.errors import MAGIC, credentials, err, trouble
from mockserver.vendors.phaseo.handlers import answered, found
from mockserver.vendors.phaseo.models import FAILS_UPSTREAM
from mockserver.vendors.phaseo.signing import TTL, Link, address, read_link, sign

_WHY_NOT: Final = {"cancelled": "video_cancelled", "expired": "video_expired", "failed": "video_generation_failed"}
_HEADERS: Final = (
    ("Content-Type", clip.MIME_TYPE),
    ("Cache-Control", "private, no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Accept-Ranges", "bytes"),
)
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_HUGE: Final = 10**15


def content(call: Call) -> Answer:
    """GET /v1/videos/{video_id}/content: with a key, or with the query of a signed link."""
    link = read_link(call)
    if link is None:
        refused = _without_link(call)
        if refused is not None:
            return Answer(refused)
    elif link.video_id != call.params["video_id"]:
        mismatch = "signed_download_video_mismatch"
        return Answer(err(call, "validation_error", mismatch, video_id=call.params["video_id"]))
    job = found(call)
    return Answer(job if isinstance(job, Response) else _bytes(call, job, link))


def _without_link(call: Call) -> Response | None:
    """The 401 for a request that has neither a link nor a key."""
    key = credentials(call.request)
    what = key if isinstance(key, Trouble) else MAGIC.get(key)
    return None if what is None else trouble(call, what, "")


def _bytes(call: Call, job: Job, link: Link | None) -> Response:
    state = look(job, call.now).state
    if state != "completed":
        return _not_ready(call, job, state)
    index = link.output if link is not None else _index(call)
    if index >= job.spec["samples"]:
        return err(call, "upstream_error", "missing_video_uri", video_id=job.id, provider=job.spec["provider"])
    headers: tuple[tuple[str, str], ...] = _HEADERS
    if link is not None:
        headers = (*headers, ("Content-Disposition", f'{link.disposition}; filename="{_filename(job)}"'))
    return _part(call.request.headers.get("range", ""), headers)


def _filename(job: Job) -> str:
    return re.sub(r"[^\w.-]", "_", job.id, flags=re.ASCII) + ".mp4"


def _index(call: Call) -> int:
    asked = call.query("index").strip()
    return max(0, int(asked)) if _WHOLE.fullmatch(asked) else 0


def _not_ready(call: Call, job: Job, state: str) -> Response:
    """409, or what some providers make of a failed video: 502."""
    provider, reason = job.spec["provider"], _WHY_NOT.get(state, "video_not_ready")
    if state == "failed" and provider in FAILS_UPSTREAM:
        return err(call, "upstream_error", reason, video_id=job.id, provider=provider)
    return err(call, "not_ready", reason, video_id=job.id)


def _part(wanted: str, headers: tuple[tuple[str, str], ...]) -> Response:
    """The clip, or the one range of it that was asked for; any other sort of range is ignored (RFC 9110)."""
    found_range = _RANGE.fullmatch(wanted.strip())
    total = len(clip.BYTES)
    if found_range is None or found_range[0] == "bytes=-":
        return Response(200, headers, clip.BYTES)
    first, last = found_range[1], found_range[2]
    start = int(first) if first else max(0, total - int(last))
    end = min(int(last), total - 1) if first and last else total - 1
    if start > end:
        return Response(416, (*headers, ("Content-Range", f"bytes */{total}")))
    return Response(206, (*headers, ("Content-Range", f"bytes {start}-{end}/{total}")), clip.BYTES[start : end + 1])


def download_url(call: Call) -> Answer:
    """POST /v1/videos/{video_id}/download_url: the body is looked at before the video."""
    asked = _asked(call.body or {})
    video_id = call.params["video_id"]
    if asked is None:
        return Answer(err(call, "validation_error", "invalid_video_download_request", video_id=video_id))
    job = found(call)
    if isinstance(job, Response):
        return Answer(job)
    state = look(job, call.now).state
    if state != "completed":
        reason = "video_download_requires_completed_status"
        return Answer(err(call, "validation_error", reason, video_id=job.id, status=state))
    ttl, index, disposition = asked
    link, expires = sign(call, address(call, job.id), Link(job.id, index, disposition), call.now, ttl)
    return Answer(answered({"download_url": link, "expires_at": expires}))


def _asked(body: dict[str, Any]) -> tuple[int, int, str] | None:
    """Seconds to live, index and disposition; None where one of them is out of bounds (names in either case)."""
    ttl = _integer(_either(body, "ttl_seconds", "ttlSeconds"))
    index = _integer(body.get("index"))
    given = _either(body, "disposition", "content_disposition", "contentDisposition")
    disposition = "" if given is None else str(given).strip().lower()
    if (ttl is not None and ttl < 1) or (index is not None and index < 0):
        return None
    if disposition not in ("", "attachment", "inline"):
        return None
    return TTL if ttl is None else ttl, index or 0, disposition or "attachment"


def _either(body: dict[str, Any], *names: str) -> Any:
    return next((body[name] for name in names if body.get(name) is not None), None)


def _integer(value: Any) -> int | None:
    """A number, or a text that is one, cut to an integer; None for anything else, as the service reads it."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(max(-_HUGE, min(_HUGE, value)))
