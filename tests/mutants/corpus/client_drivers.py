"""The clients' calls, by vendor. A driver makes every call, whatever a bug answered before."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver.core.instants import DAY, HOUR
from mockserver.core.timeline import NO_END, Timed
from mockserver.vendors.api import build_timeline
from mockserver.vendors.script import ItemScript, Script
from tests.mutants.corpus.mutated_vendor import MutatedVendor


def _made(world: MutatedVendor, name: str = "create", body: Any = None) -> str:
    """Create a job and return its id, even if no answer shows it; an unknown id if none was created."""
    world.call_operation(name, body=body)
    operation = world.era.operation(name)
    assert operation is not None
    store = world.session.context(world.era.vendor).store
    made = (job.id for job in store.all_jobs() if job.kind == operation.kind)
    return next(made, "") or world.era.kinds[operation.kind].new_id("nobody", 1, world.now)


def _may(world: MutatedVendor, name: str, job_id: str) -> None:
    """Call an operation if the era has it."""
    if world.era.operation(name) is not None:
        world.call_operation(name, job_id)


def _fails(world: MutatedVendor, job_id: str) -> None:
    """Let the vendor's own work on a job fail, unseen by the client."""
    store = world.session.context(world.era.vendor).store
    if any(job.id == job_id for job in store.all_jobs()):
        world.session.move_job(job_id, "failed", 0)


def _polls(world: MutatedVendor, job_id: str, times: int, seconds: float, name: str = "get") -> None:
    for _ in range(times):
        world.advance(seconds)
        world.call_operation(name, job_id)


# Phaseo

PHASEO_BODY = {"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse at dusk"}


def video_life(world: MutatedVendor, **more: Any) -> None:
    """Create a video, poll it to its end, fetch, list and delete it; then read it once more."""
    video = _made(world, body={**PHASEO_BODY, **more})
    world.call_operation("get", video)
    _polls(world, video, 8, 4)
    world.call_operation("content", video)
    _may(world, "download_url", video)
    world.call_operation("cancel", video)
    _polls(world, video, 2, 4)
    world.call_operation("list")
    world.call_operation("delete", video)
    world.call_operation("get", video)
    world.call_operation("list")


def video_in_bytes(world: MutatedVendor) -> None:
    """Run `video_life` with bytes as the only output."""
    video_life(world, output={"access": "bytes"})


def video_by_link(world: MutatedVendor) -> None:
    """Run `video_life` with signed links as the only output."""
    video_life(world, output={"access": "signed_url"})


def video_with_hook(world: MutatedVendor) -> None:
    """Run `video_life` with a webhook."""
    hook = {"url": "https://hooks.example.com/video", "secret": "whsec_keep_me", "events": ["video.completed"]}
    video_life(world, webhook=hook)


def video_cancelled(world: MutatedVendor) -> None:
    """Cancel a video while it is processed; poll it, cancel it again, list it."""
    video = _made(world, body=dict(PHASEO_BODY))
    _polls(world, video, 2, 3)
    world.call_operation("cancel", video)
    _polls(world, video, 3, 15)
    world.call_operation("cancel", video)
    world.call_operation("get", video)
    world.call_operation("list")
    world.call_operation("get", video)


def video_cancelled_and_over(world: MutatedVendor) -> None:
    """Cancel a job, and read it only when it would have been completed."""
    video = _made(world, body=dict(PHASEO_BODY))
    _polls(world, video, 1, 5)
    world.call_operation("cancel", video)
    _polls(world, video, 2, 60)


def video_of_a_provider_without_cancel(world: MutatedVendor) -> None:
    """Cancel a video whose provider has no cancel call: the answer is 501."""
    video = _made(world, body={"model": "google/veo-3.1", "prompt": "A lighthouse"})
    _polls(world, video, 1, 5)
    world.call_operation("cancel", video)
    _polls(world, video, 3, 10)


def video_failed(world: MutatedVendor) -> None:
    """Let the provider fail, and cancel the video too late."""
    video = _made(world, body=dict(PHASEO_BODY))
    _polls(world, video, 1, 5)
    _fails(world, video)
    _polls(world, video, 3, 5)
    world.call_operation("cancel", video)
    _polls(world, video, 2, 5)


