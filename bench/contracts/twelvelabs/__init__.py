"""TwelveLabs: the bugs that an API of batches and tasks could have."""

from typing import Final

from bench.contracts.twelvelabs.answers import ANSWERS, BODIES
from bench.contracts.twelvelabs.courses import COURSES

KINDS: Final = (*BODIES, *ANSWERS, *COURSES)
