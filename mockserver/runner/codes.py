"""Every code that a problem with a run or with what it is told can carry, and what it means."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "BAS001": "The baseline cannot be read, or is not the plain YAML that baselines are written in.",
    "BAS002": "An entry of the baseline lacks something, or has a key or a value that entries do not have.",
    "BAS003": "An entry of the baseline is for a rule that does not exist.",
    "BAS004": "The last day of an accepted finding is no day, or is over before it begins.",
    "RUN001": "That is no base URL.",
    "RUN002": "The server that a play is played on refused what the play needs of its admin API.",
    "RUN003": "The server that scenarios shall be played on does not know them.",
    "RUN004": "The server that scenarios shall be played on wants its admin token.",
    "RUN005": "The server would play a scenario that names no era in another one than we judge it by.",
    "RUN006": "What a scenario makes the fake answer breaks the captured contract, and it does not own up to it.",
    "RUN007": "Fuzzing needs Schemathesis 4, which is an extra and not installed.",
    "RUN008": "That is no token of an order, or not as it was made.",
    "RUN009": "The token of an order is for another scenario, or for this one before it was changed.",
    "RUN010": "One order of one scenario is played again, and others were named besides.",
}
