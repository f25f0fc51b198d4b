"""Verdicts of the checks, and that no sentence says more than the number."""

import pandas as pd
import pytest

from evalkit.impact.instruments import checks
from evalkit.impact.instruments.anderson_rubin import ConfidenceSet
from evalkit.impact.instruments.reduced import reduce
from evalkit.impact.instruments.strength import strength
from evalkit.impact.instruments.validity import HypothesisTest


@pytest.mark.parametrize(("power", "verdict"), [(0.8, "pass"), (0.45, "concern"), (0.0, "fail")])
def test_strength_has_three_verdicts(make_sample, power, verdict):
    sample = make_sample(n=120, strength=power)
    found = checks.instrument_strength(sample, strength(reduce(sample)))
    assert found.verdict == verdict
    assert "critical value" in found.meaning


def test_an_empty_set_fails_and_an_open_one_is_a_concern():
    empty = ConfidenceSet((), 0.001, 50)
    line = ConfidenceSet(((float("-inf"), float("inf")),), 0.5, 50)
    assert checks.anderson_rubin(empty, 0.95).verdict == "fail"
    assert checks.anderson_rubin(line, 0.95).verdict == "concern"
    assert "does not show that there was no effect" in checks.anderson_rubin(line, 0.95).meaning


def test_disagreeing_instruments_fail_and_agreeing_ones_prove_nothing():
    bad = checks.over_identification([HypothesisTest("J", 20.0, (1,), 1e-5)])
    good = checks.over_identification([HypothesisTest("J", 0.2, (1,), 0.65)])
    assert bad.verdict == "fail"
    assert good.verdict == "pass"
    assert "no evidence that they are valid" in good.meaning
    assert checks.over_identification([]).verdict == "information"


def test_endogeneity_is_information_only():
    found = checks.endogeneity([HypothesisTest("F", 9.0, (1, 50), 0.004)], 1.0, 2.0)
    assert found.verdict == "information"
    assert "differ by more than chance" in found.meaning
    assert "not apply" in checks.endogeneity([], 1.0, 2.0).meaning


def test_exclusion_is_read_from_the_table_where_there_is_no_single_share():
    table = pd.DataFrame({"share": [0.0, 0.1, 0.25], "holds_zero": [False, False, True]})
    assert checks.exclusion(None, table).statistic == 0.1
    assert checks.exclusion(0.05, table).verdict == "concern"
    assert checks.exclusion(0.0, table).verdict == "information"


def test_compliers_that_cannot_be_described_have_a_reason(make_sample):
    found = checks.who_complies("there are several instruments", make_sample())
    assert found.verdict == "information"
    assert "several instruments" in found.meaning


def test_several_instruments_have_no_one_confounder(make_sample):
    sample = make_sample(instruments=2)
    check, table = checks.confounded_instrument(sample, reduce(sample), 0.95)
    assert check.verdict == "information"
    assert table is None


def test_few_clusters_are_a_concern(make_sample):
    sample = make_sample(clusters=12, cluster="g")
    assert checks.grade((3, 9), clustered=True).verdict == "fail"
    assert checks.grade((3, 9), clustered=False).verdict == "information"
    assert sample.cluster is not None
