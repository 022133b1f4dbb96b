"""Requests that Schemathesis makes of a capture: such as it describes, and such as it rules out.

Schemathesis 4 is an extra (`pip install 'videojob-mockserver[fuzz]'`) and imported when it is asked for. Only its
generation is used, in this thread: what the answers are worth is judged by the contract. It is given a document whose
every `$ref` stays inside (`capture.parse` refuses others), so nothing is fetched.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.core.wire import Request
from mockserver.errors import refuse

_TOOL_HEADERS: Final = frozenset(
    ("user-agent", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid")
)
"""Headers of the tool, not of the case."""
_BASE_URL: Final = "http://127.0.0.1"


class FuzzCase(NamedTuple):
    """One request, and the operation that it was made for."""

    operation: str
    """The operationId."""
    template: str
    """Its path, with parameters in braces."""
    request: Request


def generate_cases(
    capture: Capture, per_operation: int, seed: int, should_stop: Callable[[], bool]
) -> Iterator[FuzzCase]:
    """About `most` cases for each operation, two in three of them valid; the same for the same seed.

    `enough` is asked before each operation and each case: once it is true, no more are made. Raises `MockError`
    (RUN007) where Schemathesis is not installed.
    """
    schemathesis, hypothesis = _import_tools()
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    shares = (per_operation - per_operation // 3, per_operation // 3)
    with _temporary_hypothesis_home(hypothesis):
        schema = schemathesis.openapi.from_dict(json.loads(json.dumps(capture.document)))
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode, share in zip(modes, shares, strict=True):
                if share and not should_stop():
                    strategy = operation.as_strategy(generation_mode=mode)
                    for made in _draw_examples(hypothesis, strategy, share, seed, should_stop):
                        yield from _to_fuzz_case(capture, operation, made)


def _import_tools() -> tuple[Any, Any]:
    try:
        import hypothesis
        import hypothesis.configuration
        import hypothesis.errors
        import schemathesis
    except ImportError:
        raise refuse(
            "RUN007", "Schemathesis 4 is not installed", "pip install 'videojob-mockserver[fuzz]' brings it."
        ) from None
    return schemathesis, hypothesis


@contextmanager
def _temporary_hypothesis_home(hypothesis: Any) -> Iterator[None]:
    """Hypothesis keeps files; not in the user's folder."""
    with TemporaryDirectory() as place:
        hypothesis.configuration.set_hypothesis_home_dir(place)
        try:
            yield
        finally:
            hypothesis.configuration.set_hypothesis_home_dir(None)


def _draw_examples(hypothesis: Any, strategy: Any, limit: int, seed: int, should_stop: Callable[[], bool]) -> list[Any]:
    """Up to `most` examples; none of what cannot be made (a path without a parameter has no wrong one)."""
    found: list[Any] = []

    def keep(case: Any) -> None:
        if not should_stop():
            found.append(case)

    settings = hypothesis.settings(
        max_examples=limit,
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        phases=[hypothesis.Phase.generate],
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    try:
        hypothesis.seed(seed)(settings(hypothesis.given(strategy)(keep)))()
    except (hypothesis.errors.Unsatisfiable, hypothesis.errors.InvalidArgument):
        return []
    return found[:limit]


def _to_fuzz_case(capture: Capture, operation: Any, generated: Any) -> Iterator[FuzzCase]:
    """A made case as a request; nothing where HTTP cannot carry it."""
    method, template = operation.method.upper(), operation.path
    described = capture.find(method, template)
    request = _to_request(generated)
    if request is not None:
        yield FuzzCase(described.id if described is not None else f"{method} {template}", template, request)


def _to_request(generated: Any) -> Request | None:
    import requests

    wanted = {"method", "url", "headers", "params", "cookies", "json", "data", "files"}
    try:
        parts = {
            key: value for key, value in generated.as_transport_kwargs(base_url=_BASE_URL).items() if key in wanted
        }
        prepared = requests.Request(**parts).prepare()
        path, _, query = prepared.path_url.partition("?")
        headers = {_latin1_text(name).lower(): _latin1_text(value) for name, value in prepared.headers.items()}
        body = _body_bytes(prepared.body)
        for value in headers.values():
            value.encode("latin-1")
    except (ValueError, TypeError, OSError):
        return None
    return Request(
        str(prepared.method),
        path,
        query,
        {name: text for name, text in headers.items() if name not in _TOOL_HEADERS},
        body,
    )


def _latin1_text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _body_bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return bytes(body) if body is not None else b""
