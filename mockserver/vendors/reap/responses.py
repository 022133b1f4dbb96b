"""Reap's bodies: a project, its status, its clips and files, and an upload; times are whole Unix seconds.

A project has every key of the page of cancel-project, a clip those of the pages of get-project-clips and
get-clip-details. A scenario's `fields`, and those of a timeline's step, are laid over the vendor's own values. How many
clips there are (three to five), where they lie and what they are called is chosen by the project's id, so the same
seed makes the same clips. What `urls` has was read off public clients of the service (2026): see `_FILES_BY_TYPE`.

The service hands out storage URLs; the fake serves the files itself, small and the same every time, so that a client
can follow them to the download.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.ids import hex24, seeded_int
from mockserver.core.instants import SECOND
from mockserver.core.job import Job
from mockserver.vendors.commands import JobSnapshot
from mockserver.vendors.reap.states import billed_minutes, selected_window, video_length

_SOURCE_KNOWN_STATES: Final = frozenset({"prepped", "draft", "processing", "finalizing", "completed"})
"""A project that was in one of these has read its source; before, `metadata` is empty (inferred)."""

_TOPICS: Final = ("The turning point", "A question from the audience", "What went wrong", "The plan", "In one sentence")
_CLIP_SECONDS: Final = (15, 60)
_PROJECT_FIELDS: Final = (
    "translateTranscription", "translationLanguages", "dubbingLanguage", "transcriptionScript", "reframeClips",
    "exportResolution", "exportOrientation", "captionsPreset", "enableCaptions", "enableEmojis", "enableHighlights",
)  # fmt: skip
"""The keys that a clip copies from its project (the page of get-clip-details)."""
_SOURCE_FILE: Final[Mapping[str, str]] = {"videoFile": "source.mp4"}
_FILES_BY_TYPE: Final[Mapping[str, Mapping[str, str]]] = {
    "clipping": _SOURCE_FILE,
    "captions": {**_SOURCE_FILE, "srt": "captions.srt"},
    "reframe": _SOURCE_FILE,
    "dubbing": _SOURCE_FILE,
    "transcription": {**_SOURCE_FILE, **{name: f"transcript.{name}" for name in ("srt", "vtt", "csv", "txt")}},
}
"""The `urls` of a completed project, by its type: key -> file. No page describes them, public clients do.

