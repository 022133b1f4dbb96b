"""Options that several subcommands share."""

from collections.abc import Mapping

import click

from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import resolve

clock_option = click.option(
    "--clock",
    default="real",
    show_default=True,
    metavar="real|manual|xN",
    help="How the sessions' time runs: as the world's, only when told, or N times as fast.",
)


def chosen_eras(pins: tuple[str, ...], vendors: Mapping[str, Vendor]) -> dict[str, Era]:
    """Every vendor's era: the pinned one, else its newest."""
    pinned = {era.vendor: era for era in (resolve(pin, vendors) for pin in pins)}
    return {name: pinned.get(name, vendor.eras[-1]) for name, vendor in vendors.items()}
