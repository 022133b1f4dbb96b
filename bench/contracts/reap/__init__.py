"""Reap: the bugs that an API of projects, credits and a rate limit could have."""

from typing import Final

from bench.contracts.reap.answers import ANSWERS, BODIES
from bench.contracts.reap.courses import COURSES

KINDS: Final = (*BODIES, *ANSWERS, *COURSES)