def video_deleted_early(world: MutatedVendor) -> None:
    """Delete a video while it is processed."""
    video = _made(world, body=dict(PHASEO_BODY))
    _polls(world, video, 2, 5)
    world.call_operation("delete", video)
    _polls(world, video, 2, 5)


def gateway_batch_life(world: MutatedVendor) -> None:
    """A batch: made, polled to its end, listed with its requests. A video in eras without batches."""
    if world.era.operation("create_batch") is None:
        video_life(world)
        return
    batch = _made(world, "create_batch")
    _polls(world, batch, 9, 4, "get_batch")
    world.call_operation("batch_requests", batch)
    world.call_operation("list_batches")
    world.call_operation("get_batch", batch)


def gateway_batch_cancelled(world: MutatedVendor) -> None:
    """A batch that is cancelled at work, polled to its end and cancelled again. A video in eras without batches."""
    if world.era.operation("create_batch") is None:
        video_cancelled(world)
        return
    batch = _made(world, "create_batch")
    _polls(world, batch, 1, 3, "get_batch")
    world.call_operation("cancel_batch", batch)
    _polls(world, batch, 4, 4, "get_batch")
    world.call_operation("cancel_batch", batch)
    _polls(world, batch, 2, 30, "get_batch")


def video_deleted_twice(world: MutatedVendor) -> None:
    """Send two deletions of a completed video at once, and read it."""
    video = _made(world, body=dict(PHASEO_BODY))
    _polls(world, video, 2, 30)
    world.call_twice_at_once("delete", video)
    world.call_operation("get", video)


def phaseo_door(world: MutatedVendor) -> None:
    """Call with a right key, a wrong key and no key; name unknown jobs; send invalid bodies."""
    video = _made(world, body=dict(PHASEO_BODY))
    for key in ("test-key", "invalid", ""):
        world.call_operation("list", key=key)
        world.call_operation("get", video, key=key)
        world.call_operation("cancel", "G-01M1EDEAG03GRS5DSHTW1WJB4F", key=key)
    world.call_operation("get", "G-01M1EDEAG03GRS5DSHTW1WJB4F")
    world.call_operation("create", body={"model": "qwen/wan2.7-t2v", "seconds": 3})
    world.call_operation("content", video)
    world.call_operation("get", video)
    world.call_operation("delete", video)
    world.call_operation("get", video)


# TwelveLabs


def batch_life(world: MutatedVendor) -> None:
    """Create a batch, poll it to its end, read its results, cancel it too late, list and delete it; read it again."""
    batch = _made(world)
    world.call_operation("get", batch)
    _polls(world, batch, 8, 3)
    world.call_operation("results", batch)
    world.call_operation("cancel", batch)
    _polls(world, batch, 2, 3)
    world.call_operation("list")
    world.call_operation("get", batch)
    world.call_operation("delete", batch)
    world.call_operation("get", batch)
    world.call_operation("list")


def batch_canceled(world: MutatedVendor) -> None:
    """Cancel a batch with one item ready, one at work and one queued; poll it until it is canceled, cancel it again."""
    batch = _made(world)
    _polls(world, batch, 3, 3.5)
    world.call_operation("cancel", batch)
    _polls(world, batch, 3, 1)
    world.call_operation("list")
    _polls(world, batch, 3, 3)
    world.call_operation("cancel", batch)
    _polls(world, batch, 2, 5)
    world.call_operation("list")


def batch_canceled_and_over(world: MutatedVendor) -> None:
    """Cancel a job, and read it only when it would have been completed."""
    batch = _made(world)
    _polls(world, batch, 1, 5)
    world.call_operation("cancel", batch)
    _polls(world, batch, 2, 60)


def batch_expired(world: MutatedVendor) -> None:
    """Poll a batch whose items do not end within its 24 hours."""
    batch = _made(world)
    _polls(world, batch, 3, 6 * 3600)
    _polls(world, batch, 2, 4 * 3600)
    world.call_operation("cancel", batch)
    _polls(world, batch, 2, 60)
    world.call_operation("list")


