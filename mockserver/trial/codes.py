"""Error codes of the trial of a client."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "TRI001": "No scenario is left to try the client with: none of the selected ones catches a mistake of a client.",
    "TRI002": "The command of the client cannot be started.",
    "TRI003": "No scenario that catches a mistake has this name; perhaps one without `catches` has it.",
    "TRI004": "The command has a placeholder that does not exist.",
    "TRI005": "The address of a receiver on trial is no http address of this machine.",
}
