"""The admin calls that write a session to a file, and make a session from one."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from mockserver.errors import refuse, refuse_unknown
from mockserver.scenario.model import Scenario
from mockserver.server.admin.call import AdminCall, json_ok, text_field
from mockserver.server.admin.scenarios import DEFAULT_FILE, compile_upload
from mockserver.server.admin.sessions import session_json
from mockserver.server.session_file import job_json
from mockserver.server.session_import import checked_file, file_of, import_file
from mockserver.server.slices import in_slices

MAX_JOBS_IN_FILE: Final = 20_000
"""Jobs of one session file."""
IMPORT_FIELDS: Final = ("name", "session")


async def export_session(call: AdminCall) -> Response:
    """Return a session as a file: scenarios, seed, eras, clock, faults, and every input of its jobs.

    Raises `MockError` ADM010 for an unknown session, SES007 for one with too many jobs.
    """
    name = call.path_params[0]
    call.registry.keeper.refresh(name)
    entry = call.registry.entries.get(name)
    if entry is None:
        raise refuse_unknown("ADM010", "session", name, call.registry.names(), "GET /__mock/sessions lists them.")
    session = entry.session
    if sum(len(context.store) for context in session.contexts()) > MAX_JOBS_IN_FILE:
        message = f"session {name!r} has more than {MAX_JOBS_IN_FILE:,} jobs"
        raise refuse("SES007", message, "a file is for a session that shows a problem: make a smaller one")
    vendors: dict[str, list[Any]] = {context.era.vendor: [] for context in session.contexts()}
    async for context, job in in_slices(session.jobs()):
        vendors[context.era.vendor].append(job_json(context, job, session.start))
    answer = file_of(entry, vendors, call.wall_clock())
    data = orjson.dumps(answer, default=list, option=orjson.OPT_INDENT_2)
    return Response(200, (("Content-Type", "application/json"),), data)


async def import_session(call: AdminCall) -> Response:
    """Make a session from a session file: `{name, session}`; without a name it has the one of the file.

    Raises `MockError` ADM008 if the name is taken, SES006 for a file that cannot be read, the codes of scenarios,
    eras and faults for its parts.
    """
    described = checked_file(call.fields.get("session"))
    name = text_field(call, "name") or described["name"]
    call.registry.keeper.refresh(name)
    if call.registry.get(name) is not None:
        raise refuse("ADM008", f"session {name!r} already exists", "give the import another `name`")
    scenarios: list[Scenario] = []
    for each in described["scenarios"]:
        compiled = await compile_upload(call, each["text"], each["file"] or DEFAULT_FILE)
        if isinstance(compiled, Response):
            return compiled
        scenarios.append(compiled)
    session = import_file(call.registry, name, described, tuple(scenarios), call.wall_clock())
    call.scheduler.rearm(session)
    return json_ok(session_json(session, call.wall_clock()), 201)
