"""The page of a vendor's duties, from the table that `mockserver vendor check` tries."""

from docs._ext.reference.tables import HEADER, table
from mockserver.vendor_check.duties import DUTIES

_INTRODUCTION = """# Duties of a vendor

What the engine asks of every vendor and no type says. `mockserver vendor check NAME` tries each duty in every state of
the vendor's jobs, era by era. [Add a vendor](../add-a-vendor.md) shows how to write one.
"""


def duty_page() -> str:
    """Render the page."""
    rows = [(f"`{duty.id}`", duty.sentence, duty.fix) for duty in DUTIES]
    return (
        "\n".join([HEADER, _INTRODUCTION, *table(("duty", "what must hold", "how to keep it"), rows)]).rstrip() + "\n"
    )
