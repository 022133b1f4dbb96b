"""What a shell completes: names of scenarios, vendors with their eras.

A completer never fails and never prints: where nothing can be found, nothing is offered. What it needs is imported
when the shell asks.
"""

from collections.abc import Iterable
from contextlib import suppress

from click import Context, Parameter
from click.shell_completion import CompletionItem

from mockserver.errors import MockError


def complete_scenarios(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a scenario, of `./scenarios` and of the bundled ones, or the path of a file."""
    from mockserver.scenario.library import ScenarioLibrary

    found: list[CompletionItem] = []
    with suppress(MockError, OSError):
        found = matching_items(ScenarioLibrary({}).files(), incomplete)
    # The shell itself completes files where no name fits.
    return [*found, CompletionItem(incomplete, type="file")]


def complete_eras(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a vendor, and behind its name the date of an era: `phaseo@2026-05-06`."""
    from mockserver.vendors.registry import installed_vendors

    vendors = installed_vendors()
    if "@" not in incomplete and incomplete not in vendors:
        return matching_items(vendors, incomplete)
    pins = (era.pin for vendor in vendors.values() for era in vendor.eras)
    return matching_items([*vendors, *pins], incomplete)


def complete_names(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a scenario or a vendor."""
    eras = complete_eras(context, parameter, incomplete)
    return eras + complete_scenarios(context, parameter, incomplete)


def matching_items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return the names that begin with what has been typed."""
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]
