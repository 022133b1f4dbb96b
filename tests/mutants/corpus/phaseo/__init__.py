"""Phaseo: the bugs that a video gateway could have."""

from typing import Final

from tests.mutants.corpus.phaseo.across_answers import COURSES
from tests.mutants.corpus.phaseo.single_answer import ANSWERS, BODIES

KINDS: Final = (*BODIES, *ANSWERS, *COURSES)
