"""The error codes of the runner and their meanings."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "BAS001": "The baseline cannot be read, or is not the plain YAML that baselines are written in.",
    "BAS002": "An entry of the baseline lacks a key, or has an unknown key or a wrong value.",
    "BAS003": "An entry of the baseline is for a rule that does not exist.",
    "BAS004": "The last day of an accepted finding is not a date, or in the past.",
    "RUN001": "The value of --base-url is not a base URL.",
    "RUN002": "The mock server refused an admin call that the play needs.",
    "RUN003": "The mock server does not have the scenarios to play, and does not accept uploads.",
    "RUN004": "The mock server requires its admin token.",
    "RUN005": "The scenario names no era, and the mock server would play it in another one than this run judges it by.",
    "RUN006": "A scenario makes the fake answer against the captured contract, and `off_contract` lacks the rule.",
    "RUN007": "Fuzzing needs Schemathesis 4, which is an extra and not installed.",
    "RUN008": "The token for --replay is damaged or incomplete.",
    "RUN009": "The token for --replay belongs to another scenario, or to this one before it was changed.",
    "RUN010": "The option --replay plays one interleaving of one scenario, and several scenarios were named.",
    "RUN011": "A rule under `off_contract` is in no contract.",
    "RUN012": "The key set with which webhook signatures are verified cannot be read, or has no ED25519 key.",
}
