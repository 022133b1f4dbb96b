"""Scenarios by name: an explicit path, the project's own `./scenarios`, then the bundled ones."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from mockserver.data import data_folder
from mockserver.errors import did_you_mean, refuse
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Vendor

SUFFIXES = (".yaml", ".yml")


class ScenarioLibrary:
    """The scenario files of a project and ours; nothing is read before it is asked for."""

    def __init__(self, vendors: Mapping[str, Vendor], project_folder: Path | None = None) -> None:
        self._vendors = vendors
        self._project_folder = project_folder if project_folder is not None else Path("scenarios")
        self._loaded: dict[Path, Scenario] = {}

    def folders(self) -> Iterator[Path]:
        """Where scenarios are looked for, first come first served."""
        bundled = data_folder("scenarios")
        if self._project_folder.is_dir() and self._project_folder.resolve() != bundled.resolve():
            yield self._project_folder
        yield bundled

    def files(self) -> dict[str, Path]:
        """Every scenario file by its name: the file's name without the suffix."""
        found: dict[str, Path] = {}
        for place in self.folders():
            for path in sorted(place.rglob("*")):
                if path.suffix in SUFFIXES:
                    found.setdefault(path.stem, path)
        return found

    def bundled(self) -> list[Path]:
        """The files that come with us."""
        return [path for path in sorted(data_folder("scenarios").rglob("*")) if path.suffix in SUFFIXES]

    def resolve(self, name: str) -> Path:
        """The file that a name or a path means; `MockError` names the nearest."""
        explicit = Path(name)
        if explicit.is_file():
            return explicit
        files = self.files()
        if name in files:
            return files[name]
        raise refuse("LIB001", f"no scenario {name!r}{did_you_mean(name, files)}", "`mockserver list` names them")

    def load(self, name: str) -> Scenario:
        """The scenario of that name or path; `MockError` lists everything wrong with it."""
        path = self.resolve(name)
        if path not in self._loaded:
            from mockserver.scenario.compile import load_scenario  # YAML is read only where somebody names a scenario

            self._loaded[path] = load_scenario(path, self._vendors)
        return self._loaded[path]

    def find(self, name: str) -> Scenario | None:
        """The scenario of that name (never a path: names come from API keys), or None."""
        known = self.files()
        return self.load(name) if name in known else None
