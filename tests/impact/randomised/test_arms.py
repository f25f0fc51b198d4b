import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from evalkit.impact.randomised.arms import arms_table, holm_adjusted, max_t
from evalkit.impact.randomised.evidence import infer


def test_holm_agrees_with_statsmodels():
    rng = np.random.default_rng(1)
    for _ in range(50):
        p = rng.uniform(0, 0.2, 5)
        assert holm_adjusted(p.tolist()) == pytest.approx(multipletests(p, method="holm")[1])


def test_step_down_maxima_are_those_of_the_definition():
    rng = np.random.default_rng(2)
    draws, values = rng.normal(0, [1, 2, 3], (500, 3)), np.array([2.5, 1.0, 4.0])
    p, reach = max_t(draws, values, 0.95)
    t, seen = np.abs(draws) / draws.std(axis=0), np.abs(values) / draws.std(axis=0)
    order = np.argsort(-seen)
    worst = 0.0
    for k, j in enumerate(order):
        worst = max(worst, ((t[:, order[k:]].max(axis=1) >= seen[j]).sum() + 1) / 501)
        assert p[j] == pytest.approx(worst)
    assert reach == pytest.approx(np.quantile(t.max(axis=1), 0.95))


def test_the_family_is_stricter_than_each_arm_alone(make_people, make_model):
    _, model = make_model(make_people(3, n=180, arms=3))
    results = [infer(model, k, estimator="ancova", level=0.95, seed=0) for k in (1, 2)]
    table = arms_table(model, results, level=0.95, seed=0)
    assert (table["p_holm"] >= table["p_value"]).all()
    assert (table["low_family"] < table["low"]).all()
    assert (table["high_family"] > table["high"]).all()
    assert table["p_max_t"].notna().all()


@pytest.mark.slow
def test_false_alarms_of_the_family_are_kept(make_people, make_model):
    false = 0
    for seed in range(120):
        _, model = make_model(make_people(seed, n=60, arms=4, effect=0.0))
        results = [
            infer(model, k, estimator="ancova", level=0.95, seed=seed, quick=True)
            for k in (1, 2, 3)
        ]
        table = arms_table(model, results, level=0.95, seed=seed)
        false += (table[["p_holm", "p_max_t"]].min(axis=None)) < 0.05
    assert false <= 14
