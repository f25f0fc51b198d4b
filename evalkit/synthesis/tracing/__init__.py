"""Process tracing: signs, their chances under a link and its rivals, and what they add up to.

Contract: `weigh`. Labels (hoop, smoking gun ...) are worked out from the chances, never typed.
"""

from evalkit.synthesis.tracing.chances import SCALE, range_of
from evalkit.synthesis.tracing.dependence import joint
from evalkit.synthesis.tracing.weigh import (
    ELSE,
    LABELS,
    LINK,
    PRIORS,
    Sign,
    Span,
    Weighed,
    Weight,
    weigh,
)

__all__ = [
    "ELSE",
    "LABELS",
    "LINK",
    "PRIORS",
    "SCALE",
    "Sign",
    "Span",
    "Weighed",
    "Weight",
    "joint",
    "range_of",
    "weigh",
]
