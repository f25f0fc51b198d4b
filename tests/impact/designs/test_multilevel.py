"""The multilevel design as a user meets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from evalkit.errors import DesignError
from evalkit.impact.designs import check_design
from evalkit.impact.designs.multilevel import multilevel

GOLDEN = Path(__file__).parents[2] / "golden" / "multilevel"
ROLES = {"outcome": "score", "site": "site", "treatment": "on", "time": "year"}


@pytest.fixture(scope="module")
def panel():
    return pd.read_csv(GOLDEN / "panel.csv")


@pytest.fixture(scope="module")
def estimate(panel):
    return multilevel(panel, **ROLES, margin=1.0, seed=3)


@pytest.mark.slow
def test_the_truth_of_a_simulated_programme_is_found(estimate):
    """Six sites with effects about 3: the interval holds it, and the record is whole."""
    assert estimate.interval.low < 3 < estimate.interval.high
    assert estimate.interval.kind == "credible"
    assert estimate.p_value is None
    assert estimate.draws.shape == (6000,)
    assert estimate.value == pytest.approx(estimate.draws.mean())
    assert (estimate.n_units, estimate.n_observations, estimate.n_treated) == (46, 276, 6)
    assert "mean of 2018 to 2020 less mean of 2015 to 2017" in estimate.estimand
    assert estimate.standardised.hedges_g == pytest.approx(
        estimate.value / estimate.standardised.sd
    )
    assert len(estimate.assumptions) >= 4
    assert any(
        note.startswith("Prior, mean effect over sites: Normal(0") for note in estimate.notes
    )


@pytest.mark.slow
def test_every_promised_table_and_check_is_there(estimate):
    """Sites, posterior, priors, sensitivity, predictive checks; five named checks."""
    assert list(estimate.table) == [
        *("sites", "posterior", "priors", "sensitivity"),
        *("prior_predictive", "posterior_predictive", "decision", "power_scaling"),
    ]
    names = [one.name for one in estimate.checks]
    assert names == [
        *("convergence", "prior sensitivity", "few treated sites"),
        *("posterior predictive", "pre-trend", "decision", "power scaling"),
    ]
    assert all(one.meaning for one in estimate.checks)
    posterior = estimate.table["posterior"]
    assert "effect in a new site" in set(posterior["quantity"])
    assert posterior["rhat"].max() < 1.01
    assert posterior[["ess_bulk", "ess_tail"]].min().min() > 400
    assert len(estimate.table["sensitivity"]) == 8
    assert "site_effect" in estimate.native["posterior"]


@pytest.mark.slow
def test_site_effects_lie_between_their_raw_effect_and_the_mean(estimate):
    """Partial pooling draws each towards the mean, none beyond it."""
    sites = estimate.table["sites"]
    assert sites["shrinkage"].between(0, 1).all()
    assert sites["estimate"].mean() == pytest.approx(estimate.value)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_unit_of_the_outcome_does_not_matter(panel, estimate, factor):
    """Pounds or pence: the same standardised posterior and the same probabilities, draw by draw."""
    other = multilevel(panel.assign(score=panel["score"] * factor), **ROLES, seed=3)
    np.testing.assert_allclose(other.draws / factor, estimate.draws, rtol=1e-6)
    own, made = (one.table["posterior"]["p_above_zero"] for one in (estimate, other))
    np.testing.assert_array_equal(made, own)


@pytest.mark.slow
def test_row_order_and_the_kind_of_frame_do_not_matter(panel, estimate):
    """Shuffled rows and a polars frame give the same draws."""
    import polars as pl

    shuffled = panel.sample(frac=1, random_state=1)
    made = multilevel(shuffled, **ROLES, seed=3)
    np.testing.assert_allclose(made.draws, estimate.draws, rtol=1e-6)
    frame = pl.DataFrame(panel.to_dict(orient="list"))
    assert multilevel(frame, **ROLES, seed=3).value == estimate.value


@pytest.mark.slow
def test_pupils_in_sites_agree_with_a_mixed_model():
    """Near-flat priors: the typical effect within 0.1 posterior SD of REML (statsmodels MixedLM)."""
    rng = np.random.default_rng(9)
    site = np.repeat(np.arange(25), 40)
    on = np.tile(np.arange(40) % 2, 25)
    own = 2 + 1.5 * rng.standard_normal(25)
    y = 50 + 3 * rng.standard_normal(25)[site] + own[site] * on + 5 * rng.standard_normal(1000)
    frame = pd.DataFrame({"site": [f"s{i:02d}" for i in site], "on": on, "score": y})
    flat = {"effect": {"sd": 1000}, "spread": {"sd": 1000}, "noise": {"sd": 1000}}
    made = multilevel(frame, outcome="score", site="site", treatment="on", priors=flat)
    reml = smf.mixedlm("score ~ 0 + C(site) + on", frame, groups="site", re_formula="0 + on").fit(
        reml=True
    )
    posterior = made.table["posterior"].set_index("quantity")
    typical = posterior.loc["typical effect of such sites"]
    assert typical["mean"] == pytest.approx(reml.params["on"], abs=0.1 * typical["sd"])
    spread = posterior.loc["spread of effects between sites"]
    assert spread["low"] < np.sqrt(reml.cov_re.iloc[0, 0]) < spread["high"]
    assert made.check("pre-trend").verdict == "information"


@pytest.mark.slow
def test_a_given_prior_moves_the_result_and_is_said(panel, estimate):
    """A firm belief in no effect pulls the estimate down; the table says that it was given."""
    firm = multilevel(panel, **ROLES, priors={"effect": {"mean": 0, "sd": 0.5}}, new_site=False)
    assert firm.value < estimate.value
    assert firm.table["priors"].set_index("prior").loc["effect", "source"] == "given"
    assert "effect in a new site" not in set(firm.table["posterior"]["quantity"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": ["score", "scores"]}, "Did you mean `score`"),
        ({"site": "sites"}, "Did you mean `site`"),
        ({"treatment": "year"}, "must be 0 or 1"),
        ({"level": 95}, "level"),
        ({"margin": 0.0}, "no size of an effect"),
        ({"inference": "frequentist"}, "is Bayesian"),
        ({"priors": {"efect": {"sd": 1}}}, "Did you mean `effect`"),
        ({"weights": "neg"}, "weights of zero or below"),
    ],
)
def test_wrong_options_are_refused_before_sampling(panel, change, words):
    """`check` lists the fault with its remedy, and the design raises it."""
    frame = panel.assign(neg=-1.0)
    faults = check_design("multilevel", frame, **{**ROLES, **change})
    assert any(words in wrong for wrong, _ in faults)
    with pytest.raises(DesignError, match="cannot be estimated") as caught:
        multilevel(frame, **{**ROLES, **change})
    assert caught.value.do


def test_good_data_have_no_faults(panel):
    """Nothing wrong is an empty list."""
    assert check_design("multilevel", panel, **ROLES) == []


def test_checking_loads_neither_pymc_nor_arviz():
    """The design is importable and checkable in a fraction of a second."""
    code = (
        "import sys, pandas as pd; from evalkit.impact.designs import check_design;"
        f"frame = pd.read_csv({str(GOLDEN / 'panel.csv')!r});"
        f"assert check_design('multilevel', frame, **{ROLES!r}) == [];"
        "heavy = {'pymc', 'arviz', 'nutpie', 'scipy.stats', 'pytensor', 'numba'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
