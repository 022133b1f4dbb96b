"""The differences between the two eras of the task surface, as values; batches are alike in both.

Sources: the OpenAPI description of 2026-07-30 for the first era, the Python SDK 1.3.5 and 1.3.6 for the second.
"""

from typing import Final, NamedTuple

from mockserver.vendors.api import Era


class TwelveLabsTraits(NamedTuple):
    """The differences of one era."""

    summary: str
    models: tuple[str, ...]
    """Models that a single task may name; the first is the default."""
    images: bool
    """True if a task may analyse images in place of a video."""
    task_cancel: bool
    """True if a single task can be cancelled; with it came `canceled`, `batch_id` and `error.code`."""
    incomplete_results: bool
    """True if a task of segments can be ready with an error, because its results are incomplete (SDK 1.3.6)."""
    min_window: float
    """The shortest window of analysis, in seconds."""
    max_window: float | None
    """The longest window of analysis, in seconds; None: no source names one."""


WITHOUT_TASK_CANCEL: Final = TwelveLabsTraits(
    summary="Batches can be canceled, single tasks cannot.",
    models=("pegasus1.2", "pegasus1.5"), images=False, task_cancel=False, incomplete_results=False,
    min_window=4, max_window=None,
)  # fmt: skip
WITH_TASK_CANCEL: Final = TwelveLabsTraits(
    summary="Tasks can be canceled too, and show their batch and the code of their error.",
    models=("pegasus1.5", "pegasus1.6"), images=True, task_cancel=True, incomplete_results=True,
    min_window=1, max_window=7200,
)  # fmt: skip

TRAITS_BY_DATE: Final = {"2026-07-30": WITHOUT_TASK_CANCEL, "2026-09-15": WITH_TASK_CANCEL}
"""The eras by the date they began on. The second date is inferred: no source dates the release of SDK 1.3.5."""


def traits_of(era: Era) -> TwelveLabsTraits:
    """Return the traits of an era of TwelveLabs."""
    return TRAITS_BY_DATE[era.date]
