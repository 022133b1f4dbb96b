"""Requests that Schemathesis generates from a capture: valid ones, and ones that it rules out.

Schemathesis 4 is an extra (`pip install 'schemathesis>=4.25'`), imported when it is needed. Only its generation
is used, in this thread; the contract judges the answers. Its document has no `$ref` that leaves it
(`capture.parse` refuses those), so nothing is fetched.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.core.wire import Request
from mockserver.errors import refuse

_TOOL_HEADERS: Final = ("user-agent", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid")
"""Headers of Schemathesis and `requests`, not of the case."""
_TRANSPORT_KEYS: Final = ("method", "url", "headers", "params", "cookies", "json", "data", "files")
"""The arguments of a generated case that make up its request."""
_BASE_URL: Final = "http://127.0.0.1"


class FuzzCase(NamedTuple):
    """A generated request, and the operation that it is for."""

    operation: str
    """The operationId."""
    template: str
    """The operation's path, with parameters in braces."""
    request: Request


_StopCheck = Callable[[], bool]


def generate_cases(capture: Capture, per_operation: int, seed: int, should_stop: _StopCheck) -> Iterator[FuzzCase]:
    """Yield about `per_operation` cases for each operation, two in three of them valid; the same for the same seed.

    `should_stop` is called before each operation and each case. Raises `MockError` (RUN007) if Schemathesis is not
    installed.
    """
    try:
        import hypothesis
        import hypothesis.configuration
        import hypothesis.errors
        import schemathesis
    except ImportError:
        hint = "Install it: pip install 'schemathesis>=4.25'"
        raise refuse("RUN007", "Schemathesis 4 is not installed", hint) from None
    invalid_count = per_operation // 3
    shares = (
        (schemathesis.GenerationMode.POSITIVE, per_operation - invalid_count),
        (schemathesis.GenerationMode.NEGATIVE, invalid_count),
    )
    with TemporaryDirectory() as folder, ExitStack() as cleanup:
        # Keep the files of Hypothesis out of the user's folder; kept where the user says, they save seconds.
        kept = os.environ.get("HYPOTHESIS_STORAGE_DIRECTORY")
        hypothesis.configuration.set_hypothesis_home_dir(kept or folder)
        cleanup.callback(hypothesis.configuration.set_hypothesis_home_dir, None)
        schema: Any = schemathesis.openapi.from_dict(json.loads(json.dumps(capture.document)))
        for found in schema.get_all_operations():
            operation = found.ok()
            method, template = operation.method.upper(), operation.path
            documented = capture.find(method, template)
            name = f"{method} {template}" if documented is None else documented.id
            for mode, share in shares:
                if not share or should_stop():
                    continue
                strategy = operation.as_strategy(generation_mode=mode)
                for generated in _draw_examples(hypothesis, strategy, share, seed, should_stop):
                    request = _to_request(generated)
                    if request is not None:
                        yield FuzzCase(name, template, request)


def _draw_examples(hypothesis: Any, strategy: Any, limit: int, seed: int, should_stop: _StopCheck) -> list[Any]:
    """Return up to `limit` examples; none if there can be none (a path without a parameter has no invalid one)."""
    examples: list[Any] = []

    def collect(case: Any) -> None:
        if not should_stop():
            examples.append(case)

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
        hypothesis.seed(seed)(settings(hypothesis.given(strategy)(collect)))()
    except (hypothesis.errors.Unsatisfiable, hypothesis.errors.InvalidArgument):
        return []
    return examples[:limit]


def _to_request(generated: Any) -> Request | None:
    """Return a generated case as a request; None if HTTP cannot carry it."""
    import requests

    try:
        arguments = generated.as_transport_kwargs(base_url=_BASE_URL)
        prepared = requests.Request(**{key: arguments[key] for key in arguments if key in _TRANSPORT_KEYS}).prepare()
        path, _, query = prepared.path_url.partition("?")
        headers = {_latin1_text(name).lower(): _latin1_text(value) for name, value in prepared.headers.items()}
        for value in headers.values():
            value.encode("latin-1")
        body: Any = prepared.body or b""
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogatepass")
    except (ValueError, TypeError, OSError):
        return None
    own_headers = {name: value for name, value in headers.items() if name not in _TOOL_HEADERS}
    return Request(str(prepared.method), path, query, own_headers, bytes(body))


def _latin1_text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
