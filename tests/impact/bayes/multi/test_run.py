"""Which model answers what was asked."""

from __future__ import annotations

import pytest

from evalkit.impact.bayes.multi.row_tables import Model
from evalkit.impact.bayes.multi.run import prepare
from evalkit.impact.bayes.multi.several import Problem
from evalkit.impact.bayes.sites import SiteEffects


@pytest.mark.parametrize(
    ("outcomes", "more", "kind"),
    [
        ("score", {}, SiteEffects),
        ("score", {"moderators": ("dose",)}, SiteEffects),
        ("score", {"moderators": ("place",)}, Problem),
        ("score", {"new_site": {}}, Problem),
        (("score", "other"), {}, Problem),
        ("score", {"area": "area"}, Model),
        ("score", {"crossed": ("trust",)}, Model),
        ("score", {"members": ("trust",)}, Model),
        ("score", {"heteroskedastic": True}, Model),
        ("passed", {"family": "bernoulli"}, Model),
    ],
)
def test_the_simplest_model_that_can_say_it_is_taken(rows, ask, outcomes, more, kind):
    """Site effects, joint site effects, or rows."""
    made, faults = prepare(rows, ask(outcomes, **more), "bayesian")
    assert faults == []
    assert isinstance(made.model, kind)


def test_faults_of_options_and_of_columns_come_together(rows, ask):
    """A wrong level and a lost column in one message."""
    made, faults = prepare(rows, ask("scores", level=95), "frequentist")
    assert made is None
    told = " ".join(wrong for wrong, _ in faults)
    for part in ("level", "inference", "Did you mean `score`"):
        assert part in told
