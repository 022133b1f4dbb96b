"""The words that a draft may contain."""

from mockserver.distill.vocabulary import MAX_DEPTH, MAX_MEMBERS, TEXT, URL, Vocabulary
from mockserver.vendors.registry import resolve_era
from tests.support.call_recorder import PERSONAL_TEXT
from tests.support.fake_world import VENDORS

VOCABULARY = Vocabulary(resolve_era("phaseo@2026-06-11", VENDORS))


def test_words_of_the_contract_stay():
    assert VOCABULARY.replace_texts({"status": "queued"}) == {"status": "queued"}


def test_any_other_text_is_replaced():
    recorded = {"prompt": PERSONAL_TEXT, "status": ["https://cdn.example/a?sig=1", 3, None, True]}
    assert VOCABULARY.replace_texts(recorded) == {"prompt": TEXT, "status": [URL, 3, None, True]}


def test_a_key_that_the_contract_lacks_goes_with_its_value():
    assert VOCABULARY.replace_texts({"jane_doe": "queued"}) == {}


def test_a_large_number_may_be_an_account():
    assert VOCABULARY.replace_texts({"status": [491_701_234_567, -491_701_234_567.5]}) == {"status": [1, 1]}


def test_depth_and_width_are_bounded():
    deep = "x"
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    assert "some text" not in str(VOCABULARY.replace_texts(deep))
    assert len(VOCABULARY.replace_texts(["queued"] * 1_000)) == MAX_MEMBERS


def test_the_words_of_all_eras_count():
    assert "video_cancellation_disabled" in Vocabulary(resolve_era("phaseo@2026-04-01", VENDORS)).words
