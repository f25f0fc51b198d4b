"""Which interval leads, and how several series are joined."""

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.series import methods
from evalkit.impact.series.model import Form, build
from evalkit.impact.series.read import Roles, read_series


def model(seed, *, n, rho=0.0, counts=False):
    rng = np.random.default_rng(seed)
    e = rng.normal(size=n)
    for i in range(1, n):
        e[i] += rho * e[i - 1]
    y = rng.poisson(np.exp(3 + 0.1 * e)) if counts else e
    frame = pd.DataFrame({"t": range(n), "y": y})
    series, faults = read_series(frame, Roles("y", "t", n // 2), counts=counts)
    assert not faults
    form = Form("level", family="poisson" if counts else "normal")
    return build(series, form)


@pytest.mark.parametrize(
    ("n", "rho", "has"), [(30, 0.0, True), (200, 0.0, False), (200, 0.6, True)]
)
def test_autocorrelation_is_allowed_for_where_it_is_seen_or_could_be_missed(n, rho, has):
    made = methods.methods_of(model(1, n=n, rho=rho), None, "auto")
    assert (methods.AR1 in made.candidates) is has


def test_the_wider_interval_leads():
    made = methods.methods_of(model(2, n=40, rho=0.5), None, "auto")
    rows = methods.rows_of(made, made.model.contrast({"level": 1.0}), 0.95)
    known = [row for row in rows if row["method"] in made.candidates]
    widest = max(known, key=lambda row: row["high"] - row["low"])
    assert [row for row in rows if row["leads"]] == [widest]


def test_newey_west_takes_as_many_lags_as_the_rule_says():
    assert methods.methods_of(model(1, n=100), None, "auto").lags == 4
    assert methods.methods_of(model(1, n=100), 7, "auto").lags == 7


def test_counts_have_the_published_interval_beside_the_leading_one():
    made = methods.methods_of(model(1, n=60, counts=True), None, "auto")
    rows = methods.rows_of(made, made.model.contrast({"level": 1.0}), 0.95)
    published = methods.published_row(rows, 0.95)
    quasi = next(row for row in rows if row["method"] == methods.QUASI)
    assert published["std_error"] == quasi["std_error"]
    assert published["high"] - published["low"] < quasi["high"] - quasi["low"]
