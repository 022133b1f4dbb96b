"""Two small vendors made from `vendors.api` alone: `acme` renders videos, `mill` grinds batches."""

from collections.abc import Callable

import pytest

from mockserver.core.instants import HOUR, SECOND
from mockserver.core.job import Deadline
from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger
from mockserver.core.timeline import NO_END, Timed
from mockserver.core.wire import Response
from mockserver.errors import MockError
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import (
    Accept,
    AlreadyCancelled,
    Answer,
    BodyPolicy,
    Era,
    JobKind,
    Operation,
    Refuse,
    Role,
    Vendor,
    build_timeline,
)
from mockserver.vendors.signatures import StandardWebhooks
from mockserver.vendors.webhooks import RenderedDelivery, WebhookSpec

CANCEL, DEADLINE = Trigger.CANCEL, Trigger.DEADLINE
VIDEO = Lifecycle(
    "video",
    ("queued", "processing", "draining", "completed", "failed", "cancelled", "expired"),
    (
        Transition("queued", "processing"),
        Transition("processing", "completed"),
        Transition("processing", "failed"),
        Transition("draining", "cancelled"),
        Transition("queued", "cancelled", CANCEL),
        Transition("processing", "cancelled", CANCEL),
        Transition("processing", "draining", CANCEL),
        Transition("queued", "expired", DEADLINE),
        Transition("processing", "expired", DEADLINE),
        Transition("processing", "expired", CANCEL),
    ),
    frozenset({"completed", "failed", "cancelled", "expired"}),
)
TASK = Lifecycle(
    "task",
    ("waiting", "working", "ready", "broken", "dropped"),
    (
        Transition("waiting", "working"),
        Transition("working", "ready"),
        Transition("working", "broken"),
        Transition("waiting", "dropped", CANCEL),
    ),
    frozenset({"ready", "broken", "dropped"}),
)
BATCH = Lifecycle(
    "batch",
    ("pending", "running", "canceling", "canceled", "done", "late"),
    (
        Transition("pending", "running"),
        Transition("running", "done"),
        Transition("pending", "canceling", CANCEL),
        Transition("running", "canceling", CANCEL),
        Transition("canceling", "canceled"),
        Transition("running", "late", DEADLINE),
    ),
    frozenset({"canceled", "done", "late"}),
)
RULES = BatchRules(TASK, "pending", "running", "done", "canceling", "canceled", "late", "dropped", "ready")


def _kind(lifecycle, timeline, id_pattern, cancel, **more):
    def new_id(seed, number, at):
        return "0" * 24

    return JobKind(
        lifecycle=lifecycle,
        timeline=timeline,
        new_id=new_id,
        id_pattern=id_pattern,
        build_spec=dict,
        example={"prompt": "a boat"},
        cancel_table=cancel,
        **more,
    )


DROP = Accept(build_timeline(("cancelled", NO_END)))
VIDEO_KIND = _kind(
    VIDEO,
    build_timeline(("queued", Timed(SECOND)), ("processing", Timed(SECOND)), ("completed", NO_END)),
    "[0-9a-f]{24}",
    {"queued": DROP, "processing": DROP, "completed": Refuse("done"), "cancelled": AlreadyCancelled()},
    deadlines=(Deadline(HOUR, "expired"),),
    webhooks=WebhookSpec(
        ("video.completed", "video.failed"),
        ("video.completed",),
        lambda job, wanted: (),
        lambda job, hook: None,
        lambda letter: RenderedDelivery((), b"", ""),
        (),
        SECOND,
        lambda status, body: "",
    ),
)
STILL_KIND = _kind(
    Lifecycle("still", ("waiting", "ready"), (Transition("waiting", "ready"),), frozenset({"ready"})),
    build_timeline(("waiting", Timed(SECOND)), ("ready", NO_END)),
    "s-[0-9]+",
    {},
)
"""A kind that no request creates or cancels."""
UNCANCELLED = _kind(VIDEO, VIDEO_KIND.timeline, "[0-9a-f]{24}", {})
BATCH_KIND = _kind(
    BATCH,
    build_timeline(("pending", Timed(SECOND)), ("running", Timed(SECOND)), ("done", NO_END)),
    "b-[0-9]+",
    {"pending": Accept(build_timeline(("canceling", Timed(SECOND)), ("canceled", NO_END)))},
    batch=RULES,
    active_limit=0,
    item_timeline=lambda place, total: build_timeline(("waiting", Timed(0)), ("working", Timed(0)), ("ready", NO_END)),
)


ROLES = {"create": Role.CREATE, "get": Role.READ, "list": Role.LIST, "cancel": Role.CANCEL, "delete": Role.DELETE}


def _operations(kind, *more):
    def handler(call):
        if isinstance(call.body, dict) and "refused" in call.body:
            return Answer(Response(400, (), b'{"error":"refused"}'))
        return Answer(Response(200))

    def operation(name, method, of=kind, one=True):
        role = next((role for word, role in ROLES.items() if name.startswith(word)), Role.OTHER)
        id_in = ("path", "id") if one else None
        body = BodyPolicy.JSON if method == "POST" and not one else BodyPolicy.NONE
        return Operation(name, of, method, f"/{name}", handler, role=role, body=body, polls=name == "get", id_in=id_in)

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

    return Era(
        vendor=vendor,
        date=date,
        summary="",
        prefix="/v1",
        operations=operations,
        kinds=kinds,
        parse_api_key=nothing,
        render_request_error=nothing,
        render_status_error=nothing,
        error_reason=nothing,
        auth_headers=nothing,
    )


ACME = Vendor(
    "acme",
    "Acme",
    (
        _era("acme", "2026-01-01", {"video": UNCANCELLED, "still": STILL_KIND}, _operations("video")),
        _era(
            "acme",
            "2026-05-06",
            {"video": VIDEO_KIND, "batch": BATCH_KIND},
            _operations(
                "video",
                ("create_batch", "POST", "batch", False),
                ("get_batch", "GET", "batch", True),
                ("cancel_batch", "POST", "batch", True),
            ),
        ),
    ),
    lambda url, key: "",
)
SIGNED_BATCH = BATCH_KIND._replace(webhooks=VIDEO_KIND.webhooks._replace(signature=StandardWebhooks()))
MILL = Vendor(
    "mill", "Mill", (_era("mill", "2026-05-06", {"batch": SIGNED_BATCH}, _operations("batch")),), ACME.snippet
)


@pytest.fixture(scope="session")
def vendors() -> dict[str, Vendor]:
    return {"acme": ACME, "mill": MILL}


@pytest.fixture(scope="session")
def compiled(vendors) -> Callable[..., Scenario]:
    """Compiles the keys after `scenario: s` and `vendor: acme`."""

    def compile_text(text: str = "", vendor: str = "acme") -> Scenario:
        return load_scenario(f"scenario: s\nvendor: {vendor}\n{text}", vendors)

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
