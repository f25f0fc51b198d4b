import pytest

from evalkit.impact.estimate import Interval
from evalkit.impact.weighting.hidden import hidden_checks
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.solve import solve


@pytest.mark.parametrize("roles", [{}, {"cluster": "school", "weights": "w"}])
def test_hidden_confounders_are_compared_with_covariates(make_sample, roles):
    solved = solve(make_sample(**roles), Setting())
    checks, table = hidden_checks(solved, Interval(1.0, 3.0))
    names = {check.name for check in checks}
    assert names == {"hidden confounding", "selection on what is hidden", "E-value"}
    assert {"a", "b"} <= set(table["benchmark"])
    assert checks[0].meaning.startswith("Of the regression on the same covariates")
