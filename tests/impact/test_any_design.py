"""What any design can be asked for besides: missing outcomes, neighbours, doses, choices, tails."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs import DESIGNS
from evalkit.impact.dose import with_dose
from evalkit.impact.missing import logit, with_missing_outcomes
from evalkit.impact.quantiles import with_quantiles
from evalkit.impact.several import benjamini_hochberg, holm, stepdown, with_family
from evalkit.impact.specifications import with_specifications
from evalkit.impact.spillover import with_neighbours

DESIGN = DESIGNS["panel_fixed_effects"]
DID = DESIGNS["difference_in_differences"]
ROLES = {"outcome": "score", "unit": "site", "time": "year", "treatment": "on", "seed": 1}
EVER = {"outcome": "score", "unit": "site", "time": "year", "treated": "ever", "start": 2014}


def both(frame, kind):
    return frame if kind == "pandas" else pl.from_pandas(frame)


# --- missing outcomes


def holes(frame, seed=0):
    """Outcomes of treated rows are lost where `size` is high; `size` also raises the outcome."""
    rng = np.random.default_rng(seed)
    size = np.repeat(rng.normal(0, 1, frame["site"].nunique()), 6)
    frame = frame.assign(size=size, score=frame["score"] + 3 * size * (frame["year"] >= 2014))
    lost = (frame["on"] == 1) & (rng.uniform(size=len(frame)) < 1 / (1 + np.exp(-2 * size)))
    return frame.assign(score=frame["score"].where(~lost))


def test_imputation_by_what_drives_the_gaps_comes_nearer_the_truth(make_panel):
    errors = {"complete_case": [], "multiple_imputation": []}
    for seed in range(4):
        frame = holes(make_panel(seed), seed)
        frame["late"] = frame["size"] * (frame["year"] >= 2014)
        made = with_missing_outcomes(
            DESIGN(frame, **ROLES),
            DESIGN,
            frame,
            ROLES,
            predictors=["size", "late"],
            imputations=5,
        )
        table = made.table["missing_outcomes"].set_index("how")["estimate"]
        for how, kept in errors.items():
            kept.append(table[how] - 2.0)
    assert abs(np.mean(errors["multiple_imputation"])) < 0.5 * abs(np.mean(errors["complete_case"]))


def test_bounds_hold_every_other_answer_and_weights_are_said(make_panel):
    frame = holes(make_panel())
    plain = DESIGN(frame, **ROLES)
    made = with_missing_outcomes(plain, DESIGN, frame, ROLES, how="bounds", predictors=["size"])
    table = made.table["missing_outcomes"].set_index("how")
    assert made.interval.low < table["low"].drop("bounds").min()
    assert made.interval.high > table["high"].drop("bounds").max()
    assert made.value == plain.value
    assert made.p_value is None
    check = made.check("missing outcomes")
    assert check.verdict in ("concern", "fail")
    assert "of those under treatment" in check.meaning


@pytest.mark.parametrize("kind", ["pandas", "polars"])
@pytest.mark.parametrize("how", ["complete_case", "ipw", "multiple_imputation"])
def test_row_order_and_kind_of_frame_do_not_matter(make_panel, how, kind):
    frame = holes(make_panel())
    shuffled = both(frame.sample(frac=1, random_state=2), kind)
    one, other = (
        with_missing_outcomes(
            DESIGN(data, **ROLES),
            DESIGN,
            data,
            ROLES,
            how=how,
            predictors=["size"],
            imputations=3,
        )
        for data in (frame, shuffled)
    )
    assert one.value == pytest.approx(other.value, rel=1e-9)
    assert one.interval.low == pytest.approx(other.interval.low, rel=1e-9)


def test_without_gaps_nothing_changes(make_panel):
    frame = make_panel()
    plain = DESIGN(frame, **ROLES)
    made = with_missing_outcomes(plain, DESIGN, frame, ROLES, how="ipw")
    assert (made.value, made.interval) == (plain.value, plain.interval)


def test_wrong_ways_are_refused(make_panel):
    frame = holes(make_panel())
    plain = DESIGN(frame, **ROLES)
    with pytest.raises(DesignError, match="Did you mean `bounds`"):
        with_missing_outcomes(plain, DESIGN, frame, ROLES, how="bound")
    frame.loc[3, "size"] = np.nan
    with pytest.raises(DesignError, match="`size` have blanks"):
        with_missing_outcomes(plain, DESIGN, frame, ROLES, how="ipw", predictors=["size"])


def test_the_logit_agrees_with_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
    y = (rng.uniform(size=400) < 1 / (1 + np.exp(-x @ [0.3, 1.0, -0.5]))).astype(float)
    expected = sm.Logit(y, x).fit(disp=0).predict()
    assert logit(x, y) == pytest.approx(expected, abs=1e-5)


# --- neighbours


def with_neighbour_effect(make_panel, effect):
    frame = make_panel(3)
    near = (frame["ever"] == 0) & (frame["site"].str[1:].astype(int) % 4 == 1)
    frame["near"] = near.astype(int)
    frame["score"] += effect * near * (frame["year"] >= 2014)
    return frame


@pytest.mark.parametrize(
    ("effect", "word"), [(1.5, "hides part"), (-1.5, "displaced"), (0.0, "No movement")]
)
@pytest.mark.parametrize("design", ["panel_fixed_effects", "difference_in_differences"])
def test_movements_of_neighbours_are_seen_and_named(make_panel, effect, word, design):
    frame, options = with_neighbour_effect(make_panel, effect), dict(ROLES)
    if design == "difference_in_differences":
        options = dict(EVER)
    run = DESIGNS[design]
    made = with_neighbours(run(frame, **options), run, frame, options, neighbours="near")
    table = made.table["spillover"].set_index("sample")["estimate"]
    assert table["neighbours left out"] == pytest.approx(2.0, abs=0.7)
    assert table.iloc[2] == pytest.approx(effect, abs=0.8)
    assert word in made.check("spillover").meaning


def test_neighbours_in_a_staggered_design(make_panel):
    frame = with_neighbour_effect(make_panel, 1.5)
    options = {"outcome": "score", "unit": "site", "time": "year", "first_treated": "begins"}
    run = DESIGNS["staggered_adoption"]
    made = with_neighbours(run(frame, **options), run, frame, options, neighbours="near")
    assert made.table["spillover"]["estimate"][2] == pytest.approx(1.5, abs=0.8)


def test_neighbours_that_are_none_are_refused(make_panel):
    frame = make_panel().assign(near=0, far=2)
    plain = DESIGN(frame, **ROLES)
    with pytest.raises(DesignError, match="No untreated unit"):
        with_neighbours(plain, DESIGN, frame, ROLES, neighbours="near")
    with pytest.raises(DesignError, match="other than 0 and 1"):
        with_neighbours(plain, DESIGN, frame, ROLES, neighbours="far")


# --- dose


def dosed(make_panel, slope=1.0, seed=4):
    frame = make_panel(seed)
    hours = frame["site"].str[1:].astype(int) % 7
    return frame.assign(hours=hours, score=frame["score"] + slope * (hours - 3) * frame["on"])


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_the_slope_on_the_dose_is_that_of_dummy_variables(make_panel, kind):
    import statsmodels.formula.api as smf

    frame = dosed(make_panel)
    made = with_dose(DESIGN(frame, **ROLES), both(frame, kind), ROLES, dose="hours")
    frame["dose_on"] = frame["on"] * (frame["hours"] - frame.loc[frame["on"] == 1, "hours"].mean())
    fitted = smf.ols("score ~ dose_on + on + C(site) + C(year)", data=frame).fit()
    table = made.table["dose"]
    assert table["estimate"][0] == pytest.approx(fitted.params["dose_on"])
    assert table["estimate"][0] == pytest.approx(1.0, abs=0.3)
    assert table["estimate"].iloc[1:].is_monotonic_increasing
    assert "at random" in made.check("dose response").meaning
    assert made.check("dose response").verdict == "information"


def test_one_dose_for_all_has_no_response(make_panel):
    frame = make_panel().assign(hours=3)
    with pytest.raises(DesignError, match="does not differ"):
        with_dose(DESIGN(frame, **ROLES), frame, ROLES, dose="hours")


# --- choices


def test_every_combination_of_choices_is_run_and_shown(make_panel):
    frame = make_panel()
    vary = {"covariates": [[], ["size"]], "effects": ["two_way", "unit", "time"]}
    made, again = (
        with_specifications(DESIGN(frame, **ROLES), DESIGN, frame, ROLES, vary=vary, jobs=jobs)
        for jobs in (1, 2)
    )
    table = made.table["specifications"]
    pd.testing.assert_frame_equal(table, again.table["specifications"])
    assert len(table) == 6
    assert table["estimate"].is_monotonic_increasing
    planned = table[(table["covariates"] == "none") & (table["effects"] == "two_way")]
    assert planned["estimate"].iloc[0] == made.value
    assert made.check("specification curve").verdict in ("pass", "concern")


def test_a_conclusion_that_hangs_on_a_choice_is_named(make_panel):
    frame = make_panel()
    frame["score"] -= 8 * frame["ever"]
    vary = {"effects": ["two_way", "time"], "level": [0.95, 0.9]}
    made = with_specifications(DESIGN(frame, **ROLES), DESIGN, frame, ROLES, vary=vary)
    assert made.check("specification curve").verdict == "concern"


@pytest.mark.parametrize("vary", [{}, {"covariates": "size"}, {"level": [0.9] * 501}])
def test_choices_that_are_no_list_or_too_many_are_refused(make_panel, vary):
    frame = make_panel()
    with pytest.raises(DesignError, match="vary"):
        with_specifications(DESIGN(frame, **ROLES), DESIGN, frame, ROLES, vary=vary)


# --- several outcomes


def test_adjusted_p_values_agree_with_statsmodels():
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(2)
    for _ in range(50):
        p = rng.uniform(size=rng.integers(1, 9)) ** 2
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
        assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    assert math.isnan(holm(np.array([0.01, np.nan]))[1])


def test_the_stepdown_uses_that_outcomes_move_together():
    rng = np.random.default_rng(3)
    shared = rng.normal(size=(60, 1))
    together = shared + 0.1 * rng.normal(size=(60, 4))
    apart = rng.normal(size=(60, 4))
    t = np.array([2.5, 2.0, 1.0, 0.2])
    alike = stepdown(t, together / np.linalg.norm(together, axis=0), 1, 59)
    other = stepdown(t, apart / np.linalg.norm(apart, axis=0), 1, 59)
    assert (alike <= other + 0.01).all()
    assert alike[0] == pytest.approx(0.015, abs=0.015)
    assert other[0] == pytest.approx(1 - (1 - 0.0152) ** 4, abs=0.02)
    assert (np.diff(other) >= 0).all()


def test_a_family_of_outcomes_is_adjusted_together(make_panel):
    frame = make_panel()
    rng = np.random.default_rng(1)
    frame["other"] = rng.normal(size=len(frame))
    frame["third"] = rng.normal(size=len(frame))
    made = with_family(
        [DESIGN(frame, **{**ROLES, "outcome": name}) for name in ("score", "other", "third")]
    )
    table = made[0].table["family"]
    assert (table["p_holm"] >= table["p_value"]).all()
    assert table["p_stepdown"].notna().all()
    assert "One of 3 outcomes" in made[1].check("several outcomes").meaning
    assert with_family(made[:1])[0] is made[0]


# --- tails


def test_changes_in_changes_follow_the_definition(make_panel):
    """Athey and Imbens (2006), equation 9, by brute force on small data without ties."""
    frame = make_panel(6, units=40, periods=2, start=2012)
    options = {**EVER, "start": 2012}
    made = with_quantiles(DID(frame, **options), frame, options, quantiles=[0.25, 0.5])
    cell = {
        (ever, year): np.sort(frame[(frame["ever"] == ever) & (frame["year"] == year)]["score"])
        for ever in (0, 1)
        for year in (2011, 2012)
    }
    for row in made.table["quantiles"].to_dict("records"):
        q = row["quantile"]
        before = cell[1, 2011][math.ceil(q * 20) - 1]
        rank = (cell[0, 2011] <= before).mean()
        moved = cell[0, 2012][max(math.ceil(rank * 20 - 1e-9), 1) - 1]
        assert row["estimate"] == pytest.approx(cell[1, 2012][math.ceil(q * 20) - 1] - moved)
        assert row["low"] < row["estimate"] < row["high"]


def test_an_effect_on_the_lowest_only_is_seen_at_the_lowest(make_panel):
    frame = make_panel(2, units=2000, periods=2, start=2012)
    late = (frame["ever"] == 1) & (frame["year"] == 2012)
    frame["score"] = np.random.default_rng(8).normal(50, 5, len(frame))
    frame.loc[late, "score"] = frame.loc[late, "score"].clip(lower=46)
    options = {**EVER, "start": 2012}
    made = with_quantiles(DID(frame, **options), frame, options)
    table = made.table["quantiles"].set_index("quantile")["estimate"]
    assert table[0.1] > 1.5
    assert abs(table[0.9]) < 1.5
    assert "not be the same" in made.check("quantile effects").meaning


def test_designs_that_do_not_identify_quantiles_say_so(make_panel):
    frame = make_panel()
    with pytest.raises(DesignError, match="does not identify"):
        with_quantiles(DESIGN(frame, **ROLES), frame, ROLES)
    with pytest.raises(DesignError, match="between 0 and 1"):
        with_quantiles(DID(frame, **EVER), frame, EVER, quantiles=[1.0])
