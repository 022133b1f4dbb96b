"""Phaseo: the bugs that a video gateway could have."""

from typing import Final

from bench.contracts.phaseo.answers import ANSWERS, BODIES
from bench.contracts.phaseo.courses import COURSES

KINDS: Final = (*BODIES, *ANSWERS, *COURSES)
