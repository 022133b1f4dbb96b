"""Every code that what is wrong with a command can carry, and what it means."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "CLI001": "Another distribution shares our package's folder, and has overwritten files in it.",
    "CLI002": "Two scenarios to serve govern the same vendor.",
    "CLI003": "No scenario, vendor, error code, rule or request is called that.",
    "CLI004": "The clock has no such verb, or the verb cannot take that value.",
    "CLI005": "A report cannot be written where it shall go.",
    "CLI006": "A duration on the command line is none.",
    "CLI007": "Two scenarios to play on a server have one name, and a server knows scenarios by name.",
    "CLI008": "The environment variable that was named for a key or a secret is not set, or empty, or holds no key.",
    "CLI009": "Nobody has said whose API it is, and its address does not tell.",
    "CLI010": "The file with the body of a create is no JSON object.",
    "CLI011": "The file of a scenario that shall be shown cannot be read.",
}
