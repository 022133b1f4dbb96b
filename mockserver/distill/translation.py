"""Translates recorded requests to those of a playback.

Theory of operation. The fake gives other ids than the recorded service did, and hands out other URLs. Whatever text of
a recorded answer has another text in its place in the played answer stands for it from then on: a later request that
contains the recorded one is sent with the played one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import orjson

from mockserver.contract.judge.placed_exchange import KEY_HEADERS
from mockserver.core.wire import Request, Response, json_or_none
from mockserver.distill.calls import AnswerView, RecordedCall
from mockserver.distill.vocabulary import declared_headers
from mockserver.runner.calls import request_parts
from mockserver.vendors.api import Era
from mockserver.vendors.http import USUAL_KEY

MAX_LEARNED: Final = 100_000
"""Texts that are translated; further ones are sent as recorded."""
_MAX_TARGETS: Final = 1_024
SPECIAL_KEYS: Final = ("invalid", "expired")
"""Keys by which a client of the fake asks for a refusal."""
_KEPT_HEADERS: Final = ("content-type", "idempotency-key", "range", "if-range", "if-none-match", "accept", "upgrade")


@dataclass(frozen=True)
class RecordedJobNames:
    """How the recording's jobs are called in the scenario."""

    seeded: Mapping[str, str]
    """Recorded id -> id of a job that exists at the start."""
    created: Mapping[str, str]
    """Recorded id -> the name that the play gives the job; empty where the scenario has one job."""


def name_keys(calls: Iterable[RecordedCall]) -> dict[str, str]:
    """Return what stands for each API key of the recording: another one for each, as limits are counted by key."""
    names: dict[str, str] = {key: key for key in SPECIAL_KEYS}
    count = 0
    for call in calls:
        for key in given_keys(call.request).values():
            if key not in names:
                count += 1
                names[key] = USUAL_KEY if count == 1 else f"{USUAL_KEY}-{count}"
    return names


def given_keys(request: Request) -> dict[str, str]:
    """Return the API keys of a request by their headers, without the scheme."""
    return {name: request.headers[name].rpartition(" ")[2] for name in KEY_HEADERS if name in request.headers}


