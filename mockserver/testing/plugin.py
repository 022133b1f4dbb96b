"""The pytest plugin: its options, its marker, its fixtures `videojob` and `videojob_server`, and its hooks.

pytest imports this module in every run, so it imports pytest and the standard library alone; the rest comes with the
first test that uses a fixture, or with the first scenario that is played.
"""

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from mockserver.testing.scenario_head import OWN_SUFFIXES, is_scenario_file

if TYPE_CHECKING:
    from mockserver.testing.scenario_item import ScenarioFile
    from mockserver.testing.server import SharedServer
    from mockserver.testing.session import VideoJob

MARKER: Final = (
    "videojob(scenario, clock, seed, vendors, conduct, off_contract): the session of the test's fixture `videojob`; "
    "`scenario` is a name, a path or a mapping, `conduct` is report or error"
)
SESSION: Final = pytest.StashKey["VideoJob"]()
"""The session of a test."""
SECTIONS: Final = pytest.StashKey[Iterable[tuple[str, str]]]()
"""The sections of the test's failure; without one the test has not ended otherwise than by its last line."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the settings."""
    group = parser.getgroup("videojob", "mock video-job APIs")
    group.addoption("--videojob-url", metavar="URL", help="Use the mock server that runs there.")
    group.addoption(
        "--videojob-conduct",
        choices=("report", "error"),
        help="Whether the conduct of a client makes a test fail whose marker does not say so.",
    )
    parser.addini("videojob_url", "The mock server to use; empty: one in the process of the tests.", default="")
    parser.addini("videojob_conduct", "report or error, as --videojob-conduct.", default="report")
    parser.addini("videojob_clock", "The clock of sessions: manual, auto, real, x60.", default="manual")
    parser.addini("videojob_scenarios", "Collect scenario files as tests.", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the server, if it is not the plugin's own."""
    url = _setting(config, "url")
    return f"videojob: {url}" if url else None


def _setting(config: pytest.Config, name: str) -> str:
    """Return a setting: the option of the command line, else the one of the file."""
    return str(config.getoption(f"videojob_{name}", None) or config.getini(f"videojob_{name}"))


# Sessions


@pytest.fixture(scope="session")
def videojob_server(request: pytest.FixtureRequest) -> "Iterator[SharedServer]":
    """Provide the mock server of this process; `url` is where it listens."""
    from mockserver.testing.server import attach_server, start_server

    url = _setting(request.config, "url")
    with attach_server(url) if url else start_server(request.config.rootpath) as server:
        yield server


@pytest.fixture
def videojob(request: pytest.FixtureRequest) -> "Iterator[VideoJob]":
    """Provide a session of the mock server that is the test's own."""
    from mockserver.errors import MockError
    from mockserver.testing.plan import default_plan, plan_session
    from mockserver.testing.report import report_sections
    from mockserver.testing.verdict import judge

    item, config = request.node, request.config
    folders = (item.path.parent, config.rootpath)
    refusal = ""
    try:
        defaults = default_plan(clock=config.getini("videojob_clock"), conduct=_setting(config, "conduct"))
        plan = plan_session(item.iter_markers("videojob"), defaults, folders)
        session = request.getfixturevalue("videojob_server").open_session(item.nodeid, plan, folders)
    except MockError as error:
        refusal = str(error)
    if refusal:
        pytest.fail(refusal, pytrace=False)
    __tracebackhide__ = True
    item.stash[SESSION] = session
    try:
        yield session
        # What came after the test's own code, such as the last polls of a client that another fixture stops.
        if SECTIONS not in item.stash:
            try:
                judge(session)
            except BaseException:
                item.stash[SECTIONS] = report_sections(session, item.nodeid, _options(config))
                raise
    finally:
        del item.stash[SESSION]
        session.close()


def _options(config: pytest.Config) -> tuple[str, ...]:
    """Return the plugin's options of this run, for a command line that repeats it."""
    given = {f"--videojob-{name}": config.getoption(f"videojob_{name}", None) for name in ("url", "conduct")}
    return tuple(f"{option}={value}" for option, value in given.items() if value)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forget an earlier run of the same test."""
    if SECTIONS in item.stash:
        del item.stash[SECTIONS]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Judge the session of a test whose own assertions hold."""
    __tracebackhide__ = True
    yield
    session = item.stash.get(SESSION, None)
    if session is not None:
        from mockserver.testing.verdict import fail_by, judge, unbroken_rules

        judge(session)
        fail_by(unbroken_rules(session))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the story of the session to the report of a failure."""
    report = yield
    if report.when == "call" and call.excinfo is not None and SESSION in item.stash:
        item.stash[SECTIONS] = []
        if report.failed:
            from mockserver.testing.report import report_sections

            item.stash[SECTIONS] = report_sections(item.stash[SESSION], item.nodeid, _options(item.config))
    if report.failed and report.when != "setup":
        add_sections(item, report)
    return report


def add_sections(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add the sections of a test to its report."""
    # A verdict is the failure itself: it is not repeated below.
    report.sections += [each for each in item.stash.get(SECTIONS, []) if each[1] not in report.longreprtext]


# Scenario files


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """Collect a scenario file as a test.

    Files with names of their own (`*.videojob.yaml`) always; others only in folders that the command line or
    `testpaths` names, if they begin with `scenario:`.
    """
    if file_path.suffix not in (".yaml", ".yml") or not parent.config.getini("videojob_scenarios"):
        return None
    named = parent.config.args_source is not pytest.Config.ArgsSource.INVOCATION_DIR
    if not (named or file_path.name.endswith(OWN_SUFFIXES)) or not is_scenario_file(file_path):
        return None
    from mockserver.testing.scenario_item import ScenarioFile

    collected: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return collected
