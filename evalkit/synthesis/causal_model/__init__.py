"""A theory, or part of it, as a binary causal model: exact counting of causal types.

What a case shows rules types out; what is left says how likely it is that one thing made another
here, and which clue would be worth looking for.
"""

from evalkit.synthesis.causal_model.exact import (
    CHAIN_CAUTION,
    Clue,
    average_effect,
    caused,
    chain_caution,
    probability,
    probability_caused,
    raises,
    seen,
    value_of_looking,
    world_of,
)
from evalkit.synthesis.causal_model.learn import Learnt, learn
from evalkit.synthesis.causal_model.model import (
    CausalModel,
    Node,
    believe,
    causal_model,
    complements,
    monotone,
    no_direct_effect,
    of_links,
    restrict,
)
from evalkit.synthesis.causal_model.moments import moments

__all__ = [
    "CHAIN_CAUTION",
    "CausalModel",
    "Clue",
    "Learnt",
    "Node",
    "average_effect",
    "believe",
    "causal_model",
    "caused",
    "chain_caution",
    "complements",
    "learn",
    "moments",
    "monotone",
    "no_direct_effect",
    "of_links",
    "probability",
    "probability_caused",
    "raises",
    "restrict",
    "seen",
    "value_of_looking",
    "world_of",
]
