"""A project, its status and an upload as they look on the wire; times are whole Unix seconds.

A project shows every key of the page of cancel-project. A scenario's `fields` and those of a timeline's step are
laid over the vendor's own values.
"""

from typing import Any, Final

from mockserver.core.instants import Instant, unix_seconds
from mockserver.core.job import Job
from mockserver.vendors.commands import JobSnapshot
from mockserver.vendors.reap.media import THUMBNAIL
from mockserver.vendors.reap.outputs import file_url, output_files, source_metadata
from mockserver.vendors.reap.spec import billed_minutes

_SOURCE_KNOWN_STATES: Final = ("prepped", "draft", "processing", "finalizing", "completed")
"""A project that was in one of these has seen its source; before, `metadata` is empty (inferred)."""


def project_body(now: JobSnapshot, base_url: str) -> dict[str, Any]:
    """A project: the answer of every create, of details, update and cancel, and an entry of the list."""
    job = now.job
    body: dict[str, Any] = {
        "id": job.id,
        **job.spec,
        "title": current_title(job),
        "thumbnail": file_url(base_url, job, THUMBNAIL),
        "billedDuration": billed_minutes(job),
        "status": now.state,
        "metadata": source_metadata(job) if any(state in now.entered_at for state in _SOURCE_KNOWN_STATES) else {},
        "urls": {key: file_url(base_url, job, name) for key, name in output_files(now).items()},
        "createdAt": unix_seconds(job.created),
        "updatedAt": unix_seconds(updated_at(now)),
    }
    return {**body, **job.plan.fields, **now.span.step.fields}


def status_body(now: JobSnapshot) -> dict[str, Any]:
    """The four keys of get-project-status; a webhook of the service carries the same."""
    spec = now.job.spec
    body = {
        "projectId": now.job.id,
        "projectType": spec["projectType"],
        "source": spec["source"],
        "status": now.state,
    }
    over = {**now.job.plan.fields, **now.span.step.fields}
    return {key: over.get(key, value) for key, value in body.items()}


def current_title(job: Job) -> str:
    """The title of the last update, else the first one."""
    update = job.last_command("update")
    return str(job.spec["title"] if update is None else update.data["title"])


def updated_at(now: JobSnapshot) -> Instant:
    """When the project changed last: its state, or its title."""
    update = now.job.last_command("update")
    return now.span.entered if update is None else max(now.span.entered, update.at)


def upload_body(job: Job, base_url: str) -> dict[str, Any]:
    """The answer of get-upload-url: where to PUT the file, without the key; `id` is the uploadId of a create."""
    return {
        "uploadUrl": f"{base_url}/uploads/{job.id}",
        "id": job.id,
        "fileName": job.spec["fileName"],
        "fileType": "video",
        "status": "upload",
        "createdAt": unix_seconds(job.created),
        "updatedAt": unix_seconds(job.created),
    }
