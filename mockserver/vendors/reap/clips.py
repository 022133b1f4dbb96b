"""The outputs of a completed project: its clips, its files, and what is in them.

The keys of a clip are those of the pages of get-project-clips and get-clip-details. How many clips there are (three
to five), where they lie and what they are called is chosen by the project's id; so the same seed makes the same
clips. Which outputs the other types of project have, and their names in `urls`, is inferred.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.ids import between, hex24
from mockserver.core.instants import unix
from mockserver.core.job import Job
from mockserver.vendors.commands import Now
from mockserver.vendors.reap.spec import length, window

_TOPICS: Final = ("The turning point", "A question from the audience", "What went wrong", "The plan", "In one sentence")
_CLIP_SECONDS: Final = (15, 60)
_OF_PROJECT: Final = (
    "translateTranscription",
    "translationLanguages",
    "dubbingLanguage",
    "transcriptionScript",
    "reframeClips",
    "exportResolution",
    "exportOrientation",
    "captionsPreset",
    "enableCaptions",
    "enableEmojis",
    "enableHighlights",
)
"""What a clip says as its project does (the page of get-clip-details)."""
_FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "clipping": {},
    "captions": {"video": "captions.mp4", "srt": "captions.srt"},
    "reframe": {"video": "reframe.mp4"},
    "dubbing": {"video": "dubbing.mp4"},
    "transcription": {name: f"transcript.{name}" for name in ("srt", "vtt", "csv", "txt")},
}
"""The `urls` of a completed project, by its type: key -> file. A transcript's four formats are documented (the page
of create-transcription), the keys are not."""
_SHAPES: Final = {"landscape": (16, 9), "portrait": (9, 16), "square": (1, 1)}


def files(now: Now) -> Mapping[str, str]:
    """The files under `urls`, by key; none before the project is completed."""
    return _FILES[now.job.spec["projectType"]] if now.state == "completed" else {}


def address(base_url: str, job: Job, name: str) -> str:
    """Where the fake serves a project's file; the service hands out storage URLs, which need no key either."""
    return f"{base_url}/media/{job.id}?file={name}"


def clips(now: Now, base_url: str) -> list[dict[str, Any]]:
    """The clips of a completed project, in the order of the video; none before (the page of get-project-clips).

    A clipping project has three to five, a transcription none, the others one of the whole video (inferred).
    """
    kind = now.job.spec["projectType"]
    if now.state != "completed" or kind == "transcription":
        return []
    if kind != "clipping":
        return [_clip(now, base_url, 0, *window(now.job))]
    start, end = window(now.job)
    count = between(3, 5, now.job.id, "clips")
    slot = (end - start) // count
    return [_clip(now, base_url, place, *_span(now.job, place, start + place * slot, slot)) for place in range(count)]


def _span(job: Job, place: int, start: int, slot: int) -> tuple[int, int]:
    """Where a clip lies in its part of the video."""
    lasts = min(slot, between(*_CLIP_SECONDS, job.id, "clip lasts", place))
    begins = start + between(0, slot - lasts, job.id, "clip begins", place)
    return begins, begins + lasts


def _clip(now: Now, base_url: str, place: int, start: int, end: int) -> dict[str, Any]:
    job, made = now.job, now.visit.entered
    topics = job.spec["topics"] or _TOPICS
    topic = topics[(place + between(0, len(_TOPICS), job.id, "topics")) % len(topics)]
    clip_id = hex24(job.id, "clip", place, at=made)
    url = address(base_url, job, f"{clip_id}.mp4")
    return {
        "id": clip_id,
        "projectId": job.id,
        "clipUrl": url,
        "clipWithCaptionsUrl": url,
        "startTime": start,
        "endTime": end,
        "duration": end - start,
        "topic": topic,
        "title": f"{topic} ({place + 1})",
        "caption": f"{topic}, from {job.spec['title']}",
        "language": job.spec["language"] or "en",
        "viralityScore": between(40, 98, job.id, "virality", place) / 10,
        **{name: job.spec[name] for name in _OF_PROJECT},
        "metadata": metadata(end - start, job.spec["exportResolution"], job.spec["exportOrientation"]),
        "createdAt": unix(made),
        "updatedAt": unix(made),
    }


def source_metadata(job: Job) -> dict[str, Any]:
    """What is known of a project's source once it was fetched."""
    return metadata(length(job), 1080, "landscape")


def metadata(lasts: int, resolution: int, orientation: str) -> dict[str, Any]:
    """The technical data of a video of `lasts` seconds; the keys are those of the page of cancel-project."""
    wide, high = _SHAPES[orientation]
    scale = resolution // min(wide, high)
    bitrate = resolution * 4_000
    return {
        "width": scale * wide,
        "height": scale * high,
        "aspectRatio": f"{wide}:{high}",
        "size": lasts * bitrate // 8,
        "bitrate": bitrate,
        "fps": 30,
        "duration": lasts,
        "rotation": 0,
        "resolution": resolution,
        "codec": "h264",
        "codecFullName": "H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10",
        "codecTag": "avc1",
        "format": "mov,mp4,m4a,3gp,3g2,mj2",
        "formatFullName": "QuickTime / MOV",
    }
