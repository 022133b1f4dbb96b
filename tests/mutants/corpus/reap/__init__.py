"""Reap: the bugs that an API of projects, credits and a rate limit could have."""

from typing import Final

from tests.mutants.corpus.reap.across_answers import COURSES
from tests.mutants.corpus.reap.single_answer import ANSWERS, BODIES

KINDS: Final = (*BODIES, *ANSWERS, *COURSES)
