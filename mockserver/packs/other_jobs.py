"""Calls that may be about a job of another kind, by an id that belongs to it: `$made.NAME`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from mockserver.core.job import Job
from mockserver.packs.handlers import CompiledOperation
from mockserver.packs.ids import IdForm
from mockserver.packs.urls import JobIdPlace
from mockserver.vendors.api import Answer, Call, OperationHandler
from mockserver.vendors.commands import find_job

OWN_ID_PLACE: Final = JobIdPlace("path", "id of the other job")
"""Where the handler about the other job finds its id: the path keeps the id that the call has."""


class OtherJob(NamedTuple):
    """Another kind of job that an operation may be about."""

    kind: str
    made: str
    """The entry of `ids` of which the call's id is."""
    form: IdForm
    handler: OperationHandler

    def find(self, call: Call, made_id: str) -> Job | None:
        """Return the job to which an id belongs. Takes as long as there are jobs of the kind."""
        if not made_id.startswith(self.form.prefix):
            return None
        for job in call.view.jobs(self.kind, call.now):
            if self.form.make(job.id, self.made, at=job.created) == made_id:
                return job
        return None


def handler_of_any(
    handler: OperationHandler, operation: CompiledOperation, others: Sequence[OtherJob]
) -> OperationHandler:
    """Build the handler of a call that is about a job of the operation's kind, else about one of the others."""

    def handle(call: Call) -> Answer:
        """Answer the call by the handler of the kind that has the job."""
        job_id = operation.job_id(call)
        if find_job(call, operation.kind.name, job_id) is None:
            for other in others:
                job = other.find(call, job_id)
                if job is not None:
                    path_params = {**call.path_params, OWN_ID_PLACE.name: job.id}
                    return other.handler(replace(call, path_params=path_params))
        return handler(call)

    return handle
