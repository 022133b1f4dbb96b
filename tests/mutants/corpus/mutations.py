"""The parts of bugs: small changes to bodies, headers and states, between the fake and its client."""

from collections.abc import Callable, Collection
from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus.mutated_vendor import Bug, InterceptedRequest, decode_json

DROP: Final = object()
"""As a field's new value: the field is left out."""

BodyChange = Callable[[Any, InterceptedRequest], Any]
"""Takes a decoded body; returns the body to send (the same one, changed, or another)."""
BodyCondition = Callable[[Any, InterceptedRequest], bool]
Answer = Callable[[InterceptedRequest], Response]
OptionalAnswer = Callable[[InterceptedRequest], Response | None]
"""Returns None where the correct fake is to answer."""


def change_body(change: BodyChange, *operations: str, when: BodyCondition | None = None, refusals: bool = False) -> Bug:
    """Change the JSON bodies of some operations (of all if none is named): successes, or with `refusals` refusals."""

    def serve_changed_body(call: InterceptedRequest) -> Response:
        response = call.serve()
        body = decode_json(response.body)
        is_meant = not operations or call.operation in operations
        if not is_meant or not isinstance(body, dict) or (response.status >= 400) is not refusals:
            return response
        if when is not None and not when(body, call):
            return response
        return response._replace(body=orjson.dumps(change(body, call)))

    return serve_changed_body


def set_field(pointer: str, value: Any) -> BodyChange:
    """Set one field; a function is given the old value and the body."""
    *parents, name = pointer.split("/")[1:]

    def change_field(body: Any, call: InterceptedRequest) -> Any:
        inner = body
        for key in parents:
            inner = inner[int(key)] if isinstance(inner, list) else inner[key]
        if value is DROP:
            inner.pop(name)
        else:
            inner[name] = value(inner.get(name), body) if callable(value) else value
        return body

    return change_field


def set_fields(**fields: Any) -> BodyChange:
    """Set several fields of the body."""

    def change_fields(body: Any, call: InterceptedRequest) -> Any:
        for name, value in fields.items():
            body = set_field(f"/{name}", value)(body, call)
        return body

    return change_fields


def each_entry(key: str, change: BodyChange) -> BodyChange:
    """Change every entry of a list in the body."""

    def change_entries(body: Any, call: InterceptedRequest) -> Any:
        body[key] = [change(entry, call) for entry in body[key]]
        return body

    return change_entries


def while_status(*names: str) -> BodyCondition:
    """Require that the body shows one of these states."""
    return lambda body, call: body.get("status") in names


def from_second_answer(turns: int = 1) -> BodyCondition:
    """Require that `turns` answers about the job were tried before."""
    return lambda body, call: call.calls_before("later") >= turns


def both_hold(one: BodyCondition, other: BodyCondition) -> BodyCondition:
    """Require two conditions, the second of which is tried only if the first holds."""
    return lambda body, call: one(body, call) and other(body, call)


def change_response(change: Callable[[Response], Response], *operations: str, statuses: Collection[int] = ()) -> Bug:
    """Change the status, the headers or the bytes of some answers."""

    def serve_changed_response(call: InterceptedRequest) -> Response:
        response = call.serve()
        is_meant = not operations or call.operation in operations
        if is_meant and (not statuses or response.status in statuses):
            return change(response)
        return response

    return serve_changed_response


def content_type(media_type: str) -> Callable[[Response], Response]:
    """Replace the content type; empty: remove it."""
    return lambda response: with_header(response, "Content-Type", media_type)


def with_header(response: Response, name: str, value: str) -> Response:
    """Return an answer with one header replaced; without it if the value is empty."""
    kept = [(key, old) for key, old in response.headers if key.lower() != name.lower()]
    return response._replace(headers=(*kept, *(((name, value),) if value else ())))


def replace_bytes(old: bytes, new: bytes) -> Callable[[Response], Response]:
    """Replace bytes at the first place at which they stand."""
    return lambda response: response._replace(body=response.body.replace(old, new, 1))


def with_status(code: int, body: Any = None) -> Callable[[Response], Response]:
    """Replace the status, and the body if one is given."""
    return lambda response: response._replace(status=code, body=response.body if body is None else orjson.dumps(body))


def before(operation: str, happen: Callable[[InterceptedRequest], None]) -> Bug:
    """Let something happen to the job just before an operation is served."""

    def happen_and_serve(call: InterceptedRequest) -> Response:
        if call.operation == operation:
            happen(call)
        return call.serve()

    return happen_and_serve


def after(
    operation: str, happen: Callable[[InterceptedRequest, Response], None], *, statuses: Collection[int] = ()
) -> Bug:
    """Let something happen to the job just after an operation was served."""

    def serve_and_happen(call: InterceptedRequest) -> Response:
        response = call.serve()
        if call.operation == operation and (not statuses or response.status in statuses):
            happen(call, response)
        return response

    return serve_and_happen


def replace_answer(operation: str, answer: OptionalAnswer) -> Bug:
    """Answer an operation without any effect; None: let the fake answer."""

    def answer_or_serve(call: InterceptedRequest) -> Response:
        given = answer(call) if call.operation == operation else None
        return given or call.serve()

    return answer_or_serve


def serve_but_answer(answer: Answer) -> Answer:
    """Let a request take effect, and give another answer."""

    def serve_and_answer(call: InterceptedRequest) -> Response:
        call.serve()
        return answer(call)

    return serve_and_answer


def force_state_change(source: str, target: str, operation: str = "get") -> Bug:
    """Put a job that was read in one state into another one before the next read, legal or not."""

    def force(call: InterceptedRequest) -> None:
        if call.state() == source and call.calls_before(f"in {source}") == 1:
            call.force(target)

    return before(operation, force)


def replay_first_answer(*operations: str, turn: int = 1) -> Bug:
    """Give the first answer about a job once more, much later."""

    def serve_or_replay(call: InterceptedRequest) -> Response:
        response = call.serve()
        if call.operation not in operations or response.status != 200:
            return response
        first: Response = call.world.memory.setdefault(f"first {call.job_id}", response)
        return first if call.calls_before("stale") == turn else response

    return serve_or_replay


def skip_authentication(operation: str) -> Bug:
    """Serve an operation without a valid API key."""
    return replace_answer(operation, lambda call: call.with_key().serve())


def serve_after_deletion(operation: str) -> Bug:
    """Repeat the last success about a job once it is deleted."""

    def serve_or_repeat(call: InterceptedRequest) -> Response:
        response, key = call.serve(), f"kept {call.job_id}"
        if response.status == 200:
            call.world.memory[key] = response
        last: Response = call.world.memory.get(key, response)
        return last

    return replace_answer(operation, serve_or_repeat)


def while_in(state: str, answer: Answer) -> OptionalAnswer:
    """Answer only while the job is in a state."""
    return lambda call: answer(call) if call.state() == state else None


def on_call(number: int, answer: Answer) -> OptionalAnswer:
    """Answer only one of the calls about a job; the first one is number 0."""
    return lambda call: answer(call) if call.calls_before("answered") == number else None
