"""The codes of served recordings."""

from mockserver.replay.codes import CODES


def test_each_code_is_of_this_package_and_has_a_sentence():
    assert all(code.startswith("RPL") and text.endswith(".") for code, text in CODES.items())
