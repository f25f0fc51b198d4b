"""Make the extracts and `expected.json` without evalkit: numpy, linearmodels and statsmodels only."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.iv import IV2SLS, IVGMM, IVLIML

HERE = Path(__file__).parent
REGIONS = [f"reg66{i}" for i in range(1, 10)]
COVARIATES = ["exper", "expersq", "black", "smsa", "south", "smsa66"]


def card(source: Path) -> pd.DataFrame:
    full = pd.read_csv(source)
    full["region"] = "r" + full[REGIONS].to_numpy().argmax(axis=1).astype(str).astype(object)
    kept = [
        "lwage",
        "educ",
        "nearc2",
        "nearc4",
        "exper",
        "black",
        "smsa",
        "south",
        "smsa66",
        "region",
    ]
    return full[kept].assign(lwage=full["lwage"].round(9))


def chile(source: Path) -> pd.DataFrame:
    full = pd.read_csv(source)
    near = full[full["rule2"].abs() < 5]
    return near.assign(gain=near["read92"] - near["read88"])[["gain", "p90", "eligible"]].round(6)


def expected(frame: pd.DataFrame) -> dict[str, object]:
    x = pd.get_dummies(frame["region"], drop_first=True, dtype=float)
    x = x.join(frame[["exper", "black", "smsa", "south", "smsa66"]]).assign(
        expersq=frame["exper"] ** 2, one=1.0
    )
    y, d, z = frame["lwage"], frame[["educ"]], frame[["nearc2", "nearc4"]]
    two = IV2SLS(y, x, d, z).fit(cov_type="unadjusted", debiased=True)
    liml = IVLIML(y, x, d, z).fit(cov_type="unadjusted", debiased=True)
    gmm = IVGMM(y, x, d, z, weight_type="robust").fit(cov_type="robust", debiased=True)
    return {
        "two_instruments": {
            "2sls": [two.params["educ"], two.std_errors["educ"]],
            "liml": [liml.params["educ"], liml.std_errors["educ"]],
            "gmm": [gmm.params["educ"], gmm.std_errors["educ"]],
            "sargan": two.sargan.stat,
            "hansen_j": gmm.j_stat.stat,
        },
        "anderson_rubin": ends(y, d["educ"], x, frame["nearc4"]),
    }


def ends(y: pd.Series, d: pd.Series, x: pd.DataFrame, z: pd.Series) -> list[float]:
    """Effects at which the F test of the instrument in `y - effect * d` has p = 0.05."""

    def p_value(effect: float) -> float:
        fit = sm.OLS(y - effect * d, x.assign(z=z)).fit()
        return float(fit.pvalues["z"])

    found = []
    for start in (-0.2, 0.6):
        inside, outside = 0.13, start
        for _ in range(60):
            middle = 0.5 * (inside + outside)
            inside, outside = (middle, outside) if p_value(middle) > 0.05 else (inside, middle)
        found.append(inside)
    return found


if __name__ == "__main__":
    frame = card(Path(sys.argv[1]))
    frame.to_csv(HERE / "card.csv", index=False)
    chile(Path(sys.argv[2])).to_csv(HERE / "chile.csv", index=False)
    made = {
        "published": {
            "source": "R 4.2.2 ivreg and lm on wooldridge::card; R summary(diagnostics = TRUE)",
            "iv": [0.13150378, 0.05496367],
            "ols": [0.07469325, 0.003498346],
            "first_stage_f": 13.255785,
            "wu_hausman": 1.167643,
        },
        "chile": {
            "source": "Gelman, Hill and Vehtari (2020), Regression and Other Stories, "
            "ChileSchools/chile_schools.html: 2SLS of the reading gain, |rule2| < 5",
            "iv": [5.0871, 0.8814],
            "n": 883,
            "take_up": [0.0533, 0.6061],
        },
        "effective_f": {
            "source": "Montiel Olea and Pflueger (2013), table 1: critical values with one "
            "instrument (5%), tau 5%, 10%, 20%, 30%",
            "critical_one_instrument": {"0.05": 37.42, "0.10": 23.11, "0.20": 15.06, "0.30": 12.05},
        },
        "computed": {"source": "make.py: linearmodels, statsmodels", **expected(frame)},
    }
    text = json.dumps(made, indent=2, default=float)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")
    print(text, np.__version__)
