"""Gaussian hierarchical linear models, collapsed to Gram matrices, the Gaussian layer integrated out.

Only standard deviations, correlations and noise are sampled; coefficients are drawn exactly given
them. Cost does not grow with the number of rows.
"""

from evalkit.impact.gaussian.grams import cross_grams, gram, grams
from evalkit.impact.gaussian.model import Draws, Fixed, Gram, Model, Noise, Varying
from evalkit.impact.gaussian.prior import sample_prior
from evalkit.impact.gaussian.sample import sample
from evalkit.impact.gaussian.twin import twin

__all__ = [
    "Draws",
    "Fixed",
    "Gram",
    "Model",
    "Noise",
    "Varying",
    "cross_grams",
    "gram",
    "grams",
    "sample",
    "sample_prior",
    "twin",
]
