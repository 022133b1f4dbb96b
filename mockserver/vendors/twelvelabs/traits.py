"""What the two eras of the task surface do differently, as values; batches are alike in both.

Sources: the OpenAPI description of 2026-07-30 for the first era, the Python SDK 1.3.5 and 1.3.6 for the second.
"""

from typing import Final, NamedTuple

from mockserver.vendors.api import Era


class TwelveLabsTraits(NamedTuple):
    """One era's differences."""

    models: tuple[str, ...]
    """Models that a single task may ask for; the first is the default."""
    images: bool
    """Whether a task may analyse images instead of a video."""
    task_cancel: bool
    """Whether a task can be cancelled by itself; with it came `canceled`, `batch_id` and `error.code`."""
    min_window: float
    """The shortest window of analysis, in seconds."""
    max_window: float | None
    """The longest window of analysis, in seconds; None: nothing is said of one."""


WITHOUT_TASK_CANCEL: Final = TwelveLabsTraits(("pegasus1.2", "pegasus1.5"), False, False, 4, None)
WITH_TASK_CANCEL: Final = TwelveLabsTraits(("pegasus1.5", "pegasus1.6"), True, True, 1, 7200)

TRAITS_BY_DATE: Final = {"2026-07-30": WITHOUT_TASK_CANCEL, "2026-09-15": WITH_TASK_CANCEL}
"""The eras by the date they began on. The second date is inferred: no source dates the release of SDK 1.3.5."""


def traits_of(era: Era) -> TwelveLabsTraits:
    """The traits of an era of ours."""
    return TRAITS_BY_DATE[era.date]
