"""What a shell completes: names of scenarios, vendors with their eras, files, words of an option.

A completer never fails and never prints: where nothing can be found, nothing is offered. What it needs is imported
when the shell asks.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress

from click import Context, Parameter
from click.shell_completion import CompletionItem

from mockserver.errors import MockError


def complete_scenarios(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a scenario, of `./scenarios` and of the bundled ones, or the path of a file."""
    # The shell itself completes files, and would do so instead of the names.
    return _scenario_items(incomplete) or complete_files(context, parameter, incomplete)


def complete_files(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the path of a file."""
    return [CompletionItem(incomplete, type="file")]


def complete_eras(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a vendor, and after its name the date of an era: `phaseo@2026-05-06`."""
    from mockserver.installed import installed_vendors

    vendors = installed_vendors()
    name, mark, _ = incomplete.partition("@")
    names = [] if mark else [*vendors]
    pins: list[str] = []
    if name in vendors:
        # A vendor that cannot be loaded has no eras to offer.
        with suppress(MockError):
            pins = [era.pin for era in vendors[name].eras]
    return matching_items([*names, *pins], incomplete)


def complete_contracts(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete an era, or the path of a file."""
    return complete_eras(context, parameter, incomplete) or complete_files(context, parameter, incomplete)


def complete_clock_modes(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a mode of a clock that has a name."""
    from mockserver.core.clock import CLOCK_MODES

    return matching_items(CLOCK_MODES, incomplete)


def complete_moving_clock_modes(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a mode in which time passes by itself, or by polls."""
    from mockserver.core.clock import MOVING_CLOCK_MODES

    return matching_items(MOVING_CLOCK_MODES, incomplete)


def complete_names(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a scenario or a vendor."""
    eras = complete_eras(context, parameter, incomplete)
    return [*eras, *_scenario_items(incomplete)] or complete_files(context, parameter, incomplete)


def complete_words(words: Iterable[str]) -> Callable[[Context, Parameter, str], list[CompletionItem]]:
    """Return a completer of fixed words."""

    def complete(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]

    return complete


def matching_items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return the names that begin with what has been typed."""
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


def _scenario_items(incomplete: str) -> list[CompletionItem]:
    from mockserver.scenario.library import ScenarioLibrary

    with suppress(MockError, OSError):
        return matching_items(ScenarioLibrary({}).files(), incomplete)
    return []
