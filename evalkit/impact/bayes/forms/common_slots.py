"""Every prior of the Bayesian forms, by design: what each is of, and its default in units."""

from __future__ import annotations

from evalkit.impact.bayes.forms.common_priors import Slot, Slots

POOLED: Slots = {
    "effect": Slot("mean effect over studies", 5.0),
    "spread": Slot("spread of effects between studies", 1.0, half=True),
    "within": Slot("spread of effects within a cluster", 1.0, half=True),
    "moderators": Slot("change in effect per SD of a moderator", 2.5),
}
"""In units of the estimates, as `pooled.unit_of` finds them."""

RANDOMISED: Slots = {
    "effect": Slot("effect of an arm against the reference arm", 1.0),
    "noise": Slot("residual standard deviation", 2.0, half=True),
    "levels": Slot("spread of levels between clusters", 1.0, half=True),
    "spread": Slot("spread of effects between sites", 0.5, half=True),
}
"""In standard deviations of the outcome, as all that follow."""

DIFFERENCES: Slots = {
    "effect": Slot("effect on the treated", 1.0),
    "noise": Slot("residual standard deviation", 2.0, half=True),
    "changes": Slot("spread of changes between clusters", 0.5, half=True),
    "spread": Slot("spread of effects between clusters", 0.5, half=True),
}

STAGGERED: Slots = {
    "effect": Slot("mean effect on the treated", 1.0),
    "noise": Slot("residual standard deviation of a site's period", 2.0, half=True),
    "drift": Slot("spread of the drift of sites over all periods", 0.5, half=True),
    "event": Slot("spread of effects between times since the start", 0.5, half=True),
    "cohort": Slot("spread of effects between groups that start together", 0.5, half=True),
    "cell": Slot("spread of effects between cells of a group and a period", 0.25, half=True),
    "spread": Slot("spread of effects between sites", 0.5, half=True),
}
