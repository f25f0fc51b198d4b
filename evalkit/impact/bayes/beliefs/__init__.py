"""Where priors come from: words, elicited quantiles and chips, several people, earlier research."""

from evalkit.impact.bayes.beliefs.elicited import from_chips, from_quantiles
from evalkit.impact.bayes.beliefs.model import (
    Belief,
    believed,
    distance_to_normal,
    draws_of,
    log_density,
    mixture_cumulative,
    mixture_quantile,
    summary_table,
)
from evalkit.impact.bayes.beliefs.pool import against_data, pooled, updated
from evalkit.impact.bayes.beliefs.read import FORMS, prior_of
from evalkit.impact.bayes.beliefs.research import DISTANCES, Study, distance_table, from_research
from evalkit.impact.bayes.beliefs.scale import BELIEFS, from_word, word_table
from evalkit.impact.bayes.beliefs.views import doubted, enthusiastic, given, sceptical, vague

__all__ = [
    "BELIEFS",
    "DISTANCES",
    "FORMS",
    "Belief",
    "Study",
    "against_data",
    "believed",
    "distance_table",
    "distance_to_normal",
    "doubted",
    "draws_of",
    "enthusiastic",
    "from_chips",
    "from_quantiles",
    "from_research",
    "from_word",
    "given",
    "log_density",
    "mixture_cumulative",
    "mixture_quantile",
    "pooled",
    "prior_of",
    "sceptical",
    "summary_table",
    "updated",
    "vague",
    "word_table",
]
