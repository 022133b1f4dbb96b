"""What a project was made from, and what follows from it alone: its source, its length, what it costs.

The keys of a spec are those of the project on the wire (the page of cancel-project). Nobody looks at the video: its
length is chosen by the project's id, and reaches as far as the window that was asked for.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from mockserver.core.ids import seeded_int
from mockserver.core.instants import Instant
from mockserver.core.job import Job, replay
from mockserver.vendors.api import LedgerEntry
from mockserver.vendors.reap.requests import CREATE_FIELDS, with_defaults

MAX_VIDEO_SECONDS: Final = 86_400
"""Seconds; a window that reaches further ends here, so that nothing costs more than a day."""
MIN_WINDOW_SECONDS: Final = 60
"""Seconds that create-clips wants at the least, seen live 2026-07-07."""

_SOURCE_BY_HOST: Final[Mapping[str, str]] = {
    "youtube.com": "Youtube",
    "youtu.be": "Youtube",
    "vimeo.com": "Vimeo",
    "twitch.tv": "TwitchVod",
    "twitter.com": "Twitter",
    "x.com": "Twitter",
    "rumble.com": "RumbleEmbed",
}
"""The `source` that a host means; the names are those of the page of cancel-project, the hosts are inferred."""


def host_of(url: str) -> str:
    """A URL's host in lower case, or the text itself where it has none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        host = None
    return host or url


def is_fetchable(url: str) -> bool:
    """Whether the fake takes the URL for one it could read from: http(s), and no host under `.invalid`.

    Which hosts the service cannot read from is not known; `.invalid` is reserved for names that never resolve.
    """
    host = host_of(url)
    return host != url and not f".{host}".rstrip(".").endswith(".invalid")


def source_name(url: str) -> str:
    """The `source` of a project made from a URL; without one it was an upload."""
    if not url:
        return "Upload"
    host = host_of(url)
    return next((name for end, name in _SOURCE_BY_HOST.items() if host == end or host.endswith(f".{end}")), "Generic")


def default_title(url: str) -> str:
    """A first title: the file's name in the URL, else `video.mp4` (inferred: the pages say "usually the filename")."""
    path = url.partition("?")[0].partition("#")[0] if host_of(url) != url else ""
    name = unquote(path.split("//", 1)[-1].partition("/")[2].rstrip("/").rpartition("/")[2])
    return name or "video.mp4"


def build_spec(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is remembered of a create body; `projectType` and `title` are the handler's additions to it.

    Whatever is unfit counts as absent: a scenario's own jobs come here unchecked.
    """
    kind = body.get("projectType")
    kind = kind if isinstance(kind, str) and kind in CREATE_FIELDS else "clipping"
    fields = with_defaults(body, CREATE_FIELDS[kind])
    url = fields.get("sourceUrl") or ""
    named, preset = body.get("title"), fields.get("captionsPreset")
    language = fields.get("translationLanguage")
    return {
        "title": named if isinstance(named, str) and named else default_title(url),
        "projectType": kind,
        "source": source_name(url),
        "genre": fields.get("genre", "talking"),
        "topics": list(fields.get("topics", ())),
        "clipDurations": [list(pair) for pair in fields.get("clipDurations", ())],
        "selectedStart": fields.get("selectedStart"),
        "selectedEnd": fields.get("selectedEnd"),
        "reframeClips": fields.get("reframeClips", kind == "reframe"),
        "exportResolution": int(fields.get("exportResolution", fields.get("resolution", 720))),
        "exportOrientation": fields.get("exportOrientation", fields.get("orientation", "landscape")),
        "captionsPreset": preset,
        "enableCaptions": preset is not None,
        "enableEmojis": fields.get("enableEmojis", False),
        "enableHighlights": fields.get("enableHighlights", False),
        "language": fields.get("language", fields.get("sourceLanguage")),
        "dubbingLanguage": fields.get("targetLanguage"),
        "translateTranscription": language is not None,
        "translationLanguages": [] if language is None else [language],
        "transcriptionScript": fields.get("transcriptionScript", "native"),
    }


def build_upload_spec(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is remembered of a get-upload-url body."""
    name = body.get("filename")
    return {"fileName": name if isinstance(name, str) else "video.mp4"}


def video_length(job: Job) -> int:
    """The video's length in whole seconds: 3 to 30 minutes, chosen by the project's id, or as long as the window."""
    start, end = _requested_window(job)
    return max(seeded_int(180, 1800, job.id, "length"), start + MIN_WINDOW_SECONDS, end)


def selected_window(job: Job) -> tuple[int, int]:
    """The part of the video that is worked on, in whole seconds."""
    start, end = _requested_window(job)
    return start, end or video_length(job)


def _requested_window(job: Job) -> tuple[int, int]:
    """The window that was asked for, 0 where nothing was."""
    start, end = job.spec["selectedStart"] or 0, job.spec["selectedEnd"] or 0
    return int(min(start, MAX_VIDEO_SECONDS)), ceil(min(end, MAX_VIDEO_SECONDS))


def billed_minutes(job: Job) -> int:
    """What the project costs: whole minutes of its window, at least one.

    The pages call `billedDuration` seconds; the live service answered minutes (120 s was 2, 379 s was 6; third-party
    notes, 2026-07).
    """
    start, end = selected_window(job)
    return max(1, (end - start) // 60)


def ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """The credits of a project: charged when it is made, given back at the instant it became cancelled.

    That a cancel refunds, and once, is the page of cancel-project; that one credit is one billed minute and is
    charged at the start is inferred. Read off the course, so a second refund has nowhere to come from.
    """
    cost = billed_minutes(job)
    charge = LedgerEntry(job.created, "charge", cost, "credits", f"{job.id}:charge")
    ended = next((visit.entered for visit in replay(job, now) if visit.state == "cancelled"), None)
    if ended is None:
        return (charge,)
    return charge, LedgerEntry(ended, "refund", cost, "credits", f"{job.id}:refund")
