"""Error codes of drafts of packs."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "PDR001": "No call of the OpenAPI document shows a job.",
    "PDR002": "The name for a drafted pack cannot be a vendor's name.",
}