`videoFile` is the copy of the source that the service works on, not the output: a client that tried it takes the
video of a reframe project from its only clip. Captions and transcripts have their texts here: clients look for an
SRT among the values. A transcript's four formats are documented (the page of create-transcription). The keys of
the texts, and `videoFile` of the types other than reframe, are inferred.
"""
_ASPECT_RATIOS: Final = {"landscape": (16, 9), "portrait": (9, 16), "square": (1, 1)}

THUMBNAIL: Final = "thumbnail.png"
_TRANSCRIPT_TEXT: Final = "This is a transcript."
_MP4: Final = (
    b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"  # a file type box, so that it is recognized as MP4
    b"\x00\x00\x00\x08mdat"  # and a media box without media
)
_PNG: Final = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
_FILE_BY_EXTENSION: Final[Mapping[str, tuple[str, bytes]]] = {
    "mp4": ("video/mp4", _MP4),
    "png": ("image/png", _PNG),
    "srt": ("application/x-subrip", f"1\n00:00:00,000 --> 00:00:02,000\n{_TRANSCRIPT_TEXT}\n".encode()),
    "vtt": ("text/vtt; charset=utf-8", f"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n{_TRANSCRIPT_TEXT}\n".encode()),
    "csv": ("text/csv; charset=utf-8", f"start,end,text\r\n0.0,2.0,{_TRANSCRIPT_TEXT}\r\n".encode()),
    "txt": ("text/plain; charset=utf-8", f"{_TRANSCRIPT_TEXT}\n".encode()),
}


def project_body(now: JobSnapshot, base_url: str) -> dict[str, Any]:
    """Render a project: the answer of every create, of details, update and cancel, and an entry of the list."""
    job = now.job
    title, updated = job.spec["title"], now.span.entered
    update = job.last_command("update")
    if update is not None:
        title, updated = update.data["title"], max(updated, update.at)
    metadata = {}
    if not _SOURCE_KNOWN_STATES.isdisjoint(now.entered_at):
        metadata = _video_metadata(video_length(job), 1080, "landscape")
    body: dict[str, Any] = {
        "id": job.id,
        **job.spec,
        "title": title,
        "thumbnail": file_url(base_url, job, THUMBNAIL),
        "billedDuration": billed_minutes(job),
        "status": now.state,
        "metadata": metadata,
        "urls": {key: file_url(base_url, job, name) for key, name in _output_files(now).items()},
        "createdAt": job.created // SECOND,
        "updatedAt": updated // SECOND,
    }
    return {**body, **job.plan.fields, **now.span.step.fields}


def status_body(now: JobSnapshot) -> dict[str, Any]:
    """Render the four keys of get-project-status; a webhook of the service carries the same."""
    spec = now.job.spec
    body = {"projectId": now.job.id, "projectType": spec["projectType"], "source": spec["source"], "status": now.state}
    scripted = now.scripted
    return {key: scripted.get(key, value) for key, value in body.items()}


def upload_body(job: Job, base_url: str) -> dict[str, Any]:
    """Render the answer of get-upload-url: the URL for a PUT without a key; `id` is the uploadId of a create."""
    return {
        "uploadUrl": f"{base_url}/uploads/{job.id}",
        "id": job.id,
        "fileName": job.spec["fileName"],
        "fileType": "video",
        "status": "upload",
        "createdAt": job.created // SECOND,
        "updatedAt": job.created // SECOND,
    }


def project_clips(now: JobSnapshot, base_url: str) -> list[dict[str, Any]]:
    """Render the clips of a completed project, in the order of the video; none before (page get-project-clips).

    A clipping project has three to five, a transcription none, the others one of the whole video (inferred).
    """
    job = now.job
    if now.state != "completed" or job.spec["projectType"] == "transcription":
        return []
    start, end = selected_window(job)
    if job.spec["projectType"] != "clipping":
        return [_clip_body(now, base_url, 0, start, end)]
    count = seeded_int(3, 5, job.id, "clips")
    # Each clip lies within a slot of its own, so clips do not overlap.
    slot_seconds = (end - start) // count
    clips = []
    for index in range(count):
        duration = min(slot_seconds, seeded_int(*_CLIP_SECONDS, job.id, "clip lasts", index))
        begin = start + index * slot_seconds + seeded_int(0, slot_seconds - duration, job.id, "clip begins", index)
        clips.append(_clip_body(now, base_url, index, begin, begin + duration))
    return clips


def _clip_body(now: JobSnapshot, base_url: str, index: int, start: int, end: int) -> dict[str, Any]:
    job = now.job
    completed = now.span.entered
    topics = job.spec["topics"] or _TOPICS
    topic = topics[(index + seeded_int(0, len(_TOPICS), job.id, "topics")) % len(topics)]
    clip_id = hex24(job.id, "clip", index, at=completed)
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
        "metadata": _video_metadata(end - start, job.spec["exportResolution"], job.spec["exportOrientation"]),
        "createdAt": completed // SECOND,
        "updatedAt": completed // SECOND,
    }


def _video_metadata(seconds: int, resolution: int, orientation: str) -> dict[str, Any]:
    """Render the technical data of a video; the keys are those of the page of cancel-project."""
    width, height = _ASPECT_RATIOS[orientation]
    scale = resolution // min(width, height)
    bitrate = resolution * 4_000
    return {
        "width": scale * width,
        "height": scale * height,
        "aspectRatio": f"{width}:{height}",
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


def _output_files(now: JobSnapshot) -> Mapping[str, str]:
    if now.state != "completed":
        return {}
    return _FILES_BY_TYPE[now.job.spec["projectType"]]


def file_url(base_url: str, job: Job, name: str) -> str:
    """Return the URL of a project's file."""
    return f"{base_url}/media/{job.id}?file={name}"


def file_content(now: JobSnapshot, name: str) -> tuple[str, bytes] | None:
    """Return the content type and the bytes of a project's file; None if it has no such file at present."""
    clips = (f"{clip['id']}.mp4" for clip in project_clips(now, ""))
    if name not in (THUMBNAIL, *_output_files(now).values(), *clips):
        return None
    return _FILE_BY_EXTENSION[name.rpartition(".")[2]]
