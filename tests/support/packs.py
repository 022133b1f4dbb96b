"""Packs for tests: the atelier, which uses everything a pack can say, and a world to call one in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND
from mockserver.core.wire import Request, Response
from mockserver.engine.reply import Reply
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.errors import MockError
from mockserver.packs.pack import compile_pack
from mockserver.stores import memory_store
from mockserver.vendors.api import Vendor
from mockserver.vendors.script import NO_SCRIPT, Script

ATELIER_FILE: Final = Path(__file__).parents[1] / "unit" / "packs" / "atelier.yaml"
ATELIER_TEXT: Final = ATELIER_FILE.read_text(encoding="utf-8")
PACK_START: Final = 1_000_000 * SECOND
ATELIER_HEADERS: Final = {"x-key": "k_1", "x-client": "tests", "content-type": "application/json"}


class PackReply(NamedTuple):
    """A status and a decoded body."""

    status: int
    body: Any


def changed_text(*replacements: tuple[str, str], text: str = ATELIER_TEXT) -> str:
    """Return the text of a pack with parts replaced, each of which must be there once or more."""
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text


def problems_of(text: str) -> list[str]:
    """Return the problems of a pack as `LINE:COLUMN CODE message`; none if it can be loaded."""
    try:
        compile_pack(text, "pack.yaml")
    except MockError as error:
        return [f"{one.location.line}:{one.location.column} {one.code} {one.message}" for one in error.problems]
    return []


class PackWorld:
    """A session of a pack's vendor; time is in seconds since the start."""

    def __init__(
        self,
        vendor: Vendor,
        script: Script = NO_SCRIPT,
        date: str | None = None,
        headers: Mapping[str, str] = ATELIER_HEADERS,
    ) -> None:
        era = vendor.era(date)
        assert era is not None
        self.era = era
        self.headers = dict(headers)
        scripts = {} if script is NO_SCRIPT else {vendor.name: script}
        setup = SessionSetup(
            "here", {vendor.name: era}, Clock(0, PACK_START, 1.0), "seed", memory_store, scripts=scripts
        )
        self.session = Session(setup)
        self.elapsed = 0.0
        self.reply: Reply

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Send a request; a header is written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path, _, query = path.partition("?")
        data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        request = Request(method, path, query, {**self.headers, **named}, data)
        now = int(self.elapsed * SECOND)
        self.reply = self.session.answer(self.era.vendor, request, "http://a", now)
        return self.reply.response

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> PackReply:
        """Send a request and decode the answer."""
        response = self.send(method, path, body, **headers)
        content_type = response.header("content-type") or ""
        if not response.body or not content_type.endswith("json"):
            return PackReply(response.status, response.body or None)
        return PackReply(response.status, json.loads(response.body))

    def create(self, path: str = "/v1/studios/main/frames", body: Any = None, **headers: str) -> str:
        """Create a job of the main kind; return its id."""
        reply = self.call("POST", path, dict(self.era.main_kind.example) if body is None else body, **headers)
        assert reply.status < 300, reply
        job_id: str = reply.body["id"]
        return job_id

    @property
    def valid_for(self) -> float:
        """The seconds until which the latest answer holds, since the start; 0 if it may not be cached."""
        until = self.reply.valid_until
        return (until - PACK_START) / SECOND if until else 0


ATELIER: Final = compile_pack(ATELIER_TEXT, "atelier.yaml")


def atelier(script: Script = NO_SCRIPT, date: str | None = None, *changes: tuple[str, str]) -> PackWorld:
    """Open a world of the atelier, with changes to its text."""
    vendor = compile_pack(changed_text(*changes)) if changes else ATELIER
    return PackWorld(vendor, script, date)


def unlimited(script: Script = NO_SCRIPT, date: str | None = None) -> PackWorld:
    """Open a world of the atelier without rate limits."""
    return PackWorld(ATELIER._replace(eras=tuple(era._replace(limits={}) for era in ATELIER.eras)), script, date)
