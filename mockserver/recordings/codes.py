"""Every code that a problem with a recording can carry, and what it means."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "REC001": "The recording cannot be opened, or reading it failed.",
    "REC002": "The file is not a recording that can be read: no HAR, no VCR cassette, no journal.",
    "REC003": "The recording is not well-formed JSON or YAML.",
    "REC004": "The recording ends in the middle: it was cut off.",
    "REC005": "The recording is well formed, and lacks the list that its calls should be in.",
    "REC006": "The journal was written in a version of the format that this version cannot read.",
    "REC007": "A value of the recording is larger or more deeply nested than any call needs.",
    "REC008": "The compressed recording cannot be unpacked.",
    "REC009": "A secret is still there after redaction, so nothing was written.",
    "REC010": "The recording came from a stream, which can be read once.",
}