def batch_canceled_and_stuck(world: MutatedVendor) -> None:
    """Cancel a batch whose items do not end within its 24 hours, and poll it beyond them."""
    batch = _made(world)
    _polls(world, batch, 2, 3600)
    world.call_operation("cancel", batch)
    _polls(world, batch, 3, 12 * 3600)


def batch_read_after_a_month(world: MutatedVendor) -> None:
    """Read a completed batch until it is deleted, 30 days after its creation."""
    batch = _made(world)
    _polls(world, batch, 2, 60)
    _polls(world, batch, 2, 16 * 86400)


def batch_deleted_early(world: MutatedVendor) -> None:
    """Delete a batch while it is processed, and read it at once."""
    batch = _made(world)
    _polls(world, batch, 2, 4)
    world.call_operation("delete", batch)
    _polls(world, batch, 2, 4)


def batch_deleted_twice(world: MutatedVendor) -> None:
    """Send two deletions of a completed batch at once, and read it."""
    batch = _made(world)
    _polls(world, batch, 2, 30)
    world.call_twice_at_once("delete", batch)
    world.call_operation("get", batch)


_SLOW = build_timeline(("queued", Timed(HOUR)), ("processing", Timed(3 * DAY)), ("ready", NO_END))
STUCK: Final = Script(items=(ItemScript(3, _SLOW),))
"""Items that take three days."""


def task_life(world: MutatedVendor) -> None:
    """Poll a single task to its end; cancel it too late, delete it, read it once more."""
    task = _made(world, "create_task")
    world.call_operation("get_task", task)
    _polls(world, task, 6, 3, "get_task")
    _may(world, "cancel_task", task)
    _polls(world, task, 1, 3, "get_task")
    world.call_operation("list_tasks")
    world.call_operation("delete_task", task)
    world.call_operation("get_task", task)


def task_canceled(world: MutatedVendor) -> None:
    """Cancel a task while it is processed, and once more."""
    task = _made(world, "create_task")
    _polls(world, task, 2, 3, "get_task")
    _may(world, "cancel_task", task)
    _polls(world, task, 3, 10, "get_task")
    _may(world, "cancel_task", task)
    world.call_operation("list_tasks")
    world.call_operation("get_task", task)


def twelvelabs_door(world: MutatedVendor) -> None:
    """Call with a right key, a wrong key and no key; name unknown jobs; send invalid bodies."""
    batch = _made(world)
    for key in ("test-key", "invalid", ""):
        world.call_operation("list", key=key)
        world.call_operation("get", batch, key=key)
    world.call_operation("get", "6512a1b2c3d4e5f6a7b8c9d0")
    world.call_operation("cancel", "6512a1b2c3d4e5f6a7b8c9d0")
    world.call_operation("create", body={"model_name": "pegasus1.5"})
    world.call_operation("delete", batch)
    world.call_operation("get", batch)


# Reap; no more than ten calls of an operation a minute.


def project_life(world: MutatedVendor) -> None:
    """Create a project, poll it to its end, cancel it too late, rename, list and delete it; then read it again."""
    project = _made(world)
    world.call_operation("details", project)
    _polls(world, project, 7, 4)
    world.call_operation("details", project)
    world.call_operation("clips", project)
    world.call_operation("cancel", project)
    _polls(world, project, 1, 30)
    world.call_operation("update", project, {"title": "Another title"})
    world.call_operation("details", project)
    world.call_operation("list")
    world.call_operation("delete", project)
    world.call_operation("get", project)
    world.call_operation("details", project)
    world.call_operation("list")


def project_cancelled(world: MutatedVendor) -> None:
    """Cancel a project while its source is prepared; read it, cancel it again, rename and delete it."""
    project = _made(world)
    _polls(world, project, 1, 3)
    world.call_operation("cancel", project)
    _polls(world, project, 2, 20)
    world.call_operation("details", project)
    world.call_operation("cancel", project)
    world.call_operation("update", project, {"title": "Another title"})
    _polls(world, project, 1, 20)
    world.call_operation("list")
    world.call_operation("details", project)
    world.call_operation("delete", project)
    world.call_operation("get", project)


