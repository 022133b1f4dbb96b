"""The generated files of the reference, each with its text."""

import json
from collections.abc import Mapping
from pathlib import Path

from docs._ext.outside_pages import DOCS
from docs._ext.reference.command_options import command_page
from docs._ext.reference.duty_table import duty_page
from docs._ext.reference.fixtures import fixture_page
from docs._ext.reference.openapi import admin_openapi
from docs._ext.reference.rule_page import rules_page
from docs._ext.reference.scenario_keys import scenario_key_page


def generated_files() -> Mapping[Path, str]:
    """Return the text of each file by its path."""
    return {
        DOCS / "reference" / "command-options.md": command_page(),
        DOCS / "reference" / "scenario-keys.md": scenario_key_page(),
        DOCS / "reference" / "fixtures.md": fixture_page(),
        DOCS / "reference" / "duties.md": duty_page(),
        DOCS / "rules.md": rules_page(),
        DOCS / "openapi.json": json.dumps(admin_openapi(), indent=2) + "\n",
    }