class Translation:
    """Translates recorded requests to those of the playback."""

    def __init__(self, era: Era, names: RecordedJobNames, key_names: Mapping[str, str]) -> None:
        self._era = era
        self._texts: dict[str, str] = dict(names.seeded)
        self.job_ids: set[str] = set(names.seeded.values())
        """The ids that the recording's jobs have in the playback."""
        # Most requests are the same poll again.
        self._cached_target = lru_cache(maxsize=_MAX_TARGETS)(self.target_of)
        self._names = names
        self._key_names = key_names
        self._learned: set[tuple[str | None, str | None]] = set()
        """The operations, and the jobs that they were about, whose answers have been compared."""

    def knows(self, text: str) -> bool:
        """Return True for a text that stands for another one."""
        return text in self._texts

    def text(self, text: str) -> str:
        """Return what stands for a text in the playback; the text itself if nothing does."""
        return self._texts.get(text, text)

    def request(self, call: RecordedCall) -> Request:
        """Return the request to send for a recorded one."""
        recorded = call.request
        path, query, body = recorded.path, recorded.query, recorded.body
        if self._texts:
            path, query = self._cached_target(path, query, len(self._texts))
            value = json_or_none(body)
            if isinstance(value, dict | list):
                body = orjson.dumps(self._replace_texts(value))
        return Request(recorded.method, path, query, self.headers_of(call), body)

    def target_of(self, path: str, query: str, text_count: int) -> tuple[str, str]:
        """Return the path and the query to send for recorded ones.

        Texts are added and never taken away: their number says a cache which ones were known.
        """
        parts = (quote(self.text(unquote(part)), safe=":@!$&'()*+,;=~") for part in path.split("/"))
        pairs = [(name, self.text(value)) for name, value in parse_qsl(query, keep_blank_values=True)]
        return "/".join(parts), urlencode(pairs)

    def example_request(self, call: RecordedCall, request: Request) -> Request:
        """Return the request with the vendor's example as its body."""
        operation = call.operation
        assert operation is not None  # noqa: S101 -- only such calls are played back
        defaults = self._era.kinds[operation.kind].example if operation.creates else {}
        example: Any = dict(operation.example_params or defaults)
        _, _, body = request_parts(operation, self.text(call.job_id or ""), example)
        data = orjson.dumps(body) if body is not None else b""
        return request._replace(body=data, headers={**request.headers, "content-type": "application/json"})

    def headers_of(self, call: RecordedCall) -> dict[str, str]:
        """Return the headers to send for a recorded request, with the key that stands for its own."""
        recorded = call.request.headers
        kept = (*_KEPT_HEADERS, *self._era.usual_headers, *(set(declared_headers(self._era.vendor)) - {*KEY_HEADERS}))
        headers = {name: recorded[name] for name in kept if name in recorded}
        given = given_keys(call.request)
        refused = call.view is not None and call.view.status in (401, 403)
        # A recorder may have left the key out; a refused call without one had none.
        if not given and not refused:
            headers.update(self._well_formed_key(USUAL_KEY))
        for name, key in given.items():
            scheme, space, _ = recorded[name].rpartition(" ")
            headers[name] = f"{scheme}{space}{self._key_names[key]}"
            well_formed = {} if refused else self._well_formed_key(self._key_names[key])
            if name in well_formed and well_formed[name].rpartition(" ")[0] == scheme:
                headers[name] = well_formed[name]
        job_name = self._names.created.get(call.job_id or "")
        if job_name and call.view is not None and call.view.created_id is not None:
            headers["x-mock-job"] = job_name
        return headers

    def _well_formed_key(self, name: str) -> dict[str, str]:
        """Return the headers of a key in the form that the vendor asks of its keys, such as `key_...`."""
        return {header.lower(): value for header, value in self._era.auth_headers(name).items()}

    def _replace_texts(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._replace_texts(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._replace_texts(inner) for inner in value]
        return value

    def learn_created(self, call: RecordedCall, played: AnswerView) -> None:
        """Note the id of a created job, also if it is the recorded one."""
        if call.view is not None and call.view.created_id is not None and played.created_id is not None:
            self._texts[call.view.created_id] = played.created_id
            self._cached_target.cache_clear()
            self.job_ids.add(played.created_id)

    def learn(self, call: RecordedCall, response: Response) -> None:
        """Note which texts of the recorded answer have another text in their place in the played one."""
        recorded = call.exchange.response
        place = (call.operation.name if call.operation is not None else None, call.job_id)
        # Later answers of an operation about a job repeat what the first has shown.
        if recorded is None or (call.job_id is not None and place in self._learned):
            return
        if recorded.status < 300 and response.status < 300:
            self._learned.add(place)
            self._learn_values(json_or_none(recorded.body), json_or_none(response.body))

    def _learn_values(self, recorded: Any, played: Any) -> None:
        if isinstance(recorded, dict) and isinstance(played, dict):
            for key in recorded.keys() & played.keys():
                self._learn_values(recorded[key], played[key])
        elif isinstance(recorded, list) and isinstance(played, list):
            for left, right in zip(recorded, played, strict=False):
                self._learn_values(left, right)
        elif isinstance(recorded, str) and isinstance(played, str) and recorded != played:
            self._learn_text(recorded, played)

    def _learn_text(self, recorded: str, played: str) -> None:
        if len(self._texts) >= MAX_LEARNED or not recorded or not has_digit(recorded):
            return
        self._texts.setdefault(recorded, played)
        if "://" in recorded and "://" in played:
            theirs, ours = urlsplit(recorded), urlsplit(played)
            pairs = zip(theirs.path.split("/"), ours.path.split("/"), strict=False)
            queries = zip(parse_qsl(theirs.query), parse_qsl(ours.query), strict=False)
            for left, right in (*pairs, *((a[1], b[1]) for a, b in queries)):
                if left != right and has_digit(left):
                    self._texts.setdefault(left, right)


def has_digit(text: str) -> bool:
    """Return True for what can be an id: words of an API have no digits."""
    return any(character.isdigit() for character in text)
