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

from mockserver.contract.capture import Capture
from mockserver.core.wire import Request
from mockserver.errors import refuse

_OWN: Final = frozenset(("user-agent", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid"))
"""Headers of the tool, not of the case."""
_BASE: Final = "http://127.0.0.1"


class Case(NamedTuple):
    """One request, and the operation that it was made for."""

    operation: str
    """The operationId."""
    template: str
    """Its path, with parameters in braces."""
    request: Request


def cases(capture: Capture, most: int, seed: int, enough: Callable[[], bool]) -> Iterator[Case]:
    """About `most` cases for each operation, two in three of them valid; the same for the same seed.

    `enough` is asked before each operation and each case: once it is true, no more are made. Raises `MockError`
    (RUN007) where Schemathesis is not installed.
    """
    schemathesis, hypothesis = _tools()
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    shares = (most - most // 3, most // 3)
    with _elsewhere(hypothesis):
        schema = schemathesis.openapi.from_dict(json.loads(json.dumps(capture.document)))
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode, share in zip(modes, shares, strict=True):
                if share and not enough():
                    strategy = operation.as_strategy(generation_mode=mode)
                    for made in _examples(hypothesis, strategy, share, seed, enough):
                        yield from _case(capture, operation, made)


def _tools() -> tuple[Any, Any]:
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
def _elsewhere(hypothesis: Any) -> Iterator[None]:
    """Hypothesis keeps files; not in the user's folder."""
    with TemporaryDirectory() as place:
        hypothesis.configuration.set_hypothesis_home_dir(place)
        try:
            yield
        finally:
            hypothesis.configuration.set_hypothesis_home_dir(None)


def _examples(hypothesis: Any, strategy: Any, most: int, seed: int, enough: Callable[[], bool]) -> list[Any]:
    """Up to `most` examples; none of what cannot be made (a path without a parameter has no wrong one)."""
    found: list[Any] = []

    def keep(case: Any) -> None:
        if not enough():
            found.append(case)

    settings = hypothesis.settings(
        max_examples=most,
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
    return found[:most]


def _case(capture: Capture, operation: Any, made: Any) -> Iterator[Case]:
    """A made case as a request; nothing where HTTP cannot carry it."""
    method, template = operation.method.upper(), operation.path
    described = capture.find(method, template)
    request = _request(made)
    if request is not None:
        yield Case(described.id if described is not None else f"{method} {template}", template, request)


def _request(made: Any) -> Request | None:
    import requests

    wanted = {"method", "url", "headers", "params", "cookies", "json", "data", "files"}
    try:
        parts = {key: value for key, value in made.as_transport_kwargs(base_url=_BASE).items() if key in wanted}
        prepared = requests.Request(**parts).prepare()
        path, _, query = prepared.path_url.partition("?")
        headers = {_text(name).lower(): _text(value) for name, value in prepared.headers.items()}
        body = _bytes(prepared.body)
        for value in headers.values():
            value.encode("latin-1")
    except (ValueError, TypeError, OSError):
        return None
    return Request(
        str(prepared.method), path, query, {name: text for name, text in headers.items() if name not in _OWN}, body
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return bytes(body) if body is not None else b""
