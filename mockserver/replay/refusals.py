"""The answers to requests that the recording does not answer: problems, each with what is nearest to it.

They name calls and the places of recorded answers, and nothing of what those contain.
"""

from collections import Counter
from typing import Final

from mockserver.contract.judge.vendor_paths import vendor_path
from mockserver.core.text import pluralize
from mockserver.core.wire import Request, Response
from mockserver.engine.near_misses import nearest_operations
from mockserver.replay.course import UnknownAnswer
from mockserver.replay.traffic import RecordedTraffic
from mockserver.server.problem import problem_response

MAX_CALLS: Final = 200
"""Recorded calls that a request is compared with."""
NOT_RECORDED: Final = 501


def not_recorded(request: Request, traffic: RecordedTraffic) -> Response:
    """Return RPL002, with the recorded calls that are nearest to the request."""
    path = vendor_path(request.path)
    calls = list(traffic.calls.values())[:MAX_CALLS]
    misses = nearest_operations(request.method, path, calls)
    nearest = misses[0]
    detail = f"{request.method} {request.path} is not in the recording"
    hint = f"The nearest recorded call is {nearest.operation.name}: {nearest.difference}."
    if not nearest.difference:
        hint = f"It has {nearest.operation.name} of another job, or with another query. {_recorded_jobs(traffic)}"
    return problem_response(NOT_RECORDED, "RPL002", detail, hint, near_misses=[miss.json() for miss in misses])


def _recorded_jobs(traffic: RecordedTraffic) -> str:
    """Return how many jobs of each vendor the recording has."""
    jobs = Counter(key.vendor for key in traffic.courses if key.vendor)
    if not jobs:
        return "The recording has no job."
    counts = ", ".join(f"{pluralize(count, 'job')} of {vendor}" for vendor, count in sorted(jobs.items()))
    return f"The recording has {counts}."


def not_at_this_moment(request: Request, unknown: UnknownAnswer) -> Response:
    """Return RPL003, with the reason."""
    detail = f"{request.method} {request.path}: {unknown.reason}"
    return problem_response(NOT_RECORDED, "RPL003", detail, unknown.hint)


def without_answer(position: str) -> Response:
    """Return RPL004 for a call whose answer was not recorded."""
    detail = "the recording has this call without an answer, or without the answer's body"
    return problem_response(NOT_RECORDED, "RPL004", detail, f"It is {position}.")
