"""Error codes of a run and of its options."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "BAS001": "The baseline cannot be read, or is not the plain YAML of baselines.",
    "BAS002": "An entry of the baseline is incomplete, or has an unknown key or an invalid value.",
    "BAS003": "An entry of the baseline names a rule that does not exist.",
    "BAS004": "The last day of an accepted finding is not a date, or lies before its first.",
    "RUN001": "The base URL is not valid.",
    "RUN002": "The server refused an admin call that the play needs.",
    "RUN003": "The server does not have the scenarios to play.",
    "RUN004": "The server requires its admin token.",
    "RUN005": "A scenario names no era, and the server would play it in another era than the one it is judged by.",
    "RUN006": "A response of the scenario breaks the captured contract, and `off_contract` does not list the rule.",
    "RUN007": "Fuzzing needs Schemathesis 4, which is an extra and not installed.",
    "RUN008": "The token of an order is not valid.",
    "RUN009": "The token of an order is for another scenario, or for an earlier version of this one.",
    "RUN010": "An order of one scenario is replayed, and other scenarios are named too.",
}
