"""The two eras, and the operations of both: one path, one handler, one line.

Source of the paths: the OpenAPI description of 2026-07-30; of the cancel of a task: the Python SDK 1.3.5.
"""

from functools import partial
from typing import Final

from mockserver.core.instants import SECOND
from mockserver.core.ratelimit import Limit, Window
from mockserver.core.wire import Request
from mockserver.vendors.api import Body, Era, Kind, Operation, Trouble
from mockserver.vendors.twelvelabs import batches, courses, errors, lifecycle, money, notices, spec, tasks
from mockserver.vendors.twelvelabs.traits import BEFORE, BY_DATE, WITH_CANCEL, Traits

_BATCHES: Final = "/v1.3/analyze/batches"
_BATCH: Final = f"{_BATCHES}/{{batch_id}}"
_TASKS: Final = "/v1.3/analyze/tasks"
_TASK: Final = f"{_TASKS}/{{task_id}}"
_BY_BATCH: Final = ("path", "batch_id")
_BY_TASK: Final = ("path", "task_id")

ACTIVE_LIMIT: Final = 5
"""Active batches an account may have (2026-07-30)."""

OPERATIONS: Final = (
    Operation("create", "batch", "POST", _BATCHES, batches.create, body=Body.JSON, needs=spec.BATCH_EXAMPLE),
    Operation("list", "batch", "GET", _BATCHES, batches.list_),
    Operation("get", "batch", "GET", _BATCH, batches.get, polls=True, id_in=_BY_BATCH),
    Operation("results", "batch", "GET", f"{_BATCH}/results", batches.results, id_in=_BY_BATCH),
    Operation("cancel", "batch", "POST", f"{_BATCH}/cancel", batches.cancel, id_in=_BY_BATCH),
    Operation("delete", "batch", "DELETE", _BATCH, batches.delete, id_in=_BY_BATCH),
    Operation("create_task", "task", "POST", _TASKS, tasks.create, body=Body.JSON, needs=spec.TASK_EXAMPLE),
    Operation("list_tasks", "task", "GET", _TASKS, tasks.list_),
    Operation("get_task", "task", "GET", _TASK, tasks.get, polls=True, id_in=_BY_TASK),
    Operation("delete_task", "task", "DELETE", _TASK, tasks.delete, id_in=_BY_TASK),
)
CANCEL_TASK: Final = Operation("cancel_task", "task", "POST", f"{_TASK}/cancel", tasks.cancel, id_in=_BY_TASK)


def batch_kind(traits: Traits) -> Kind:
    """Batches; the eras differ in what an item that is too long comes to."""
    return Kind(
        lifecycle=lifecycle.BATCH,
        timeline=courses.BATCH_TIMELINE,
        new_id=courses.batch_id,
        id_pattern=courses.ID_PATTERN,
        specify=spec.specify_batch,
        example=spec.BATCH_EXAMPLE,
        id_field="batch_id",
        cancel=lifecycle.BATCH_CANCEL,
        deadlines=lifecycle.BATCH_DEADLINES,
        retention=lifecycle.BATCH_RETENTION,
        batch=lifecycle.BATCH_RULES,
        item_timeline=courses.item_timeline,
        item_fate=courses.fate_with_cancel if traits.task_cancel else courses.fate_before,
        item_ids=courses.item_ids,
        ledger=money.batch_ledger,
        notices=notices.notices("batch", traits),
        active_limit=ACTIVE_LIMIT,
    )


def task_kind(traits: Traits) -> Kind:
    """Single tasks; how long they are kept is not documented, so they are for ever."""
    return Kind(
        lifecycle=lifecycle.task_lifecycle(traits),
        timeline=courses.TASK_TIMELINE,
        new_id=courses.task_id,
        id_pattern=courses.ID_PATTERN,
        specify=partial(spec.specify_task, traits=traits),
        example=spec.TASK_EXAMPLE,
        id_field="task_id",
        cancel=lifecycle.task_cancel(traits),
        ledger=money.task_ledger,
        notices=notices.notices("task", traits),
    )


def credentials(request: Request) -> str | Trouble:
    """The API key, as the `x-api-key` header carries it."""
    return request.headers.get("x-api-key") or Trouble.NO_KEY


def limit_headers(limit: Limit, window: Window) -> tuple[tuple[str, str], ...]:
    """The rate-limit headers where a scenario limits: their names are documented for v1.2 (for v1.3: inferred)."""
    values = {
        "Limit": limit.requests,
        "Remaining": limit.requests - window.used,
        "Used": window.used,
        "Reset": -(-window.resets(limit) // SECOND),
    }
    return tuple((f"X-Ratelimit-{name}", str(value)) for name, value in values.items())


def _era(date: str, summary: str) -> Era:
    traits = BY_DATE[date]
    return Era(
        vendor="twelvelabs",
        date=date,
        summary=summary,
        prefix="/v1.3",
        operations=(*OPERATIONS, CANCEL_TASK) if traits.task_cancel else OPERATIONS,
        kinds={"batch": batch_kind(traits), "task": task_kind(traits)},
        credentials=credentials,
        trouble=errors.trouble,
        error=errors.scripted_error,
        reason=errors.reason,
        wears=lambda key: {"x-api-key": key},
        limit_headers=limit_headers,
    )


_DATES: Final = {traits: date for date, traits in BY_DATE.items()}

ERAS: Final = (
    _era(_DATES[BEFORE], "Batches can be canceled, single tasks cannot."),
    _era(_DATES[WITH_CANCEL], "Tasks can be canceled too, and show their batch and the code of their error."),
)
