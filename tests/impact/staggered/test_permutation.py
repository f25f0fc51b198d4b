"""Permuted starts give what each estimator gives when run on the permuted starts."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.impact.staggered.fit import ESTIMATORS, fit
from evalkit.impact.staggered.permutation import (
    _by_cluster,
    permute_starts,
    permuted_cells,
    permuted_value,
)
from evalkit.impact.staggered.rows import Choices


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", ["group", "simple", "dynamic", "calendar"])
@pytest.mark.parametrize("followed", [True, False])
def test_each_draw_is_the_estimator_on_other_starts(make_rows, estimator, name, followed):
    rng = np.random.default_rng(9)
    rows = make_rows(2, gaps=0.0 if followed else 0.1, followed=followed)
    choices = Choices(estimator=estimator, window=(2, 1), control="not_yet_treated")
    starts = np.unique(rows.cohort)
    of_cluster = np.zeros(rows.n_clusters, dtype=np.intp)
    of_cluster[rows.cluster] = np.searchsorted(starts, rows.cohort)
    paths = np.array([of_cluster, *(rng.permutation(of_cluster) for _ in range(4))])
    sums, weights = (_by_cluster(one * rows.w, rows) for one in (rows.y, 1.0))
    values = permuted_value(permuted_cells(sums, weights, paths, starts, choices), name)
    for path, value in zip(paths, values, strict=True):
        again = replace(rows, cohort=starts[path][rows.cluster])
        expected = fit(again, choices).aggregates[name].value
        assert value == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"covariates": 1, "gaps": 0.0}, "model"),
        ({"gaps": 0.3}, "not seen in every period"),
    ],
)
def test_what_cannot_be_permuted_says_why(make_rows, change, reason):
    assert reason in permute_starts(make_rows(1, **change), Choices(), "group", 1)


def test_clusters_of_units_that_start_apart_say_so(make_rows):
    rows = make_rows(1, gaps=0.0)
    mixed = replace(rows, cluster=np.arange(24) % 4)
    assert "start apart" in permute_starts(mixed, Choices(), "group", 1)
