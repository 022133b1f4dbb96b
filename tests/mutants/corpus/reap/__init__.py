"""Reap: the bugs that an API of projects, credits and a rate limit could have."""

from typing import Final

from tests.mutants.corpus.reap.across_answers import ACROSS_ANSWERS
from tests.mutants.corpus.reap.single_answer import ANSWER_MUTANTS, BODY_MUTANTS

MUTANTS: Final = (*BODY_MUTANTS, *ANSWER_MUTANTS, *ACROSS_ANSWERS)
