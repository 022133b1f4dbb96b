"""Whatever a scenario file says, it is refused with its place, or every operation of its session is answered."""

import pytest
import yaml
from hypothesis import given, settings

from tests.support.scenario_fuzzer import play_everything, scenario_texts


@settings(max_examples=200)
@given(text=scenario_texts())
def test_a_file_is_refused_or_every_operation_is_answered(text):
    play_everything(text)


@settings(max_examples=30)
@given(text=scenario_texts())
def test_the_same_without_libyaml(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "CSafeLoader", yaml.SafeLoader)
        play_everything(text)
