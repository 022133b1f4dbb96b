"""A project, its status and an upload as they look on the wire; times are whole Unix seconds.

A project shows every key of the page of cancel-project. A scenario's `fields` and those of a timeline's step are
laid over the vendor's own values.
"""

from typing import Any, Final

from mockserver.core.instants import Instant, unix
from mockserver.core.job import Job
from mockserver.vendors.commands import Now
from mockserver.vendors.reap.clips import address, files, source_metadata
from mockserver.vendors.reap.media import THUMBNAIL
from mockserver.vendors.reap.spec import billed

_FETCHED: Final = ("prepped", "draft", "processing", "finalizing", "completed")
"""A project that was in one of these has seen its source; before, `metadata` is empty (inferred)."""


def project(now: Now, base_url: str) -> dict[str, Any]:
    """A project: the answer of every create, of details, update and cancel, and an entry of the list."""
    job = now.job
    body: dict[str, Any] = {
        "id": job.id,
        **job.spec,
        "title": title(job),
        "thumbnail": address(base_url, job, THUMBNAIL),
        "billedDuration": billed(job),
        "status": now.state,
        "metadata": source_metadata(job) if any(state in now.entered for state in _FETCHED) else {},
        "urls": {key: address(base_url, job, name) for key, name in files(now).items()},
        "createdAt": unix(job.created),
        "updatedAt": unix(updated(now)),
    }
    return {**body, **job.plan.fields, **now.visit.step.fields}


def status(now: Now) -> dict[str, Any]:
    """The four keys of get-project-status; a webhook of the service carries the same."""
    spec = now.job.spec
    body = {
        "projectId": now.job.id,
        "projectType": spec["projectType"],
        "source": spec["source"],
        "status": now.state,
    }
    over = {**now.job.plan.fields, **now.visit.step.fields}
    return {key: over.get(key, value) for key, value in body.items()}


def title(job: Job) -> str:
    """The title of the last update, else the first one."""
    update = job.last("update")
    return str(job.spec["title"] if update is None else update.data["title"])


def updated(now: Now) -> Instant:
    """When the project changed last: its state, or its title."""
    update = now.job.last("update")
    return now.visit.entered if update is None else max(now.visit.entered, update.at)


def upload(job: Job, base_url: str) -> dict[str, Any]:
    """The answer of get-upload-url: where to PUT the file, without the key; `id` is the uploadId of a create."""
    return {
        "uploadUrl": f"{base_url}/uploads/{job.id}",
        "id": job.id,
        "fileName": job.spec["fileName"],
        "fileType": "video",
        "status": "upload",
        "createdAt": unix(job.created),
        "updatedAt": unix(job.created),
    }
