"""The admin calls that write a session to a file, and make a session from one."""

from typing import Any, Final

import orjson

from mockserver.core.clock import ClockMode, parse_clock_mode
from mockserver.core.instants import parse_instant, rfc3339
from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse, refuse_unknown
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.scenario.model import Scenario
from mockserver.server.admin.call import AdminCall, json_ok, text_field
from mockserver.server.admin.faults import FAULT_FIELDS
from mockserver.server.admin.scenarios import compile_upload
from mockserver.server.admin.sessions import session_json
from mockserver.server.session_file import FORMAT, checked_members, file_error, job_json, restore_jobs
from mockserver.server.slices import in_slices
from mockserver.vendors.registry import resolve_era

MAX_JOBS_IN_FILE: Final = 20_000
"""Jobs of one session file."""
IMPORT_FIELDS: Final = ("name", "session")
_MEMBERS: Final = {
    "mockserver_session": int,
    "name": str,
    "scenarios": list,
    "seed": str,
    "eras": dict,
    "start": str,
    "now": str,
    "clock": str,
    "faults": list,
    "vendors": dict,
}


async def export_session(call: AdminCall) -> Response:
    """Return a session as a file: scenarios, seed, eras, clock, faults, and every input of its jobs.

    Raises `MockError` ADM010 for an unknown session, SES007 for one with too many jobs.
    """
    name = call.path_params[0]
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
    clock = session.clock
    answer = {
        "mockserver_session": FORMAT,
        "name": session.name,
        "scenarios": [{"file": scenario.path, "text": scenario.text} for scenario in entry.scenarios],
        "seed": session.setup.seed,
        "eras": {vendor: session.setup.eras[vendor].date for vendor in vendors},
        "start": rfc3339(session.start, digits=6),
        "now": rfc3339(clock.now(call.wall_clock()), digits=6),
        "clock": str(ClockMode(clock.rate, clock.poll_step)),
        "faults": [{"vendor": active.vendor, **active.fault.source} for active in session.faults],
        "vendors": vendors,
    }
    data = orjson.dumps(answer, default=list, option=orjson.OPT_INDENT_2)
    return Response(200, (("Content-Type", "application/json"),), data)


async def import_session(call: AdminCall) -> Response:
    """Make a session from a session file: `{name, session}`; without a name it has the one of the file.

    Raises `MockError` ADM008 if the name is taken, SES006 for a file that cannot be read, the codes of scenarios,
    eras and faults for its parts.
    """
    described = checked_members(call.fields.get("session"), _MEMBERS, "/session")
    if described["mockserver_session"] != FORMAT:
        found = described["mockserver_session"]
        raise file_error("/session/mockserver_session", f"this version reads format {FORMAT}, not {found}")
    name = text_field(call, "name") or described["name"]
    if call.registry.get(name) is not None:
        raise refuse("ADM008", f"session {name!r} already exists", "give the import another `name`")
    scenarios: list[Scenario] = []
    for index, each in enumerate(described["scenarios"]):
        given = checked_members(each, {"file": str, "text": str}, f"/session/scenarios/{index}")
        compiled = await compile_upload(call, given["text"], given["file"] or "scenario.yaml")
        if isinstance(compiled, Response):
            return compiled
        scenarios.append(compiled)
    session = _begin(call, name, described, tuple(scenarios))
    try:
        _fill(call, session, described)
        call.registry.complete(session)
    except MockError:
        call.registry.delete(name)
        raise
    return json_ok(session_json(session, call.wall_clock()), 201)


def _begin(call: AdminCall, name: str, described: dict[str, Any], scenarios: tuple[Scenario, ...]) -> Session:
    """Create the session of a file, without jobs but those that its scenarios seed."""
    known = call.registry.settings.vendors
    if not all(isinstance(date, str) for date in described["eras"].values()):
        raise file_error("/session/eras", "this must map vendors to dates")
    eras = {vendor: resolve_era(f"{vendor}@{date}", known) for vendor, date in described["eras"].items()}
    start, now = parse_instant(described["start"]), parse_instant(described["now"])
    if start is None or now is None or now < start:
        raise file_error("/session/now", "start and now must be instants, in this order")
    mode = parse_clock_mode(described["clock"])
    wall_now = call.wall_clock()
    session = call.registry.create(
        name,
        wall_now,
        seed=described["seed"],
        clock_mode=mode,
        eras=eras,
        is_private=True,
        exactly=(scenarios, start),
    )
    session.clock = mode.start(wall_now, now)
    return session


def _fill(call: AdminCall, session: Session, described: dict[str, Any]) -> None:
    """Give a session the faults and jobs of its file, and schedule their deliveries."""
    eras = tuple(session.setup.eras.values())
    session.remove_faults()
    for index, each in reversed(list(enumerate(described["faults"]))):
        if not isinstance(each, dict) or not isinstance(each.get("vendor"), str):
            raise file_error(f"/session/faults/{index}", "this must be a fault with its vendor")
        fields = {field: value for field, value in each.items() if field in FAULT_FIELDS}
        own = tuple(era for era in eras if each["vendor"] in ("", era.vendor))
        session.add_fault(each["vendor"], parse_fault(fields, FaultContext(own, None)))
    for vendor, listed in described["vendors"].items():
        if vendor not in described["eras"] or not isinstance(listed, list):
            raise file_error(f"/session/vendors/{vendor[:80]}", "this must be a list of jobs of a vendor with an era")
        restore_jobs(session, vendor, listed)
    for context, job in session.jobs():
        session.deliveries.reschedule(context, job)
    call.registry.count_memory(session, call.wall_clock())
