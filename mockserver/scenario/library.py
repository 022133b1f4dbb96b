"""Scenarios by name: an explicit path, the project's own files, the bundled ones, then those of installed packages.

A project's own are the files in `./scenarios`, and `NAME.videojob.yaml` beside that folder.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from mockserver.data import DataOrigin, data_places, is_data_file
from mockserver.errors import Problem, refuse_unknown
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Vendor

SUFFIXES = (".yaml", ".yml")
PROJECT_FOLDER = Path("scenarios")
"""Where a project has its own scenarios."""
MARK: Final = ".videojob"
"""What stands before the suffix of a scenario outside of a folder of scenarios: `cancel.videojob.yaml`."""


def scenario_name(path: Path) -> str:
    """Return the name of a scenario's file: without the suffix, and without the mark before it."""
    return path.stem.removesuffix(MARK)


def scenarios_below(folder: Path) -> list[Path]:
    """Return the scenario files in a folder and the folders in it, in order."""
    return [path for path in sorted(folder.rglob("*")) if is_data_file(path, SUFFIXES)]


class ScenarioLibrary:
    """The scenario files of a project, the bundled ones and those of packages; a file is read when it is needed."""

    def __init__(self, vendors: Mapping[str, Vendor], project_folder: Path | None = None) -> None:
        self.vendors = vendors
        """The vendors that a scenario can name."""
        self._project_folder = project_folder or PROJECT_FOLDER
        self._loaded: dict[Path, Scenario] = {}

    def folders(self) -> Iterator[Path]:
        """Yield the folders that are searched, in the order of precedence."""
        installed = [place.folder for place in data_places("scenarios") if place.origin != "project"]
        if self._project_folder.is_dir() and self._project_folder.resolve() != installed[0].resolve():
            yield self._project_folder
        yield from installed

    def files(self) -> dict[str, Path]:
        """Return every scenario file by its name, without the suffix."""
        files: dict[str, Path] = {}
        # Beside the project's folder only marked files are scenarios: others there may be anything.
        marked = [
            path for path in sorted(self._project_folder.parent.glob(f"*{MARK}.*")) if is_data_file(path, SUFFIXES)
        ]
        found = [*marked, *(path for folder in self.folders() for path in scenarios_below(folder))]
        for path in found:
            # The first counts: a project's file hides a bundled one of the same name, and that one a package's.
            files.setdefault(scenario_name(path), path)
        return files

    def bundled(self) -> list[Path]:
        """Return the bundled scenario files."""
        return _files_of("bundled")

    def from_packages(self) -> list[Path]:
        """Return the scenario files of installed packages."""
        return _files_of("package")

    def resolve(self, name: str) -> Path:
        """Return the file of a name or path. Raises `MockError` LIB001, with the nearest name."""
        explicit = Path(name)
        if explicit.is_file():
            return explicit
        files = self.files()
        if name in files:
            return files[name]
        raise refuse_unknown("LIB001", "scenario", name, files, "`mockserver list` lists them")

    def load(self, name: str) -> Scenario:
        """Load the scenario of a name or path. Raises `MockError` with all problems of the file."""
        path = self.resolve(name)
        if path not in self._loaded:
            from mockserver.scenario.compile import load_scenario  # imports YAML

            self._loaded[path] = load_scenario(path, self.vendors)
        return self._loaded[path]

    def naming_problems(self, scenario: Scenario) -> tuple[Problem, ...]:
        """Return a problem (LIB002) if a file of this library has another name than the scenario in it."""
        path = Path(scenario.path)
        name = scenario_name(path)
        if name == scenario.name or path.resolve() not in map(Path.resolve, self.files().values()):
            return ()
        from mockserver.scenario.reader import read_yaml  # imports YAML

        root, diagnostics = read_yaml(scenario.text, scenario.path)
        hint = f"Give both one name: commands find {name!r}, and reports call it {scenario.name!r}."
        message = f"the scenario is named {scenario.name!r}, and its file {name!r}"
        for key, value in root.entries:
            if key.text == "scenario":
                diagnostics.add("LIB002", message, value, hint)
        return diagnostics.error().problems

    def find(self, name: str) -> Scenario | None:
        """Load the scenario of that name, or return None. A path is not accepted: names come from API keys."""
        if name not in self.files():
            return None
        return self.load(name)


def _files_of(origin: DataOrigin) -> list[Path]:
    folders = [place.folder for place in data_places("scenarios") if place.origin == origin]
    return [path for folder in folders for path in scenarios_below(folder)]