def project_cancelled_and_over(world: MutatedVendor) -> None:
    """Cancel a job, and read it only when it would have been completed."""
    project = _made(world)
    world.call_operation("cancel", project)
    _polls(world, project, 2, 60)


def project_cancelled_early(world: MutatedVendor) -> None:
    """Cancel a project while its source is prepared, and read it at once."""
    project = _made(world)
    _polls(world, project, 1, 3)
    world.call_operation("cancel", project)
    world.call_operation("get", project)
    _polls(world, project, 3, 8)


def project_cancelled_twice_at_once(world: MutatedVendor) -> None:
    """Send two cancels of a queued project at once, and read it."""
    project = _made(world)
    _polls(world, project, 1, 2)
    world.call_twice_at_once("cancel", project)
    _polls(world, project, 1, 2)


def project_looked_at(world: MutatedVendor) -> None:
    """Read the details of a project more than once after its end."""
    project = _made(world)
    _polls(world, project, 6, 10, "details")


def project_too_late(world: MutatedVendor) -> None:
    """Cancel a project while its outputs are produced: the cancel is refused."""
    project = _made(world)
    _polls(world, project, 2, 4)
    world.call_operation("cancel", project)
    _polls(world, project, 4, 10)
    world.call_operation("details", project)


def project_failed(world: MutatedVendor) -> None:
    """Let the service fail, and cancel the project too late."""
    project = _made(world)
    _polls(world, project, 2, 4)
    _fails(world, project)
    _polls(world, project, 3, 10)
    world.call_operation("cancel", project)
    _polls(world, project, 1, 10)


def project_polled_too_often(world: MutatedVendor) -> None:
    """Send thirty polls and eleven cancels within a minute."""
    project = _made(world)
    _polls(world, project, 30, 0.1)
    for _ in range(11):
        world.call_operation("cancel", "6512a1b2c3d4e5f6a7b8c9d0")
    world.call_operation("cancel", project)
    world.advance(60)
    _polls(world, project, 2, 10)


def reap_door(world: MutatedVendor) -> None:
    """Call with a right key, a wrong key and no key; name unknown jobs; send invalid bodies."""
    project = _made(world)
    for key in ("test-key", "invalid", ""):
        world.call_operation("list", key=key)
        world.call_operation("get", project, key=key)
    world.call_operation("details", "6512a1b2c3d4e5f6a7b8c9d0")
    world.call_operation("cancel", "", {})
    world.call_operation("create", body={"genre": "talking"})
    world.call_operation("delete", project)
    world.call_operation("get", project)


DRIVERS: Final[Mapping[str, tuple[Callable[[MutatedVendor], None], ...]]] = {
    "phaseo": (
        video_life,
        video_in_bytes,
        video_by_link,
        video_with_hook,
        video_cancelled,
        video_cancelled_and_over,
        video_of_a_provider_without_cancel,
        video_failed,
        video_deleted_early,
        gateway_batch_life,
        gateway_batch_cancelled,
        video_deleted_twice,
        phaseo_door,
    ),
    "twelvelabs": (
        batch_life,
        batch_canceled,
        batch_canceled_and_over,
        batch_expired,
        batch_canceled_and_stuck,
        batch_deleted_early,
        batch_deleted_twice,
        batch_read_after_a_month,
        task_life,
        task_canceled,
        twelvelabs_door,
    ),
    "reap": (
        project_life,
        project_cancelled,
        project_cancelled_and_over,
        project_cancelled_early,
        project_cancelled_twice_at_once,
        project_looked_at,
        project_too_late,
        project_failed,
        project_polled_too_often,
        reap_door,
    ),
}
"""Every driver, by vendor."""
SCRIPTS: Final[Mapping[Callable[[MutatedVendor], None], Script]] = {
    batch_expired: STUCK,
    batch_canceled_and_stuck: STUCK,
}
"""The script that the vendor follows, for the drivers that need one."""
