"""Everything that is said of a posterior, whatever the model: draws in, tables, checks, words out."""

from evalkit.impact.bayes.described.decision import (
    RULES,
    UNSURE,
    Decision,
    Rule,
    decide,
    decision,
    rules_table,
)
from evalkit.impact.bayes.described.missing import NotAtRandom, not_at_random
from evalkit.impact.bayes.described.model import Quantity, Setting
from evalkit.impact.bayes.described.other_priors import under_other_priors
from evalkit.impact.bayes.described.predictive import predictive_check
from evalkit.impact.bayes.described.prior import prior_against_posterior
from evalkit.impact.bayes.described.scaling import power_scaling
from evalkit.impact.bayes.described.several import correlations, counts, gap, several
from evalkit.impact.bayes.described.table import convergence, interval_of, posterior_table
from evalkit.impact.bayes.described.weights import WhateverWeights, whatever_weights

__all__ = [
    "RULES",
    "UNSURE",
    "Decision",
    "NotAtRandom",
    "Quantity",
    "Rule",
    "Setting",
    "WhateverWeights",
    "convergence",
    "correlations",
    "counts",
    "decide",
    "decision",
    "gap",
    "interval_of",
    "not_at_random",
    "posterior_table",
    "power_scaling",
    "predictive_check",
    "prior_against_posterior",
    "rules_table",
    "several",
    "under_other_priors",
    "whatever_weights",
]
