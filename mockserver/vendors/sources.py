"""Sources of vendor rules, as data beside the rules: `mockserver show VENDOR --sources` prints them.

A sentence is a paraphrase; no page is copied. The pages and their hashes are in `contracts/VENDOR/PROVENANCE.yaml`.
"""

from typing import Final, NamedTuple

DOCUMENTED: Final = "documented"
"""A page, a specification, published code or an answer of the live service says so."""
INFERRED: Final = "inferred"
"""No source says so; the sentence gives the reason."""


class Source(NamedTuple):
    """Where a rule comes from."""

    page: str
    """A documentation page, the vendor's published code, an SDK or the live service."""
    date: str
    """The day of the capture (`2026-07-07`), or a version where the source has one instead."""
    sentence: str
    """What the source says, in our words."""
    confidence: str = DOCUMENTED


class VendorRule(NamedTuple):
    """A rule that the fake follows, and its source."""

    topic: str
    """states, cancel, requests, errors, limits, responses, money or events."""
    subject: str
    """What the rule is about: a state, an operation, a field, an error."""
    text: str
    """What the fake does."""
    source: Source | None
