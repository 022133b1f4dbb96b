"""Two small vendors made from `vendors.api` alone: `acme` renders videos, `mill` grinds batches."""

from collections.abc import Callable

import pytest

from mockserver.core.instants import HOUR, SECOND
from mockserver.core.job import Deadline
from mockserver.core.lifecycle import Arrow, BatchRules, Lifecycle, Trigger
from mockserver.core.timeline import ENDLESS, For
from mockserver.core.wire import Response
from mockserver.errors import MockError
from mockserver.scenario.compile import load
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Accept, Answer, Era, Kind, Operation, Refuse, Repeat, Vendor, steps
from mockserver.vendors.notices import Notices, Written

CANCEL, DEADLINE = Trigger.CANCEL, Trigger.DEADLINE
VIDEO = Lifecycle(
    "video",
    ("queued", "processing", "draining", "completed", "failed", "cancelled", "expired"),
    (
        Arrow("queued", "processing"),
        Arrow("processing", "completed"),
        Arrow("processing", "failed"),
        Arrow("draining", "cancelled"),
        Arrow("queued", "cancelled", CANCEL),
        Arrow("processing", "cancelled", CANCEL),
        Arrow("processing", "draining", CANCEL),
        Arrow("queued", "expired", DEADLINE),
        Arrow("processing", "expired", DEADLINE),
        Arrow("processing", "expired", CANCEL),
    ),
    frozenset({"completed", "failed", "cancelled", "expired"}),
)
TASK = Lifecycle(
    "task",
    ("waiting", "working", "ready", "broken", "dropped"),
    (
        Arrow("waiting", "working"),
        Arrow("working", "ready"),
        Arrow("working", "broken"),
        Arrow("waiting", "dropped", CANCEL),
    ),
    frozenset({"ready", "broken", "dropped"}),
)
BATCH = Lifecycle(
    "batch",
    ("pending", "running", "canceling", "canceled", "done", "late"),
    (
        Arrow("pending", "running"),
        Arrow("running", "done"),
        Arrow("pending", "canceling", CANCEL),
        Arrow("running", "canceling", CANCEL),
        Arrow("canceling", "canceled"),
        Arrow("running", "late", DEADLINE),
    ),
    frozenset({"canceled", "done", "late"}),
)
RULES = BatchRules(TASK, "pending", "running", "done", "canceling", "canceled", "late", "dropped", "ready")


def _kind(lifecycle, timeline, id_pattern, cancel, **more):
    def new_id(seed, number, at):
        return "0" * 24

    return Kind(lifecycle, timeline, new_id, id_pattern, dict, {"prompt": "a boat"}, cancel=cancel, **more)


DROP = Accept(steps(("cancelled", ENDLESS)))
VIDEO_KIND = _kind(
    VIDEO,
    steps(("queued", For(SECOND)), ("processing", For(SECOND)), ("completed", ENDLESS)),
    "[0-9a-f]{24}",
    {"queued": DROP, "processing": DROP, "completed": Refuse("done"), "cancelled": Repeat()},
    deadlines=(Deadline(HOUR, "expired"),),
    notices=Notices(
        ("video.completed", "video.failed"),
        ("video.completed",),
        lambda job, wanted: (),
        lambda job, hook: None,
        lambda letter: Written((), b"", ""),
        (),
        SECOND,
        lambda status, body: "",
    ),
)
UNCANCELLED = _kind(VIDEO, VIDEO_KIND.timeline, "[0-9a-f]{24}", {})
BATCH_KIND = _kind(
    BATCH,
    steps(("pending", For(SECOND)), ("running", For(SECOND)), ("done", ENDLESS)),
    "b-[0-9]+",
    {"pending": Accept(steps(("canceling", For(SECOND)), ("canceled", ENDLESS)))},
    batch=RULES,
    item_timeline=lambda place, total: steps(("waiting", For(0)), ("working", For(0)), ("ready", ENDLESS)),
)


def _operations(kind, *more):
    def handler(call):
        return Answer(Response(200))

    def operation(name, method, of=kind, one=True):
        id_in = ("path", "id") if one else ("", "")
        return Operation(name, of, method, f"/{name}", handler, polls=name == "get", id_in=id_in)

    return (
        operation("create", "POST", one=False),
        operation("list", "GET", one=False),
        operation("get", "GET"),
        operation("cancel", "POST"),
        *(operation(name, method, of, one) for name, method, of, one in more),
    )


def _era(vendor, date, kinds, operations):
    def nothing(*given):
        raise AssertionError("no scenario is compiled by asking a vendor for an answer")

    return Era(vendor, date, "", "/v1", operations, kinds, nothing, nothing, nothing, nothing, nothing)


ACME = Vendor(
    "acme",
    "Acme",
    (
        _era("acme", "2026-01-01", {"video": UNCANCELLED}, _operations("video")),
        _era(
            "acme",
            "2026-05-06",
            {"video": VIDEO_KIND, "batch": BATCH_KIND},
            _operations("video", ("create_batch", "POST", "batch", False), ("get_batch", "GET", "batch", True)),
        ),
    ),
    lambda url, key: "",
)
MILL = Vendor("mill", "Mill", (_era("mill", "2026-05-06", {"batch": BATCH_KIND}, _operations("batch")),), ACME.snippet)


@pytest.fixture(scope="session")
def vendors() -> dict[str, Vendor]:
    return {"acme": ACME, "mill": MILL}


@pytest.fixture(scope="session")
def compiled(vendors) -> Callable[..., Scenario]:
    """Compiles the keys after `scenario: s` and `vendor: acme`."""

    def compile_text(text: str = "", vendor: str = "acme") -> Scenario:
        return load(f"scenario: s\nvendor: {vendor}\n{text}", vendors)

    return compile_text


@pytest.fixture(scope="session")
def codes(compiled) -> Callable[..., list[str]]:
    """The codes of all problems of such a text, in the file's order."""

    def problems(text: str = "", vendor: str = "acme") -> list[str]:
        try:
            compiled(text, vendor)
        except MockError as error:
            return [problem.code for problem in error.problems]
        return []

    return problems
