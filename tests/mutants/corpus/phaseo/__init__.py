"""Phaseo: the bugs that a gateway of videos and batches could have."""

from typing import Final

from tests.mutants.corpus.phaseo.across_answers import ACROSS_ANSWERS
from tests.mutants.corpus.phaseo.batches import BATCH_MUTANTS
from tests.mutants.corpus.phaseo.single_answer import ANSWER_MUTANTS, BODY_MUTANTS

MUTANTS: Final = (*BODY_MUTANTS, *ANSWER_MUTANTS, *ACROSS_ANSWERS, *BATCH_MUTANTS)
