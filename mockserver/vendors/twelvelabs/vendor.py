"""The two eras, and the operations of both: one path, one handler, one line.

Source of the paths: the OpenAPI description of 2026-07-30; of the cancel of a task: the Python SDK 1.3.5.
"""

from functools import partial
from typing import Final

from mockserver.core.instants import SECOND
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Request
from mockserver.vendors.api import BodyPolicy, Era, JobKind, Operation, RequestError
from mockserver.vendors.twelvelabs import batches, defaults, errors, events, ledger, spec, states, tasks
from mockserver.vendors.twelvelabs.traits import TRAITS_BY_DATE, WITH_TASK_CANCEL, WITHOUT_TASK_CANCEL, TwelveLabsTraits

_BATCHES_PATH: Final = "/v1.3/analyze/batches"
_BATCH_PATH: Final = f"{_BATCHES_PATH}/{{batch_id}}"
_TASKS_PATH: Final = "/v1.3/analyze/tasks"
_TASK_PATH: Final = f"{_TASKS_PATH}/{{task_id}}"
_BATCH_ID: Final = ("path", "batch_id")
_TASK_ID: Final = ("path", "task_id")

ACTIVE_LIMIT: Final = 5
"""Active batches an account may have (2026-07-30)."""

OPERATIONS: Final = (
    Operation(
        "create",
        "batch",
        "POST",
        _BATCHES_PATH,
        batches.create_batch,
        body=BodyPolicy.JSON,
        example_params=spec.BATCH_EXAMPLE,
    ),
    Operation("list", "batch", "GET", _BATCHES_PATH, batches.list_batches),
    Operation("get", "batch", "GET", _BATCH_PATH, batches.get_batch, polls=True, id_in=_BATCH_ID),
    Operation("results", "batch", "GET", f"{_BATCH_PATH}/results", batches.get_batch_results, id_in=_BATCH_ID),
    Operation("cancel", "batch", "POST", f"{_BATCH_PATH}/cancel", batches.cancel_batch, id_in=_BATCH_ID),
    Operation("delete", "batch", "DELETE", _BATCH_PATH, batches.delete_batch, id_in=_BATCH_ID),
    Operation(
        "create_task",
        "task",
        "POST",
        _TASKS_PATH,
        tasks.create_task,
        body=BodyPolicy.JSON,
        example_params=spec.TASK_EXAMPLE,
    ),
    Operation("list_tasks", "task", "GET", _TASKS_PATH, tasks.list_tasks),
    Operation("get_task", "task", "GET", _TASK_PATH, tasks.get_task, polls=True, id_in=_TASK_ID),
    Operation("delete_task", "task", "DELETE", _TASK_PATH, tasks.delete_task, id_in=_TASK_ID),
)
CANCEL_TASK: Final = Operation("cancel_task", "task", "POST", f"{_TASK_PATH}/cancel", tasks.cancel_task, id_in=_TASK_ID)


def batch_kind(traits: TwelveLabsTraits) -> JobKind:
    """Batches; the eras differ in what an item that is too long comes to."""
    return JobKind(
        lifecycle=states.BATCH_LIFECYCLE,
        timeline=defaults.BATCH_TIMELINE,
        new_id=defaults.new_batch_id,
        id_pattern=defaults.ID_PATTERN,
        build_spec=spec.build_batch_spec,
        example=spec.BATCH_EXAMPLE,
        id_field="batch_id",
        cancel_table=states.BATCH_CANCEL_TABLE,
        deadlines=states.BATCH_DEADLINES,
        retention=states.BATCH_RETENTION,
        batch=states.BATCH_RULES,
        item_timeline=defaults.item_timeline,
        adjust_item_timeline=defaults.fail_unreadable_or_long_item
        if traits.task_cancel
        else defaults.fail_unreadable_item,
        item_ids=defaults.item_ids,
        ledger=ledger.batch_ledger,
        webhooks=events.webhook_spec("batch", traits),
        active_limit=ACTIVE_LIMIT,
    )


def task_kind(traits: TwelveLabsTraits) -> JobKind:
    """Single tasks; how long they are kept is not documented, so they are for ever."""
    return JobKind(
        lifecycle=states.task_lifecycle(traits),
        timeline=defaults.TASK_TIMELINE,
        new_id=defaults.new_task_id,
        id_pattern=defaults.ID_PATTERN,
        build_spec=partial(spec.build_task_spec, traits=traits),
        example=spec.TASK_EXAMPLE,
        id_field="task_id",
        cancel_table=states.task_cancel_table(traits),
        ledger=ledger.task_ledger,
        webhooks=events.webhook_spec("task", traits),
    )


def parse_api_key(request: Request) -> str | RequestError:
    """The API key, as the `x-api-key` header carries it."""
    return request.headers.get("x-api-key") or RequestError.NO_KEY


def limit_headers(limit: RateLimit, window: LimitWindow) -> tuple[tuple[str, str], ...]:
    """The rate-limit headers where a scenario limits: their names are documented for v1.2 (for v1.3: inferred)."""
    values = {
        "Limit": limit.requests,
        "Remaining": limit.requests - window.used,
        "Used": window.used,
        "Reset": -(-window.reset_at(limit) // SECOND),
    }
    return tuple((f"X-Ratelimit-{name}", str(value)) for name, value in values.items())


def _build_era(date: str, summary: str) -> Era:
    traits = TRAITS_BY_DATE[date]
    return Era(
        vendor="twelvelabs",
        date=date,
        summary=summary,
        prefix="/v1.3",
        operations=(*OPERATIONS, CANCEL_TASK) if traits.task_cancel else OPERATIONS,
        kinds={"batch": batch_kind(traits), "task": task_kind(traits)},
        parse_api_key=parse_api_key,
        render_request_error=errors.render_request_error,
        render_status_error=errors.render_status_error,
        error_reason=errors.parse_error_reason,
        auth_headers=lambda key: {"x-api-key": key},
        limit_headers=limit_headers,
    )


_DATE_BY_TRAITS: Final = {traits: date for date, traits in TRAITS_BY_DATE.items()}

ERAS: Final = (
    _build_era(_DATE_BY_TRAITS[WITHOUT_TASK_CANCEL], "Batches can be canceled, single tasks cannot."),
    _build_era(
        _DATE_BY_TRAITS[WITH_TASK_CANCEL],
        "Tasks can be canceled too, and show their batch and the code of their error.",
    ),
)
