"""The outputs of a completed project: its clips, its files, and what is in them.

The keys of a clip are those of the pages of get-project-clips and get-clip-details. How many clips there are (three
to five), where they lie and what they are called is chosen by the project's id; so the same seed makes the same
clips. Which outputs the other types of project have, and their names in `urls`, is inferred.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.ids import hex24, seeded_int
from mockserver.core.instants import unix_seconds
from mockserver.core.job import Job
from mockserver.vendors.commands import JobSnapshot
from mockserver.vendors.reap.spec import selected_window, video_length

_TOPICS: Final = ("The turning point", "A question from the audience", "What went wrong", "The plan", "In one sentence")
_CLIP_SECONDS: Final = (15, 60)
_PROJECT_FIELDS: Final = (
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
_FILES_BY_TYPE: Final[Mapping[str, Mapping[str, str]]] = {
    "clipping": {},
    "captions": {"video": "captions.mp4", "srt": "captions.srt"},
    "reframe": {"video": "reframe.mp4"},
    "dubbing": {"video": "dubbing.mp4"},
    "transcription": {name: f"transcript.{name}" for name in ("srt", "vtt", "csv", "txt")},
}
"""The `urls` of a completed project, by its type: key -> file. A transcript's four formats are documented (the page
of create-transcription), the keys are not."""
_ASPECT_RATIOS: Final = {"landscape": (16, 9), "portrait": (9, 16), "square": (1, 1)}


def output_files(now: JobSnapshot) -> Mapping[str, str]:
    """The files under `urls`, by key; none before the project is completed."""
    return _FILES_BY_TYPE[now.job.spec["projectType"]] if now.state == "completed" else {}


def file_url(base_url: str, job: Job, name: str) -> str:
    """Where the fake serves a project's file; the service hands out storage URLs, which need no key either."""
    return f"{base_url}/media/{job.id}?file={name}"


def project_clips(now: JobSnapshot, base_url: str) -> list[dict[str, Any]]:
    """The clips of a completed project, in the order of the video; none before (the page of get-project-clips).

    A clipping project has three to five, a transcription none, the others one of the whole video (inferred).
    """
    kind = now.job.spec["projectType"]
    if now.state != "completed" or kind == "transcription":
        return []
    if kind != "clipping":
        return [_clip_body(now, base_url, 0, *selected_window(now.job))]
    start, end = selected_window(now.job)
    count = seeded_int(3, 5, now.job.id, "clips")
    slot = (end - start) // count
    return [
        _clip_body(now, base_url, place, *_clip_span(now.job, place, start + place * slot, slot))
        for place in range(count)
    ]


def _clip_span(job: Job, index: int, start: int, slot_seconds: int) -> tuple[int, int]:
    """Where a clip lies in its part of the video."""
    lasts = min(slot_seconds, seeded_int(*_CLIP_SECONDS, job.id, "clip lasts", index))
    begins = start + seeded_int(0, slot_seconds - lasts, job.id, "clip begins", index)
    return begins, begins + lasts


def _clip_body(now: JobSnapshot, base_url: str, index: int, start: int, end: int) -> dict[str, Any]:
    job, made = now.job, now.span.entered
    topics = job.spec["topics"] or _TOPICS
    topic = topics[(index + seeded_int(0, len(_TOPICS), job.id, "topics")) % len(topics)]
    clip_id = hex24(job.id, "clip", index, at=made)
    url = file_url(base_url, job, f"{clip_id}.mp4")
    return {
        "id": clip_id,
        "projectId": job.id,
        "clipUrl": url,
        "clipWithCaptionsUrl": url,
        "startTime": start,
        "endTime": end,
        "duration": end - start,
        "topic": topic,
        "title": f"{topic} ({index + 1})",
        "caption": f"{topic}, from {job.spec['title']}",
        "language": job.spec["language"] or "en",
        "viralityScore": seeded_int(40, 98, job.id, "virality", index) / 10,
        **{name: job.spec[name] for name in _PROJECT_FIELDS},
        "metadata": video_metadata(end - start, job.spec["exportResolution"], job.spec["exportOrientation"]),
        "createdAt": unix_seconds(made),
        "updatedAt": unix_seconds(made),
    }


def source_metadata(job: Job) -> dict[str, Any]:
    """What is known of a project's source once it was fetched."""
    return video_metadata(video_length(job), 1080, "landscape")


def video_metadata(seconds: int, resolution: int, orientation: str) -> dict[str, Any]:
    """The technical data of a video of `lasts` seconds; the keys are those of the page of cancel-project."""
    wide, high = _ASPECT_RATIOS[orientation]
    scale = resolution // min(wide, high)
    bitrate = resolution * 4_000
    return {
        "width": scale * wide,
        "height": scale * high,
        "aspectRatio": f"{wide}:{high}",
        "size": seconds * bitrate // 8,
        "bitrate": bitrate,
        "fps": 30,
        "duration": seconds,
        "rotation": 0,
        "resolution": resolution,
        "codec": "h264",
        "codecFullName": "H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10",
        "codecTag": "avc1",
        "format": "mov,mp4,m4a,3gp,3g2,mj2",
        "formatFullName": "QuickTime / MOV",
    }
