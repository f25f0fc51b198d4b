"""Options that cannot be met are refused, each with its remedy, before any row is read."""

from __future__ import annotations

import pytest

from evalkit.impact.bayes.multi.asked import asked_faults, by_outcome, prior_slots

TWO = ("score", "other")


@pytest.mark.parametrize(
    ("outcomes", "change", "words"),
    [
        ((), {}, "No `outcome`"),
        (("score", "score"), {}, "listed twice"),
        (TWO, {"domains": {"score": "reading"}}, "says nothing of `other`"),
        (TWO, {"domains": {"scores": "a", "score": "a", "other": "b"}}, "Did you mean `score`"),
        (TWO, {"higher": {"others": True}}, "Did you mean `other`"),
        (TWO, {"higher": {"other": "yes"}}, "is `yes`"),
        (TWO, {"margins": {"score": 0.0}}, "no size of an effect"),
        (TWO, {"margins": {"score": "big"}}, "no number"),
        ("score", {"margins": {"score": -1.0}, "higher": {"score": True}}, "points down"),
        (TWO, {"family": "poisson"}, "Several outcomes at once are modelled as normal"),
        (TWO, {"area": "area"}, "Several outcomes do not go with"),
        ("score", {"family": "gamma"}, "is unknown"),
        ("score", {"family": "binomial"}, "needs `trials`"),
        ("score", {"trials": "n"}, "`trials` has no meaning"),
        ("score", {"family": "bernoulli", "exposure": "years"}, "`exposure` has no meaning"),
        ("score", {"family": "poisson", "heteroskedastic": True}, "for `family: normal` only"),
        ("score", {"members": ("a", "b"), "member_weights": ("w",)}, "2 `members` columns have 1"),
        ("score", {"member_weights": ("w",)}, "stands without `members`"),
        ("score", {"area": "site"}, "named twice"),
        ("score", {"area": "a", "crossed": ("a",)}, "named twice"),
        ("score", {"tail": True}, "needs a `baseline`"),
        ("score", {"level": 95}, "level"),
        ("score", {"priors": {"levels": {"sd": 1}}}, "no prior called `levels`"),
        ("score", {"priors": {"effect": {"sd": 0}}}, "must be above zero"),
    ],
)
def test_each_wrong_option_is_named_with_its_remedy(ask, outcomes, change, words):
    """The fault quotes the option; the remedy is a sentence."""
    asked = ask(outcomes, **change) if outcomes else ask("score")
    if not outcomes:
        asked = type(asked)((), asked.columns)
    faults = asked_faults(asked, "bayesian")
    assert any(words in wrong for wrong, _ in faults)
    assert all(remedy for _, remedy in faults)


def test_every_fault_is_listed_at_once(ask):
    """Three wrong options give three faults."""
    asked = ask("score", family="gamma", margins={"score": 0.0}, priors={"efect": {"sd": 1}})
    assert len(asked_faults(asked, "frequentist")) == 4


def test_good_options_have_no_faults(ask):
    """Everything that goes together passes."""
    asked = ask(TWO, domains={"score": "a", "other": "b"}, margins={"other": -1.0})
    assert asked_faults(asked, "bayesian") == []


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({}, 1.0),
        ({"margins": {"score": -2.0}}, -1.0),
        ({"higher": {"score": False}}, -1.0),
        ({"higher": {"score": False}, "margins": {"score": 2.0}}, -1.0),
    ],
)
def test_the_wanted_direction_is_said_or_read_from_the_margin(ask, more, wanted):
    """Said first, then the sign of the margin, then up."""
    assert ask("score", **more).wanted("score") == wanted


def test_what_is_given_once_holds_for_every_outcome():
    """One number, a mapping, or nothing."""
    assert by_outcome(2.0, ("a", "b")) == {"a": 2.0, "b": 2.0}
    assert by_outcome({"a": 1.0}, ("a", "b")) == {"a": 1.0}
    assert by_outcome(None, ("a",)) == {}


def test_a_model_has_the_priors_of_its_parts(ask):
    """No noise for counts, no levels without rows, outcomes only for several."""
    assert set(prior_slots(ask("score"))) == {"effect", "spread", "moderators", "noise"}
    assert "noise" not in prior_slots(ask("count", family="poisson"))
    assert {"outcomes", "domains"} <= set(prior_slots(ask(TWO, domains={"score": "a"})))
    assert "groups" in prior_slots(ask("score", by="sex"))
