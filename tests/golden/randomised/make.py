"""Make the extracts and `expected.json` (run: python make.py FOLDER, FOLDER holding the sources).

Everything under "computed" is computed here without evalkit, by statsmodels and plain numpy;
everything under "printed" is copied from the output or page named beside it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

HERE = Path(__file__).parent

PRINTED = {
    "nsw": {
        "source": "R 4.2.2 lm and sandwich HC1; Dehejia and Wahba (1999) print 1,794 (633)",
        "difference": 1794.342,
        "se_ols": 632.8534,
        "se_hc1": 670.8245,
        "adjusted": [1675.862, 639.3441],
    },
    "star": {
        "source": "R: AER STAR, lm, sandwich HC1, lme4, clubSandwich; Stock and Watson, table 13.1",
        "small": [13.8990, 2.4541],
        "aide": [0.3139, 2.2710],
        "n": 5786,
        "school_effects_and_covariates": [15.9184, 2.1558],
        "lmer_small_against_regular": [15.83772, 2.21865],
        "lmer_sd": [35.256, 66.151],
        "cr2_school_effects_small_against_regular": [16.0, 4.36, 68.9],
    },
    "crt": {
        "source": "R: lme4, lmerTest, clubSandwich, eefAnalytics 1.1.5 (recomputed unrounded); "
        "Python: wildboottest, pyfixest",
        "mixed": [3.109709, 1.209383],
        "mixed_satterthwaite": [15.66789, 0.0207461],
        "tau2": 5.67469,
        "sigma2": 14.77926,
        "effect_size": {
            "within-cluster SD, conditional on the covariates": [0.8089, 0.1017, 1.5161],
            "total SD, conditional on the covariates": [0.6739, 0.0699, 1.2779],
            "within-cluster SD, unconditional": [0.7013, 0.0354, 1.3672],
            "total SD, unconditional": [0.5959, 0.0178, 1.1741],
        },
        "least_squares": 3.02405,
        "iid_p": 7.9e-08,
        "CR1": [1.330086, 0.0336],
        "CR2": [1.462557, 11.71413, 0.0615],
        "CR3": [1.658143, 0.096],
        "CR3_with_factor": [1.7036288768, 0.0904],
        "wild_p": [0.069, 0.071],
        "randomisation_p": 0.0595,
    },
    "mst": {
        "source": "R: eefAnalytics mstFREQ (rounded there; random effects of the arm), lme4",
        "effects_by_cluster": [3.64, 1.07, 6.22],
        "effect_size_within": [0.42, 0.12, 0.73],
        "effect_size_total": [0.33, 0.09, 0.56],
        "random_intercepts": [3.5572, 1.2300],
        "variances": [45.3378, 78.1834],
        "variances_outcome_alone": [70.4205, 104.1631],
    },
}


def extracts(folder):
    nsw = pd.read_csv(folder / "rct_nsw" / "nsw.csv").drop(columns="data_id")
    star = pd.read_csv(folder / "crt_project_star" / "star.csv", low_memory=False)
    star = star.dropna(subset=["stark"])
    star["total"] = star["readk"] + star["mathk"]
    names = {"stark": "arm", "schoolidk": "school", "experiencek": "experience", "lunchk": "lunch"}
    columns = ["arm", "total", "school", "experience", "gender", "lunch", "ethnicity"]
    star = star.rename(columns=names)[columns]
    crt = pd.read_csv(folder / "crt_eef_analytics" / "crt.csv")
    mst = pd.read_csv(folder / "crt_eef_analytics" / "mst.csv")
    crt = crt[["School", "Posttest", "Intervention", "Prettest", "Intervention2"]]
    mst = mst[["School", "Posttest", "Intervention", "Prettest"]]
    return {"nsw": nsw, "star": star, "crt": crt, "mst": mst}


def welch(frame):
    """Neyman's error and Welch's degrees of freedom, by hand."""
    one, other = (frame.loc[frame["treat"] == k, "re78"] for k in (1, 0))
    a, b = one.var() / len(one), other.var() / len(other)
    return float(np.sqrt(a + b))


def computed(made):
    nsw, star, crt = made["nsw"], made["star"], made["crt"]
    by_school = smf.ols(
        "total ~ C(arm, Treatment('regular')) + experience + gender + lunch + ethnicity + C(school)",
        star,
    ).fit(cov_type="HC1")
    name = next(one for one in by_school.params.index if "small" in one)
    clustered = smf.ols("Posttest ~ Intervention + Prettest", crt).fit(
        cov_type="cluster", cov_kwds={"groups": crt["School"]}
    )
    x = nsw[["treat", "age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]]
    squared = sm.add_constant(x.assign(age2=x["age"] ** 2).astype(float))
    adjusted = sm.OLS(nsw["re78"], squared).fit()
    return {
        "nsw_neyman_se": welch(nsw),
        "nsw_adjusted": [float(adjusted.params["treat"]), float(adjusted.bse["treat"])],
        "star_school_effects": [float(by_school.params[name]), float(by_school.bse[name])],
        "crt_cr1": [float(clustered.params.iloc[1]), float(clustered.bse.iloc[1])],
    }


def main():
    made = extracts(Path(sys.argv[1]))
    for name, frame in made.items():
        frame.to_csv(HERE / f"{name}.csv", index=False)
    expected = {"printed": PRINTED, "computed": computed(made)}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
