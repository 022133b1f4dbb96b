"""The language reference names every key, and what it shows has the right shape."""

import re

import pytest

from mockserver.scenario import language, steps
from mockserver.scenario.container_shapes import MappingShape
from mockserver.scenario.reader import read_yaml
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "scenario-language.md").read_text()
SAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
TABLES = [shape for room in (language, steps) for shape in vars(room).values() if isinstance(shape, MappingShape)]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda text: re.search("scenario: (.*)", text)[1])
def test_a_sample_is_in_the_language(sample):
    root, report = read_yaml(sample)
    language.SCENARIO.check(root, report)
    report.raise_if_any()


def test_every_key_is_named():
    keys = {field.name for table in TABLES for field in table.fields} - set(steps.OPERATION_NAMES)
    assert {key for key in keys if not re.search(rf"\b{key}\b", PAGE)} == set()


def test_the_page_names_the_largest_batch():
    assert f"{language.MAX_ITEMS:,}" in PAGE
