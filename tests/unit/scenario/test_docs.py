"""The language reference names every key, and what it shows has the right shape."""

import re

import pytest

from mockserver.scenario import language, steps
from mockserver.scenario.reader import read
from mockserver.scenario.shapes import Mapping
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "scenario-language.md").read_text()
SAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
TABLES = [shape for room in (language, steps) for shape in vars(room).values() if isinstance(shape, Mapping)]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda text: re.search("scenario: (.*)", text)[1])
def test_a_sample_is_in_the_language(sample):
    root, report = read(sample)
    language.SCENARIO.check(root, report)
    report.finish()


def test_every_key_is_named():
    keys = {field.name for table in TABLES for field in table.fields} - set(steps.VERBS)
    assert {key for key in keys if not re.search(rf"\b{key}\b", PAGE)} == set()


def test_the_largest_batch_is_told():
    assert f"{language.MOST_ITEMS:,}" in PAGE
