"""Calls of a vendor of one kind of job, without a session: for tests of what all vendors share."""

from mockserver.core.instants import SECOND
from mockserver.core.job import Job, JobPlan
from mockserver.core.lifecycle import Lifecycle, Transition
from mockserver.core.timeline import NO_END, Timed
from mockserver.core.wire import Request, Response
from mockserver.vendors.api import FOREVER, Accept, AlreadyCancelled, Call, JobKind, Refuse, build_timeline
from mockserver.vendors.script import NO_SCRIPT, Script
from tests.support.toy_vendor import make_era

STATES = Lifecycle(
    "job",
    ("waiting", "done", "cancelled", "odd"),
    (Transition("waiting", "done"),),
    frozenset({"done", "cancelled"}),
)
COURSE = build_timeline(("waiting", Timed(10 * SECOND)), ("done", NO_END))
TABLE = {"waiting": Accept(), "done": Refuse("finished"), "cancelled": AlreadyCancelled()}


class FewJobs:
    """The part of a view that commands look at: a handful of jobs, and the order of inputs."""

    def __init__(self, *jobs):
        self.found = {(job.kind, job.id): job for job in jobs}
        self.seq = 0

    def job(self, kind, job_id):
        return self.found.get((kind, job_id))

    def next_seq(self):
        self.seq += 1
        return self.seq


def make_job(timeline=COURSE, *inputs, lifecycle=STATES, counts_polls=False):
    """Build a job created at 0."""
    return Job("j1", 1, 0, {}, JobPlan(lifecycle, timeline, counts_polls=counts_polls), inputs)


def make_call(*jobs, now=0, cancel=None, retention=FOREVER, table=TABLE):
    """Build a call at `now`, in an era whose main kind is `job` and whose other kind is `side`."""
    main = JobKind(
        lifecycle=STATES,
        timeline=COURSE,
        new_id=None,
        id_pattern="",
        build_spec=dict,
        example={},
        cancel_table=table,
        retention=retention,
    )
    kinds = {"job": main, "side": main._replace(lifecycle=STATES._replace(kind="side"))}

    def render_status_error(call, status, message):
        return Response(status, (("X-Vendor", "yes"),), message.encode())

    era = make_era(kinds=kinds, render_status_error=render_status_error)
    script = NO_SCRIPT if cancel is None else Script(cancels={"job": cancel})
    return Call(Request("GET", "/"), now, era, script, FewJobs(*jobs), None, "http://test", "seed", "req_1")
