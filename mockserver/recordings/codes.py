"""Error codes of recordings."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "REC001": "The recording cannot be opened or read.",
    "REC002": "The file is not a recording in a known format: a HAR file, a cassette or a journal.",
    "REC003": "The recording is not well-formed JSON or YAML.",
    "REC004": "The recording is truncated.",
    "REC005": "The recording is well formed, but lacks the list of its calls.",
    "REC006": "The journal has a version of the format that this program cannot read.",
    "REC007": "A value of the recording is larger, or nested deeper, than any call needs.",
    "REC008": "The compressed recording cannot be unpacked.",
    "REC009": "A secret is still present after redaction, so nothing was written.",
    "REC010": "The recording came from a stream, which can be read only once.",
    "REC011": "The folder has no recording in it.",
    "REC012": "Entries of the recording cannot be read, and were left out.",
}
