"""TwelveLabs: the bugs that an API of batches and tasks could have."""

from typing import Final

from tests.mutants.corpus.twelvelabs.across_answers import ACROSS_ANSWERS
from tests.mutants.corpus.twelvelabs.single_answer import ANSWER_MUTANTS, BODY_MUTANTS

MUTANTS: Final = (*BODY_MUTANTS, *ANSWER_MUTANTS, *ACROSS_ANSWERS)
