"""Puts a server together: joins vendors, scenarios, the store and the judge into the settings of one server.

It stands above `server` and `runner`, which must not know each other, and below everything that starts a server.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockserver.core.clock import Clock, parse_clock_mode
from mockserver.core.instants import Instant
from mockserver.errors import Problem
from mockserver.installed import InstalledVendors
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from mockserver.server.settings import ServerSettings
from mockserver.stores import memory_store
from mockserver.vendors.api import Era


def compose_settings(
    library: ScenarioLibrary,
    eras: Mapping[str, Era],
    *,
    scenarios: Sequence[Scenario] = (),
    clock: str = "real",
    judged: bool = False,
    **others: Any,
) -> ServerSettings:
    """Return the settings of a server that can play every scenario of the library.

    `scenarios` are played in each session that names none. `clock` is `real`, `manual`, `auto` or a rate such as `x60`;
    `judged` has every answer checked against its capture; `others` are fields of `ServerSettings`. Raises `MockError`
    SES004 for another clock.
    """
    checker = None
    if judged:
        # Imported here: reading the contracts takes time that a server that does not judge must not pay.
        from mockserver.runner.judge.judges import ServerJudge

        checker = ServerJudge()
    playing = {scenario.name: scenario for scenario in scenarios}
    vendors = library.vendors
    if isinstance(vendors, InstalledVendors):
        others = {"packs_with_call": vendors.waiting_with_call, **others}
    return ServerSettings(
        vendors=vendors,
        eras=eras,
        make_store=memory_store,
        # A scenario that is played need not be in the library: it may be a file of any folder.
        find_scenario=lambda name: playing.get(name) or library.find(name),
        scenario_names=lambda: sorted({*playing, *library.files()}),
        scenarios=tuple(playing.values()),
        clock=clock_factory(clock),
        checker=checker,
        check_scenario=contract_violations_of,
        **others,
    )


def clock_factory(clock: str) -> Callable[[Instant], Clock]:
    """Return what makes a session's clock, which starts at the wall clock. Raises `MockError` SES004."""
    mode = parse_clock_mode(clock)
    return lambda wall_now: mode.start(wall_now, wall_now)


def contract_violations_of(scenario: Scenario, era: Era) -> list[Problem]:
    """Return how a scenario makes the fake violate the captured contract of an era."""
    # Only a script with such faults or fields can: the contract is not read for the others.
    if not scenario.script.may_break_contract and not scenario.off_contract:
        return []
    from mockserver.runner.judge.contract_lint import contract_violations

    return contract_violations(scenario, era, memory_store)
