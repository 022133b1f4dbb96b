"""The plugin in runs of other shapes: those that do not use it, several processes, any order, strict settings."""

import sys

import pytest

from tests.integration.testing.conftest import HELPERS, OPTIONS, PINNED

TESTS = """
@pytest.mark.parametrize("number", range(6))
def test_alone(videojob, number):
    assert videojob.jobs == ()
    for _ in range(number):
        create(videojob)
    assert len(videojob.jobs) == number
"""


@pytest.fixture
def files(pytester: pytest.Pytester) -> pytest.Pytester:
    """Write a small test file."""
    pytester.makepyfile(helpers=HELPERS, test_client=PINNED + TESTS)
    return pytester


def test_a_run_that_does_not_use_it_imports_nothing_else(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_imports():
            loaded = sorted(name for name in sys.modules if name.startswith("mockserver"))
            assert loaded == ["mockserver", "mockserver.testing", "mockserver.testing.plugin",
                              "mockserver.testing.scenario_head"]
            assert not {"aiohttp", "yaml", "orjson"} & sys.modules.keys()
        """
    )
    plugins = ("-p", "no:anyio", "-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:asyncio")
    result = pytester.runpytest_subprocess(*plugins, "-p", "no:cacheprovider", "-W", "error", "--strict-markers")
    result.assert_outcomes(passed=1)


def test_processes_do_not_meet(files: pytest.Pytester) -> None:
    result = files.runpytest_subprocess(*OPTIONS, "-n", "2")
    result.assert_outcomes(passed=6)


def test_processes_do_not_meet_on_one_server(files: pytest.Pytester, server) -> None:
    result = files.runpytest_subprocess(*OPTIONS, "-n", "2", f"--videojob-url={server.url}")
    result.assert_outcomes(passed=6)


def test_the_sections_of_a_failure_come_from_another_process(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(helpers=HELPERS, test_client=PINNED + "def test_it(videojob): assert create(videojob) == 1\n")
    result = pytester.runpytest_subprocess(*OPTIONS, "-n", "1")
    result.stdout.fnmatch_lines(["*videojob: jobs*", "video G-* (phaseo): queued 0s (created)"])


def test_any_order_gives_the_same(files: pytest.Pytester) -> None:
    files.makeconftest(
        """
        import random

        def pytest_collection_modifyitems(items):
            random.Random(7).shuffle(items)
        """
    )
    result = files.runpytest_inprocess(*OPTIONS)
    result.assert_outcomes(passed=6)


def test_a_strict_process_leaves_nothing_open(files: pytest.Pytester) -> None:
    command = (sys.executable, "-W", "error", "-X", "dev", "-m", "pytest")
    result = files.run(*command, *OPTIONS)
    result.assert_outcomes(passed=6)
    assert result.stderr.str() == ""


def test_markers_and_fixtures_are_listed(pytester: pytest.Pytester) -> None:
    expected = {"--markers": "videojob(scenario, clock,", "--fixtures": "videojob_server", "--help": "--videojob-url="}
    for option, text in expected.items():
        assert text in pytester.runpytest(*OPTIONS, option).stdout.str()
