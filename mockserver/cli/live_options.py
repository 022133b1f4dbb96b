"""The options of `check` for a live API."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from mockserver.cli.options import default_option, duration_option, file_option, number_range, option_group


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """The values of the options for a live API."""

    base_url: str | None = None
    api_key_env: str | None = None
    allow_writes: bool = False
    create: Path | None = None
    budget: int
    patience: str


live_options: Final = option_group(LiveOptions, (
    click.option("--base-url", metavar="URL", help="Instead of reading files, send requests to this live API."),
    click.option("--api-key-env", metavar="VAR", help="Environment variable with the API key of the live API."),
    click.option(
        "--allow-writes", is_flag=True, help="Create one job there, cancel it and delete it; by default only read."
    ),
    file_option("--create", help="JSON body that creates the job; by default an example."),
    default_option("--budget", type=number_range(1, 10_000), default=100, help="Most requests to a live API."),
    duration_option("--patience", default="10m", help="How long to wait for a live API in all."),
))  # fmt: skip
"""Adds the options of `LiveOptions`, which the command takes as a positional argument."""
