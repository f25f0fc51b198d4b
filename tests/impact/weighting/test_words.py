import pytest

from evalkit.impact.weighting.setting import ESTIMATORS, Setting
from evalkit.impact.weighting.solve import solve
from evalkit.impact.weighting.words import assumptions, estimand_words, estimator_words


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_the_target_is_said_in_words(make_sample, estimator, estimand):
    sample, setting = make_sample(), Setting(estimator, estimand)
    words = estimand_words(sample, solve(sample, setting), setting)
    assert "overall" not in words
    for part in ("Average effect", "`score`", "`treated` 1 against 0", "each row counting"):
        assert part in words
    assert len(assumptions(sample, setting)) == 5


def test_the_ways_of_matching_are_told_apart():
    plain, other = Setting(), Setting(replace=True, caliper=0.2, bias_adjusted=True)
    assert "largest propensity score first" in estimator_words(plain)
    assert "caliper 0.2 SD" in estimator_words(other)
    assert "bias-adjusted" in estimator_words(other)
