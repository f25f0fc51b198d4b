import math

import pandas as pd
import pytest

from evalkit.impact.randomised import checks
from evalkit.impact.randomised.attrition import Bounds, attrition_table
from evalkit.impact.randomised.balance import balance_table
from evalkit.impact.randomised.evidence import infer


def result(model, arm=1):
    return infer(model, arm, estimator="ancova", level=0.95, seed=0)


def test_balance_names_the_worst_covariate(make_people, make_model):
    frame = make_people(1)
    frame["far"] = frame["arm"] + frame["pre"]
    trial, _ = make_model(frame, covariates=("pre", "far"))
    made = checks.balance(trial, balance_table(trial, 0.95))
    assert made.verdict == "concern"
    assert "`far`" in made.meaning
    plain, _ = make_model(frame)
    assert checks.balance(plain, balance_table(plain, 0.95)).verdict == "information"


def losses(share, gap):
    lost = [int(1000 * share), int(1000 * (share + gap))]
    return pd.DataFrame({"randomised": [1000, 1000], "lost": lost})


BOUNDS = Bounds(-1.0, 2.0, 0.1, 0.1, (-1.2, 2.2), "1", 0.1, (-9, 9))


@pytest.mark.parametrize(
    ("table", "gap", "bounds", "verdict"),
    [
        (losses(0, 0), (0.0, math.nan), None, "pass"),
        (losses(0.1, 0.0), (0.0, 0.9), None, "pass"),
        (losses(0.3, 0.0), (0.0, 0.9), None, "concern"),
        (losses(0.1, 0.08), (0.08, 0.2), None, "concern"),
        (losses(0.1, 0.1), (0.1, 0.01), BOUNDS, "fail"),
        (losses(0.6, 0.0), (0.0, 0.9), None, "fail"),
    ],
)
def test_attrition_is_graded(table, gap, bounds, verdict):
    assert checks.attrition(table, "1", gap, bounds).verdict == verdict


def test_attrition_of_a_real_table(make_people, make_model):
    trial, _ = make_model(make_people(1))
    assert checks.attrition(attrition_table(trial), "1", (0.0, math.nan), None).verdict == "pass"


def test_re_assignment_gives_its_distribution_or_its_reason(make_schools, make_model):
    frame = make_schools(1)
    _, model = make_model(frame, cluster="school")
    made, bins = checks.randomisation(result(model))
    assert bins["share"].sum() == pytest.approx(1)
    assert made.p_value is not None
    frame.loc[0, "arm"] = 1 - frame.loc[0, "arm"]
    _, model = make_model(frame, cluster="school")
    made, bins = checks.randomisation(result(model))
    assert made.verdict == "information"
    assert len(bins) == 0


@pytest.mark.parametrize(("clusters", "verdict"), [(6, "fail"), (14, "concern"), (24, "pass")])
def test_clusters_are_counted_and_the_rule_printed(make_schools, make_model, clusters, verdict):
    trial, model = make_model(make_schools(1, clusters=clusters), cluster="school")
    made = checks.few_clusters(trial, result(model))
    assert made.verdict == verdict
    assert "Rule:" in made.meaning


def test_a_cluster_with_both_arms_is_said(make_schools, make_model):
    frame = make_schools(1, clusters=24)
    frame.loc[0, "arm"] = 1 - frame.loc[0, "arm"]
    trial, model = make_model(frame, cluster="school")
    made = checks.few_clusters(trial, result(model))
    assert made.verdict == "concern"
    assert "moved" in made.meaning


@pytest.mark.parametrize(("clusters", "verdict"), [(10, "fail"), (24, "pass")])
def test_fewer_than_six_clusters_an_arm_carry_no_decision(
    make_schools, make_model, clusters, verdict
):
    trial, _ = make_model(make_schools(1, clusters=clusters), cluster="school")
    assert checks.grade(trial, 1).verdict == verdict


def test_people_are_called_people(make_people, make_model):
    trial, _ = make_model(make_people(1))
    assert "people" in checks.grade(trial, 1).meaning


def test_methods_that_disagree_are_a_concern():
    from evalkit.impact.randomised.evidence import CR2, IGNORES, IID

    def row(method, p):
        return {"method": method, "p_value": p}

    class Stub:
        p_value = 0.06
        rows = (row(CR2, 0.06), row(IID + IGNORES, 1e-6))

    made = checks.methods_agree(Stub, 0.95)
    assert made.verdict == "pass"
    assert "only methods that ignore" in made.meaning
    Stub.rows = (*Stub.rows, row("wild", 0.01))
    assert checks.methods_agree(Stub, 0.95).verdict == "concern"


def test_clusters_shrink_the_sample_in_words(make_schools, make_model):
    trial, _ = make_model(make_schools(1), cluster="school")
    made = checks.clustering(trial, 0.2, 11.0)
    assert f"{trial.n / 3:.0f} rows drawn one by one" in made.meaning
    assert checks.clustering(trial, math.nan, 1.0).statistic is None


def test_an_adjustment_that_moves_much_is_a_concern():
    assert checks.adjustment(1.0, 1.1, 0.5, adjusted=True).verdict == "pass"
    assert checks.adjustment(1.0, 3.0, 0.5, adjusted=True).verdict == "concern"
    assert checks.adjustment(1.0, 3.0, 0.5, adjusted=False).verdict == "information"


def test_a_first_stage_that_is_not_there_fails():
    assert checks.instrument("no compliers", "took").verdict == "fail"
    assert checks.instrument("", None).verdict == "information"


def test_strata_and_families_that_do_not_apply_say_so(make_people, make_model):
    trial, model = make_model(make_people(1))
    assert "no strata" in checks.strata(trial, 1, 1, None, result(model)).meaning
    assert checks.family(pd.DataFrame({"arm": ["1"]}), 0.95).verdict == "information"
