"""Every code that what is wrong with a command of a later day can carry, and what it means."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "CLI008": "The environment variable that was named for a key or a secret is not set, or empty, or holds no key.",
    "CLI009": "Nobody has said whose API it is, and its address does not tell.",
    "CLI010": "The file with the body of a create is no JSON object.",
    "CLI011": "The file of a scenario that shall be shown cannot be read.",
}
