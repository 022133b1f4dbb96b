"""Error codes of the command line."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "CLI001": "Another distribution shares this package's folder and has overwritten files in it.",
    "CLI002": "Two scenarios to serve are for the same vendor.",
    "CLI003": "No scenario, vendor, error code, rule or request has that name.",
    "CLI004": "The clock has no such verb, or the verb does not accept that value.",
    "CLI005": "A report cannot be written to its path, or to standard output.",
    "CLI006": "A duration on the command line is not valid.",
    "CLI007": "Two scenarios to play on a server have the same name, and a server knows scenarios by name.",
    "CLI008": "The environment variable for a key or a secret is not set, is empty, or holds no valid key.",
    "CLI009": "The vendor was not named, and cannot be detected from the address.",
    "CLI010": "The file with the body of a create is not a JSON object.",
    "CLI011": "The file of a scenario to show cannot be read.",
    "CLI015": "A file to compare is empty, or is a folder.",
    "CLI014": "A scenario file does not exist, or standard input is given where a file is needed.",
    "CLI013": "The server has no such session, or the one that is meant by default is not in use while others are.",
    "CLI016": "A file to write exists already.",
    "CLI017": "The file of a session to import is not a JSON object.",
    "CLI012": "A file to write is one that the command reads, or that another option writes.",
}
