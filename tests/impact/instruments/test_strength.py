"""F statistics of the first stage and their critical values."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from evalkit.impact.instruments.reduced import reduce
from evalkit.impact.instruments.strength import critical_value, strength

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden/instrumental_variable/expected.json").read_text()
)


@pytest.mark.parametrize("tau", ["0.05", "0.10", "0.20", "0.30"])
def test_critical_values_with_one_instrument_are_the_published_ones(tau):
    value, df = critical_value(np.eye(1), tau=float(tau))
    assert round(value, 2) == pytest.approx(
        GOLDEN["effective_f"]["critical_one_instrument"][tau], abs=0.011
    )
    assert df == 1.0


def test_equal_instruments_have_as_many_degrees_of_freedom_as_there_are():
    value, df = critical_value(np.eye(4))
    assert df == pytest.approx(4.0)
    assert value == pytest.approx(stats.ncx2.ppf(0.95, 4, 40) / 4)


def test_one_instrument_has_the_squared_t(make_sample):
    reduced = reduce(make_sample())
    found = strength(reduced)
    t = reduced.to_d[0] / reduced.of_d.errors[0]
    assert found.effective == pytest.approx(t**2)
    assert found.robust == pytest.approx(t**2)


def test_the_effective_f_does_not_depend_on_how_instruments_are_written(make_frame):
    from evalkit.impact.instruments.sample import Columns, read_sample

    frame = make_frame(instruments=2)
    turned = frame.assign(z0=frame["z0"] + frame["z1"], z1=1000 * frame["z1"])
    made = [
        strength(reduce(read_sample(one, Columns("y", "d", ("z0", "z1")))[0]))
        for one in (frame, turned)
    ]
    for name in ("effective", "critical", "plain", "robust", "partial_r2"):
        assert getattr(made[0], name) == pytest.approx(getattr(made[1], name), rel=1e-6)


def test_the_plain_f_is_that_of_statsmodels(make_frame, make_sample):
    import statsmodels.api as sm

    frame = make_frame(instruments=3)
    x = np.column_stack([frame[["z0", "z1", "z2", "x"]], np.ones(len(frame))])
    fit = sm.OLS(frame["d"], x).fit()
    found = strength(reduce(make_sample(instruments=3)))
    assert found.plain == pytest.approx(float(fit.f_test(np.eye(5)[:3]).fvalue))
    assert found.df == (3, len(frame) - 5)


def test_weak_instruments_are_called_weak(make_sample):
    assert strength(reduce(make_sample(strength=0.02))).weak
    assert not strength(reduce(make_sample(strength=0.8))).weak
