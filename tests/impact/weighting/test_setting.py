import pytest

from evalkit.impact.weighting.setting import Setting, setting_faults


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"estimator": "neares"}, "Did you mean `nearest`"),
        ({"estimand": "atu"}, "estimand"),
        ({"distance": "mahalanobi"}, "mahalanobis"),
        ({"caliper": 0.0}, "no width"),
        ({"ratio": 0}, "no number of matches"),
        ({"ratio": 1.5}, "no number of matches"),
        ({"trim": 0.7, "estimator": "ipw"}, "no bound"),
        ({"truncate": 0.2, "estimator": "ipw"}, "no quantile"),
        ({"truncate": 0.99}, "cuts the weights of `ipw`"),
        ({"estimand": "ate", "replace": False}, "without replacement"),
        ({"bias_adjusted": True}, "with replacement"),
        ({"estimator": "ipw", "caliper": 0.2, "ratio": 2}, "`caliper`, `ratio`"),
        ({"level": 95}, "level"),
    ],
)
def test_options_that_make_no_sense_are_faults(options, word):
    faults = setting_faults(Setting(**options), "frequentist", ())
    assert len(faults) == 1
    assert word in faults[0][0]
    assert len(faults[0][1]) > 10


def test_good_options_are_no_fault():
    assert setting_faults(Setting(caliper=0.2, ratio=2, replace=True), "frequentist", ("a",)) == []


def test_replacement_is_the_rule_for_the_average_effect_only():
    assert Setting(estimand="ate").replaced
    assert not Setting().replaced
