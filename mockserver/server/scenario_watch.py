"""Reads scenario files again when they change, while the server runs.

Theory of operation. A thread looks at the files' times and sizes a few times a second. A file counts as changed once it
has looked the same twice, because an editor may write it in steps. It is compiled and checked in that thread, as at the
start. A good one is played from then on: each session that plays it begins its next epoch, because a session's scenario
never changes within an epoch, and its journal and explanations stay true. Of a bad one nothing is used: the last good
version is played on, if there was one, and every answer of its sessions has the first problem in its hint.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.errors import MockError, Problem, refuse
from mockserver.scenario.model import Scenario
from mockserver.server.activity import Activity, ScenarioLoaded, ScenarioRefused
from mockserver.server.app import App

LOG: Final = logging.getLogger("mockserver")
CHECK_SECONDS: Final = 0.25
"""Seconds between two looks at the files."""
_NO_STAMP: Final = (0, -1)

Stamp = tuple[int, int]
"""Time of the last change in nanoseconds, and size; `_NO_STAMP`: there is no such file."""


class Reread(NamedTuple):
    """A file that was read again: its scenario, or what is wrong with it."""

    path: Path
    scenario: Scenario | None
    problems: tuple[Problem, ...] = ()


class FileStamps:
    """The times and sizes of some files; finds those that have changed and are complete.

    `read_since` is the Unix time in nanoseconds at which the server began to read them: what has changed since then may
    not be what it has read.
    """

    def __init__(self, list_files: Callable[[], Iterable[Path]], read_since: int) -> None:
        self._list_files = list_files
        self._latest = self._look()
        self._read: Mapping[Path, Stamp] = {
            path: stamp for path, stamp in self._latest.items() if stamp[0] < read_since
        }
        """Those of the versions that were read last."""

    def changed(self) -> list[Path]:
        """Return the files that differ from what was read, and have looked the same twice; they count as read then."""
        before, self._latest = self._latest, self._look()
        paths = {**self._read, **self._latest}
        found = []
        for path in paths:
            stamp = self._latest.get(path, _NO_STAMP)
            if stamp != self._read.get(path, _NO_STAMP) and stamp == before.get(path, _NO_STAMP):
                found.append(path)
        self._read = {**self._read, **{path: self._latest.get(path, _NO_STAMP) for path in found}}
        return found

    def _look(self) -> Mapping[Path, Stamp]:
        stamps = {}
        for path in self._list_files():
            with suppress(OSError):
                status = path.stat()
                stamps[path] = (status.st_mtime_ns, status.st_size)
        return stamps


@asynccontextmanager
async def scenarios_watched(
    app: App, list_files: Callable[[], Iterable[Path]], read_since: int, seconds: float = CHECK_SECONDS
) -> AsyncIterator[None]:
    """Read scenario files again within the block when they change, or have changed since `read_since`."""
    stamps = await asyncio.to_thread(FileStamps, list_files, read_since)
    watch = asyncio.get_running_loop().create_task(_watch(ScenarioReloader(app), stamps, seconds))
    try:
        yield
    finally:
        watch.cancel()


async def _watch(reloader: "ScenarioReloader", stamps: FileStamps, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            for path in await asyncio.to_thread(stamps.changed):
                reloader.use(await asyncio.to_thread(reloader.read, path))
        except Exception:
            LOG.exception("watching the scenario files")


class ScenarioReloader:
    """Reads the scenarios of one server again, and puts them in the place of what its sessions play."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._own = {Path(scenario.path): scenario for scenario in app.registry.settings.scenarios}
        """The scenarios that are played by default, by their files."""

    def read(self, path: Path) -> Reread:
        """Compile and check a file; one that is gone is a problem too."""
        # Imported late: a server without scenarios never reads YAML.
        from mockserver.scenario.compile import load_scenario

        settings = self._app.registry.settings
        try:
            scenario = load_scenario(path, settings.vendors)
            self.refuse_other_name(path, scenario)
            problems = tuple(settings.check_scenario(scenario, settings.era_for(scenario)))
        except MockError as error:
            return Reread(path, None, error.problems)
        return Reread(path, None if problems else scenario, problems)

    def refuse_other_name(self, path: Path, scenario: Scenario) -> None:
        """Raise `MockError` SRV024 for a scenario that is played by default, and now has another name or vendor."""
        own = self._own.get(path)
        if own is not None and (own.name, own.vendor) != (scenario.name, scenario.vendor):
            message = f"{path} was {own.name} for {own.vendor}, and now is {scenario.name} for {scenario.vendor}"
            raise refuse("SRV024", message, "Start the server again to play another scenario by default.")

    def use(self, reread: Reread) -> None:
        """Play a scenario that was read again from now on, or go on with the version before."""
        registry = self._app.registry
        wall_now = self._app.wall_clock()
        name = self._own[reread.path].name if reread.path in self._own else reread.path.stem
        file = str(reread.path)
        if reread.scenario is None:
            first = reread.problems[0]
            hint = f"scenario {name} cannot be read again, its last good version is played: {first.location}: "
            registry.note_broken(name, f"{hint}{first.code} {first.message}")
            self._report(ScenarioRefused(wall_now, name, file, reread.problems, self._was_good(reread.path, name)))
            return
        registry.note_usable(name)
        registry.scenarios.reread[name] = reread.scenario
        sessions = [
            registry.reset(each, wall_now).label
            for each in registry.sessions_on_older(name)
            # One that plays the same text need not begin again: the file was only saved.
            if reread.scenario not in registry.entries[each].scenarios
        ]
        self._report(ScenarioLoaded(wall_now, name, file, tuple(sessions)))

    def _was_good(self, path: Path, name: str) -> bool:
        """Return True if there is a version that the server plays: without one, the file was never read."""
        registry = self._app.registry
        return path in self._own or name in registry.scenarios.reread or bool(registry.sessions_playing(name))

    def _report(self, activity: Activity) -> None:
        """Report to the observer of the server; without one, a file that cannot be used is a warning."""
        if self._app.activity is not None:
            self._app.activity.observe(activity)
        elif isinstance(activity, ScenarioRefused):
            text = "\n".join(problem.text() for problem in activity.problems)
            LOG.warning("%s cannot be used; %s\n%s", activity.file, activity.consequence(), text)
