"""Folders of the checkout."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
"""The repository's root."""
SAMPLE_RECORDINGS: Final = ROOT / "tests" / "integration" / "recordings" / "samples"
