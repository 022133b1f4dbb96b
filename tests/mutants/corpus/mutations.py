"""The parts of bugs: small changes to bodies, headers and states, between the fake and its client."""

from collections.abc import Callable, Collection
from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus.mutated_vendor import Bug, InterceptedRequest, decode_json

DROP: Final = object()
"""As a field's new value: the field is left out."""

Change = Callable[[Any, InterceptedRequest], Any]
"""A decoded body in, the body to send out (the same one, changed, or another)."""
When = Callable[[Any, InterceptedRequest], bool]


def change_body(change: Change, *operations: str, when: When | None = None, refusals: bool = False) -> Bug:
    """Change the JSON bodies of some operations (all: none named): where they succeed, or of their `refusals`."""

    def bug(asked: InterceptedRequest) -> Response:
        response = asked.serve()
        body = decode_json(response.body)
        meant = not operations or asked.operation in operations
        if not meant or not isinstance(body, dict) or (response.status >= 400) is not refusals:
            return response
        if when is not None and not when(body, asked):
            return response
        return response._replace(body=orjson.dumps(change(body, asked)))

    return bug


def set_field(pointer: str, value: Any) -> Change:
    """Set one field; a function is given the old value and the body."""
    *parents, name = pointer.split("/")[1:]

    def change(body: Any, asked: InterceptedRequest) -> Any:
        inner = body
        for key in parents:
            inner = inner[int(key)] if isinstance(inner, list) else inner[key]
        if value is DROP:
            inner.pop(name)
        else:
            inner[name] = value(inner.get(name), body) if callable(value) else value
        return body

    return change


def set_fields(**fields: Any) -> Change:
    """Set several fields of the body."""

    def change(body: Any, asked: InterceptedRequest) -> Any:
        for name, value in fields.items():
            body = set_field(f"/{name}", value)(body, asked)
        return body

    return change


def each_entry(key: str, change: Change) -> Change:
    """Change every entry of a list in the body."""

    def change_all(body: Any, asked: InterceptedRequest) -> Any:
        body[key] = [change(entry, asked) for entry in body[key]]
        return body

    return change_all


def while_status(*names: str) -> When:
    """While the body shows one of these."""
    return lambda body, asked: body.get("status") in names


def from_second_answer(turns: int = 1) -> When:
    """From the second answer about a job on."""
    return lambda body, asked: asked.calls_before("later") >= turns


def both_hold(one: When, other: When) -> When:
    """While both hold."""
    return lambda body, asked: one(body, asked) and other(body, asked)


def change_response(change: Callable[[Response], Response], *operations: str, statuses: Collection[int] = ()) -> Bug:
    """Change anything else of an answer: status, headers, raw bytes."""

    def bug(asked: InterceptedRequest) -> Response:
        response = asked.serve()
        meant = not operations or asked.operation in operations
        return change(response) if meant and (not statuses or response.status in statuses) else response

    return bug


def content_type(mutant: str) -> Callable[[Response], Response]:
    """Another content type; empty: none."""
    return lambda response: with_header(response, "Content-Type", mutant)


def with_header(response: Response, name: str, value: str) -> Response:
    """An answer with one header replaced, or without it where the value is empty."""
    kept = [(key, old) for key, old in response.headers if key.lower() != name.lower()]
    return response._replace(headers=(*kept, *(((name, value),) if value else ())))


def replace_bytes(old: bytes, new: bytes) -> Callable[[Response], Response]:
    """Other bytes at the first place where the old ones stand."""
    return lambda response: response._replace(body=response.body.replace(old, new, 1))


def with_status(code: int, body: Any = None) -> Callable[[Response], Response]:
    """Another status, and another body where one is given."""
    return lambda response: response._replace(status=code, body=response.body if body is None else orjson.dumps(body))


def before(
    operation: str,
    happen: Callable[[InterceptedRequest], None],
    *,
    when: Callable[[InterceptedRequest], bool] = lambda asked: True,
) -> Bug:
    """Let something happen to the job just before an operation is served."""

    def bug(asked: InterceptedRequest) -> Response:
        if asked.operation == operation and when(asked):
            happen(asked)
        return asked.serve()

    return bug


def after(
    operation: str, happen: Callable[[InterceptedRequest, Response], None], *, statuses: Collection[int] = ()
) -> Bug:
    """Let something happen to the job just after an operation was served."""

    def bug(asked: InterceptedRequest) -> Response:
        response = asked.serve()
        if asked.operation == operation and (not statuses or response.status in statuses):
            happen(asked, response)
        return response

    return bug


def replace_answer(operation: str, answer: Callable[[InterceptedRequest], Response | None]) -> Bug:
    """Answer an operation oneself, without any effect; None: as it should be."""

    def bug(asked: InterceptedRequest) -> Response:
        if asked.operation == operation:
            given = answer(asked)
            if given is not None:
                return given
        return asked.serve()

    return bug


def force_state_change(source: str, target: str, operation: str = "get") -> Bug:
    """A job that was read in one state is in another one at the next read, legal or not."""

    def leap(asked: InterceptedRequest) -> None:
        if asked.state() == source and asked.calls_before(f"in {source}") == 1:
            asked.force(target)

    return before(operation, leap)


def replay_first_answer(*operations: str, turn: int = 1) -> Bug:
    """Give the first answer about a job once more, much later."""

    def bug(asked: InterceptedRequest) -> Response:
        response = asked.serve()
        if asked.operation not in operations or response.status != 200:
            return response
        first = asked.world.memory.setdefault(f"first {asked.job_id}", response)
        return first if asked.calls_before("stale") == turn else response

    return bug


def skip_authentication(operation: str) -> Bug:
    """Let everybody in."""
    return replace_answer(operation, lambda asked: asked.with_key().serve())


def serve_after_deletion(operation: str) -> Bug:
    """Answer the last success about a job for ever."""

    def answer(asked: InterceptedRequest) -> Response:
        response, kept = asked.serve(), f"kept {asked.job_id}"
        if response.status == 200:
            asked.world.memory[kept] = response
        last: Response = asked.world.memory.get(kept, response)
        return last

    return replace_answer(operation, answer)


def while_in(
    state: str, answer: Callable[[InterceptedRequest], Response]
) -> Callable[[InterceptedRequest], Response | None]:
    """Answer so only while the job is in a state."""
    return lambda asked: answer(asked) if asked.state() == state else None
