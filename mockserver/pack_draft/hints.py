"""What a document itself says about polling: waiters, `x-speakeasy-polling`, `x-ms-long-running-operation`.

They are extensions of operations or of the whole document; whatever has another form than expected is not read.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from mockserver.pack_draft.calls import ApiCall
from mockserver.pack_draft.entries import list_or_empty, mapping_or_empty
from mockserver.pack_draft.status_words import TERMINAL, Stage, stage_of

WAITER_KEYS: Final = ("x-waiters", "x-aws-waiters", "x-smithy-waiters", "smithy.waiters#waitable", "waiters")
"""Where waiters stand: of botocore (`waiters`), or Smithy's trait."""
LRO_FLAG: Final = "x-ms-long-running-operation"
LRO_OPTIONS: Final = "x-ms-long-running-operation-options"
FINAL_STATE: Final = "final-state-via"
POLLING: Final = "x-speakeasy-polling"
_MAX_HINTS: Final = 100
_QUOTED: Final = re.compile(r"""["'`]([^"'`]{1,60})["'`]|==\s*([A-Za-z][\w-]{0,59})""")
_STAGE_OF_ACCEPTOR: Final[Mapping[str, Stage]] = {"success": Stage.SUCCEEDED, "failure": Stage.FAILED}


def hinted_stages(read: ApiCall, document: Mapping[str, Any]) -> dict[str, Stage]:
    """Return the stages of statuses that the hints about a read give."""
    stages: dict[str, Stage] = {}
    for status, stage in (*_from_waiters(read, document), *_from_polling(read.extension(POLLING))):
        named = stage_of(status)
        # A waiter that fails does not say how the job ended: the status's name does.
        if stage is not Stage.FAILED or named not in TERMINAL:
            named = stage
        stages.setdefault(status, named)
    return stages


def _from_waiters(read: ApiCall, document: Mapping[str, Any]) -> Iterator[tuple[str, Stage]]:
    for key in WAITER_KEYS:
        for holder, is_own in ((read.operation.body, True), (document, False)):
            for waiter in islice(_mappings(holder.get(key)), _MAX_HINTS):
                if is_own or str(waiter.get("operation", "")) == read.operation.id:
                    yield from _from_acceptors(waiter.get("acceptors"))


def _from_acceptors(acceptors: Any) -> Iterator[tuple[str, Stage]]:
    for acceptor in islice(_mappings(acceptors), _MAX_HINTS):
        stage = _STAGE_OF_ACCEPTOR.get(str(acceptor.get("state")))
        expected = _expected(acceptor)
        if stage is not None and isinstance(expected, str):
            yield expected, stage


def _expected(acceptor: Mapping[str, Any]) -> Any:
    """Return the value that an acceptor waits for: botocore's `expected`, or that of Smithy's `matcher.output`."""
    matcher = acceptor.get("matcher")
    if not isinstance(matcher, dict):
        # The statuses and error names of botocore's other matchers are no states.
        if not str(matcher).startswith("path"):
            return None
        return acceptor.get("expected")
    return mapping_or_empty(matcher.get("output", matcher.get("inputOutput"))).get("expected")


def _from_polling(polling: Any) -> Iterator[tuple[str, Stage]]:
    for each in islice(_mappings(polling), _MAX_HINTS):
        for key, stage in (("successCriteria", Stage.SUCCEEDED), ("failureCriteria", Stage.FAILED)):
            for criterion in islice(_mappings(each.get(key)), _MAX_HINTS):
                condition = str(criterion.get("condition", ""))[:500]
                if "statusCode" not in condition:
                    for quoted, bare in _QUOTED.findall(condition):
                        yield quoted or bare, stage


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the mappings in a list, or those in a mapping by name; nothing of anything else."""
    listed = [*list_or_empty(value), *mapping_or_empty(value).values()]
    yield from (each for each in listed if isinstance(each, dict))


def final_state_via(call: ApiCall) -> str:
    """Return where a long-running operation's final result is, by its options; empty where they do not say."""
    return str(mapping_or_empty(call.extension(LRO_OPTIONS)).get(FINAL_STATE, ""))


def hint_names(read: ApiCall, creates: tuple[ApiCall, ...], document: Mapping[str, Any]) -> list[str]:
    """Return the names of the hints that were read for a kind of job."""
    names = []
    if any(True for _ in _from_waiters(read, document)):
        names.append("waiters")
    if any(True for _ in _from_polling(read.extension(POLLING))):
        names.append(POLLING)
    if any(call.extension(LRO_FLAG) for call in creates):
        names.append(LRO_FLAG)
    return names
