"""Published numbers, to their printed digits."""

import json
from pathlib import Path

import pandas as pd
import pytest

from evalkit.impact.designs.regression_discontinuity import regression_discontinuity

HERE = Path(__file__).parents[2] / "golden" / "regression_discontinuity"
EXPECTED = json.loads((HERE / "expected.json").read_text())
ROLES = {
    "senate": {"outcome": "vote", "running": "margin"},
    "headstart": {"outcome": "mortality", "running": "poverty", "cutoff": 59.1984},
    "chile": {"outcome": "gain", "running": "rule2", "received": "p90", "treated_side": "below"},
}


def run(name, **more):
    data = name.split("_")[0]
    frame = pd.read_csv(HERE / f"{data}.csv")
    return regression_discontinuity(
        frame, **ROLES[data], **{**EXPECTED[name].get("call", {}), **more}
    )


@pytest.mark.parametrize("name", [one for one in EXPECTED if one != "senate_density"])
def test_published_estimates_are_met(name):
    wanted, made = EXPECTED[name], run(name)
    rows = made.table["inference"].set_index("method")
    sides = made.table["sample"]
    found = {
        "value": made.value,
        "std_error": made.std_error,
        "low": made.interval.low,
        "high": made.interval.high,
        "corrected": rows.loc["bias-corrected, conventional error", "estimate"],
    }
    for key in set(found) & set(wanted):
        assert found[key] == pytest.approx(wanted[key], abs=6e-5), key
    if "robust" in wanted:
        apart = rows.loc["robust bias-corrected, sides apart", "std_error"]
        assert apart == pytest.approx(wanted["robust"], abs=2e-6)
    if "h" in wanted:
        assert sides["bandwidth"][0] == pytest.approx(wanted["h"], abs=6e-5)
        assert sides["bandwidth"][1] == pytest.approx(wanted.get("h_above", wanted["h"]), abs=6e-5)
    if "below" in wanted:
        assert list(sides["rows_within"]) == [wanted["below"], wanted["above"]]
    assert made.n_observations == wanted.get("rows", made.n_observations)


def test_the_density_test_is_met_at_the_published_bandwidths():
    wanted = EXPECTED["senate_density"]
    found = run("senate", density_bandwidth=wanted["h"]).check("density")
    assert found.statistic == pytest.approx(wanted["statistic"], abs=6e-5)
    assert found.p_value == pytest.approx(wanted["p_value"], abs=6e-5)
    assert "408 and 460 rows" in found.meaning


def test_with_covariates_the_published_estimate_is_met():
    """Calonico, Cattaneo, Farrell and Titiunik (2017, Stata Journal 17): 6.8514, h 17.987."""
    covariates = ["class", "termshouse", "termssenate"]
    made = run("senate", covariates=covariates, mass_points="off")
    assert made.value == pytest.approx(6.8514, abs=6e-5)
    assert made.table["sample"]["bandwidth"][0] == pytest.approx(17.987, rel=1e-3)
