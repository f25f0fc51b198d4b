import numpy as np
import pytest

from evalkit.impact.randomised.result import Setting, study


def run(made, estimator="difference_in_means", **more):
    options = {"level": 0.95, "seed": 0, "margin": None, "domain": None, "months": "eef_projects"}
    return study(*made, Setting("randomised", estimator, **{**options, **more}))


def test_every_table_is_there(make_schools, make_model):
    frame = make_schools(1, clusters=24)
    frame.loc[:3, "y"] = np.nan
    frame["took"] = frame["arm"] * (np.arange(len(frame)) % 3 > 0)
    made = make_model(frame, "ancova", cluster="school", baseline=("pre",), received="took")
    estimate = run(made, "ancova", domain="attainment")
    assert set(estimate.table) == {
        *("inference", "arms", "balance", "attrition", "effect_size", "multilevel", "means"),
        *("bounds", "complier_effect", "compliance", "months", "permutation"),
    }
    for name in ("inference", "complier_effect", "effect_size", "months"):
        assert estimate.table[name]["leads"].sum() == 1, name


def test_contributions_carry_the_labels_of_clusters(make_schools, make_model):
    estimate = run(make_model(make_schools(1, clusters=24), cluster="school"))
    assert set(estimate.contributions) == {str(one) for one in range(24)}
    total = np.sqrt(sum(one**2 for one in estimate.contributions.values()))
    assert total == pytest.approx(estimate.std_error)


def test_people_share_no_cluster(make_people, make_model):
    assert run(make_model(make_people(1))).contributions is None


def test_strata_weighted_by_size_stand_beside(make_people, make_model):
    estimate = run(make_model(make_people(1), strata=("block",)))
    frame = make_people(1)
    gaps = [
        one.loc[one["arm"] == 1, "y"].mean() - one.loc[one["arm"] == 0, "y"].mean()
        for _, one in frame.groupby("block")
    ]
    assert estimate.check("strata").statistic == pytest.approx(np.mean(gaps))
