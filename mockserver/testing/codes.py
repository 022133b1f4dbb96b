"""Error codes of the pytest plugin."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "TST001": "The marker `videojob` has an argument, or a value of one, that it does not take.",
    "TST002": "The marker `videojob` names a scenario file that does not exist.",
    "TST003": "No mock server answers at the URL that the tests are to use.",
    "TST004": "A test judges its client, and the server that it uses does not judge.",
    "TST005": "An option of the plugin has a value that it does not take.",
    "TST006": "The webhook handler of a test is no function, or returned something that is no status.",
}
