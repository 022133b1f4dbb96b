"""The webhooks of the vendors as the example receivers read them: what identifies an event, and what it is about."""

from typing import NamedTuple


class Event(NamedTuple):
    """One event of a job."""

    id: str
    """The same in each delivery of it."""
    job: str
    status: str | None
    """None: the event has no status of the job, which must be read."""


def event_of(headers, body):
    """Return the event of a delivery: by the headers that the vendor sends it with, else by its body."""
    if "webhook-id" in headers:  # Replicate has the job itself as the body, OpenAI an event with its id
        job = body.get("data") or body
        return Event(headers["webhook-id"], job["id"], job.get("status"))
    if "request_id" in body:  # fal: OK or ERROR is no status of the queue
        return Event(body["request_id"], body["request_id"], None)
    if "projectId" in body:  # Reap: one event for each project
        return Event(body["projectId"], body["projectId"], body["status"])
    job = body["data"]
    # Phaseo names an event in its headers, TwelveLabs in the body.
    name = headers.get("x-phaseo-event-id") or headers.get("x-ai-stats-event-id") or body["id"]
    return Event(name, job["id"], body.get("status_change", job)["status"])
