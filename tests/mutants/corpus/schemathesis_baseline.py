"""Schemathesis' built-in checks on the same servers, twice over.

On the *same answers*: its checks of a response (status, content type, headers, schema) get every answer
that the judge got. In its *own run*: all its phases, stateful testing included, make their own requests to the server
with the bug, over HTTP, while virtual time passes. What it also reports of the correct fake does not count as found.
"""

import copy
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.engine import from_schema
from schemathesis.specs.openapi import checks as openapi

from mockserver.contract.documents.capture import load_capture
from mockserver.core.wire import Exchange, Response
from mockserver.vendors.api import Era, Operation
from tests.mutants.corpus.http_server import serving
from tests.mutants.corpus.mutant import ClientDriver, Mutant, drive
from tests.mutants.corpus.mutated_vendor import MutatedVendor, era_of

VERSION: Final[str] = schemathesis.__version__
EXAMPLES: Final = 10
"""Generated requests of each operation, beside those of the coverage phase."""
SEEDS: Final = (1, 2, 3)
"""Seeds of the runs on the correct fake; what those report is not attributed to a bug."""
TICK: Final[Mapping[str, float]] = {"phaseo": 3, "twelvelabs": 2, "reap": 7}
"""Seconds that pass before each request: jobs come to their end within a few, and Reap's rate limit is kept."""

CREATES: Final = ("create", "create_task")
"""Operations that create a job."""

CHECKS: Final = (
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
)
"""Those of its checks that need nothing but an answer."""

CheckFailure = tuple[str, str]
"""A check and the operation it failed on."""


def _schema(document: dict[str, Any], era: Era, base_url: str = "http://127.0.0.1:4810", seed: int = 1) -> Any:
    config = SchemathesisConfig(seed=seed)
    project = config.projects.default
    project.update(base_url=base_url, headers=dict(era.auth_headers("test-key")), workers=1)
    project.generation.update(max_examples=EXAMPLES)
    return schemathesis.openapi.from_dict(document, config=config)


def _helped(era: Era, jobs: Mapping[str, str]) -> dict[str, Any]:
    """Return a capture's document as its user would prepare it: no aliases, valid bodies, ids of existing jobs."""
    document: dict[str, Any] = copy.deepcopy(dict(load_capture(era.vendor, era.date).document))
    aliases = {alias for operation in era.operations for alias in operation.aliases}
    document["paths"] = {path: item for path, item in document["paths"].items() if path not in aliases}
    for operation in era.operations:
        item = document["paths"].get(operation.path, {})
        if operation.method.lower() in item:
            _exemplify(document, item, operation, era, jobs)
    return document


def _exemplify(
    document: dict[str, Any], item: dict[str, Any], operation: Operation, era: Era, jobs: Mapping[str, str]
) -> None:
    """Put examples into one operation: the id of a job, a body."""
    found = item[operation.method.lower()]
    where, name = operation.id_in or (None, "")
    job_id, body = jobs.get(operation.kind, ""), dict(operation.example_params)
    for holder in (item, found):
        parameters = [_inlined(document, each) for each in holder.get("parameters", ())]
        holder["parameters"] = [each | {"example": job_id} if each["name"] == name else each for each in parameters]
    if operation.name in CREATES:
        body = dict(era.kinds[operation.kind].example)
    elif where == "body":
        body[name] = job_id
    if body and "requestBody" in found:
        found["requestBody"] = _inlined(document, found["requestBody"])
        found["requestBody"]["content"]["application/json"]["example"] = body


def _inlined(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Copy a part of a document, or the part that it refers to."""
    target: Any = document if "$ref" in value else value
    for key in value["$ref"].split("/")[1:] if "$ref" in value else ():
        target = target[key]
    copied: dict[str, Any] = copy.deepcopy(target)
    return copied


# The same answers


def on_the_same_answers(mutant: Mutant) -> tuple[CheckFailure, ...]:
    """Return what its checks of a response find in a run, and not in the run without the bug."""
    key = (mutant.driver, mutant.pin)
    if key not in _CORRECT:
        _CORRECT[key] = frozenset(_failed(drive(mutant.driver, mutant.pin)))
    return tuple(dict.fromkeys(failed for failed in _failed(mutant.run()) if failed not in _CORRECT[key]))


_CORRECT: Final[dict[tuple[ClientDriver, str], frozenset[CheckFailure]]] = {}
"""What its checks find in a run without a bug."""


def _failed(world: MutatedVendor) -> Iterator[CheckFailure]:
    pin = world.era.pin
    capture, operations = load_capture(world.era.vendor, world.era.date), _operations(pin)
    for exchange in world.exchanges:
        found = capture.find(exchange.request.method, exchange.request.path)
        operation = operations.get((found.method, found.template)) if found is not None else None
        if operation is not None and exchange.response is not None:
            yield from _wrong(operation, exchange, exchange.response)


@cache
def _operations(pin: str) -> Mapping[tuple[str, str], Any]:
    schema = _schema(_helped(era_of(pin), {}), era_of(pin))
    found = (each.ok() for each in schema.get_all_operations())
    return {(each.method.upper(), each.path): each for each in found}


def _wrong(operation: Any, exchange: Exchange, response: Response) -> Iterator[CheckFailure]:
    names = operation.path.split("/")
    values = exchange.request.path.split("/")
    params = {name[1:-1]: value for name, value in zip(names, values, strict=True) if name.startswith("{")}
    case = operation.Case(path_parameters=params, headers=dict(exchange.request.headers))
    try:
        case.validate_response(_as_requests_has_it(exchange, response), checks=list(CHECKS))
    except FailureGroup as group:
        for failure in group.exceptions:
            yield type(failure).__name__, str(failure.operation)


def _as_requests_has_it(exchange: Exchange, response: Response) -> requests.Response:
    found = requests.Response()
    found.status_code, found._content = response.status, response.body
    found.headers.update(dict(response.headers))
    found.url = f"http://127.0.0.1:4810{exchange.request.path}"
    prepared = requests.Request(
        exchange.request.method, found.url, dict(exchange.request.headers), data=exchange.request.body
    )
    found.request = prepared.prepare()
    return found


# Its own run


def in_its_own_run(mutant: Mutant) -> tuple[CheckFailure, ...]:
    """Return what it reports of the server with the bug, and not of the correct one."""
    known = frozenset[CheckFailure]().union(*(correct(mutant.pin, seed) for seed in SEEDS))
    return tuple(sorted(_run(MutatedVendor(mutant.pin, mutant.bug), 1) - known))


@cache
def correct(pin: str, seed: int) -> frozenset[CheckFailure]:
    """Return what it reports of the correct fake."""
    return _run(MutatedVendor(pin), seed)


def _run(world: MutatedVendor, seed: int) -> frozenset[CheckFailure]:
    found: set[CheckFailure] = set()
    jobs = _jobs(world)
    with serving(world, TICK[world.era.vendor]) as url:
        for event in from_schema(_schema(_helped(world.era, jobs), world.era, url, seed)).execute():
            recorder = getattr(event, "recorder", None)
            for checks in recorder.checks.values() if recorder is not None else ():
                failures = (check.failure_info.failure for check in checks if check.failure_info is not None)
                found.update((type(failure).__name__, str(failure.operation)) for failure in failures)
    return frozenset(found)


def _jobs(world: MutatedVendor) -> dict[str, str]:
    """Create a job of each kind; return their ids by kind."""
    for operation in world.era.operations:
        if operation.name in CREATES:
            world.call_operation(operation.name)
    store = world.session.context(world.era.vendor).store
    return {job.kind: job.id for job in store.all_jobs()}
