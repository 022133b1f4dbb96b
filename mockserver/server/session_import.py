"""A whole session file: written from a session, and made into a session that is there whole or not at all."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.clock import ClockMode, parse_clock_mode
from mockserver.core.instants import Instant, parse_instant, rfc3339
from mockserver.engine.session import Session
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.scenario.model import Scenario
from mockserver.server.session_entry import SessionEntry
from mockserver.server.session_file import FORMAT, WRONG, checked_members, file_error, restore_jobs, wrong_text
from mockserver.server.sessions import SessionRegistry
from mockserver.vendors.registry import resolve_era

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


def file_of(entry: SessionEntry, vendors: Mapping[str, list[Any]], wall_now: Instant) -> dict[str, Any]:
    """Return a session as a file; `vendors` has its jobs by vendor, each as `session_file.job_json` returns it."""
    session = entry.session
    clock = session.clock
    return {
        "mockserver_session": FORMAT,
        "name": session.name,
        "scenarios": [{"file": scenario.path, "text": scenario.text} for scenario in entry.scenarios],
        "seed": session.setup.seed,
        "eras": {vendor: session.setup.eras[vendor].date for vendor in vendors},
        "start": rfc3339(session.start, digits=6),
        "now": rfc3339(clock.now(wall_now), digits=6),
        "clock": str(ClockMode(clock.rate, clock.poll_step)),
        "faults": [{"vendor": active.vendor, **active.fault.source} for active in session.faults],
        "vendors": dict(vendors),
    }


def checked_file(value: Any) -> dict[str, Any]:
    """Return a session file that has all its members. Raises `MockError` SES006."""
    if isinstance(value, dict) and "mockserver_session" not in value:
        raise file_error("/session", "this is no session file: it has no member `mockserver_session`")
    described = checked_members(value, _MEMBERS, "/session")
    if described["mockserver_session"] != FORMAT:
        found = described["mockserver_session"]
        raise file_error("/session/mockserver_session", f"this version reads format {FORMAT}, not {found}")
    for index, each in enumerate(described["scenarios"]):
        checked_members(each, {"file": str, "text": str}, f"/session/scenarios/{index}")
    return described


def import_file(
    registry: SessionRegistry, name: str, described: dict[str, Any], scenarios: tuple[Scenario, ...], wall_now: Instant
) -> Session:
    """Make a session from a file of `checked_file`, whose scenarios are compiled.

    Raises `MockError` SES006 for a file that cannot be read, the codes of eras and faults for its parts.
    """
    entry = _prepare(registry, name, described, scenarios, wall_now)
    try:
        _fill(entry.session, described)
        registry.keeper.begun(entry, with_jobs=True)
    except WRONG as error:
        raise file_error("/session/vendors", wrong_text(error)) from error
    registry.install(entry)
    registry.count_memory(entry.session, wall_now)
    return entry.session


def _prepare(
    registry: SessionRegistry, name: str, described: dict[str, Any], scenarios: tuple[Scenario, ...], wall_now: Instant
) -> SessionEntry:
    """Make the session of a file, without jobs but those that its scenarios seed."""
    known = registry.settings.vendors
    if not all(isinstance(date, str) for date in described["eras"].values()):
        raise file_error("/session/eras", "this must map vendors to dates")
    eras = {vendor: resolve_era(f"{vendor}@{date}", known) for vendor, date in described["eras"].items()}
    start, now = parse_instant(described["start"]), parse_instant(described["now"])
    if start is None or now is None or now < start:
        raise file_error("/session/now", "start and now must be instants, in this order")
    mode = parse_clock_mode(described["clock"])
    entry = registry.prepare(
        name, wall_now, scenarios, seed=described["seed"], clock_mode=mode, eras=eras, is_private=True, start=start
    )
    entry.session.clock = mode.start(wall_now, now)
    return entry


def _fill(session: Session, described: dict[str, Any]) -> None:
    """Give a session the faults and jobs of its file, and schedule their deliveries."""
    eras = tuple(session.setup.eras.values())
    session.remove_faults()
    for index, each in reversed(list(enumerate(described["faults"]))):
        if not isinstance(each, dict) or not isinstance(each.get("vendor"), str):
            raise file_error(f"/session/faults/{index}", "this must be a fault with its vendor")
        fields = {field: value for field, value in each.items() if field != "vendor"}
        own = tuple(era for era in eras if each["vendor"] in ("", era.vendor))
        session.add_fault(each["vendor"], parse_fault(fields, FaultContext(own, None)))
    for vendor, listed in described["vendors"].items():
        if vendor not in described["eras"] or not isinstance(listed, list):
            raise file_error(f"/session/vendors/{vendor[:80]}", "this must be a list of jobs of a vendor with an era")
        restore_jobs(session, vendor, listed)
    for context, job in session.jobs():
        session.deliveries.reschedule(context, job)
