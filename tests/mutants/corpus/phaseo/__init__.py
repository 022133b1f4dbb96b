"""Phaseo: the bugs that a video gateway could have."""

from typing import Final

from tests.mutants.corpus.phaseo.across_answers import ACROSS_ANSWERS
from tests.mutants.corpus.phaseo.single_answer import ANSWER_MUTANTS, BODY_MUTANTS

MUTANTS: Final = (*BODY_MUTANTS, *ANSWER_MUTANTS, *ACROSS_ANSWERS)
