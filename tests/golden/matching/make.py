"""Recompute the expected values with statsmodels and scipy, without any code of evalkit.

Run from the root of the repository: python tests/golden/matching/make.py
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.optimize import minimize

HERE = Path(__file__).parent

PUBLISHED = {
    "lalonde difference": [-635.026, "MatchIt documentation"],
    "lalonde regression": [1548.24, "lm() in R, widely quoted; standard error 781.28"],
    "lalonde distance smd": [[1.7941, 0.9739], "MatchIt vignette: summary of 1:1 matching"],
    "lalonde entropy balancing": [1273.261, "R"],
    "lalonde pairs of MatchIt 4.5.1": [770.3902, "R 4.2.2, MatchIt 4.5.1: matchit(), lm()"],
    "cps difference": [-8497.516, "Dehejia and Wahba (1999), table 2: -8,498"],
    "cps ipw": [1782.208, "R, normalised weights of the effect on the treated"],
    "nhefs ipw": [[3.4, 2.4, 4.5], "Hernan and Robins, What If, section 12.2"],
    "nhefs difference": [2.5, "Hernan and Robins, What If, section 12.1"],
    "smoking score matching": [
        [-210.9683, 32.021],
        "Stata manual, teffects psmatch: average effect, Abadie-Imbens robust error",
    ],
    "nsw age matching": [1785.191, "log of nnmatch by Abadie, Imbens and others, 3 Feb 2004"],
    "nsw four matching": [1714.407, "the same log: age educ re74 re75, inverse variance"],
}


def propensity(x, t):
    return sm.GLM(t, sm.add_constant(x), family=sm.families.Binomial()).fit().fittedvalues


def greedy(p, t, y, controls):
    """1:1 without replacement, largest first; ties go to the first of `controls`."""
    treated = np.flatnonzero(t == 1)
    taken = []
    for i in treated[np.argsort(-p[treated], kind="stable")]:
        left = [j for j in controls if j not in set(taken)]
        taken.append(left[int(np.argmin(np.abs(p[left] - p[i])))])
    return y[treated].mean() - y[taken].mean()


def lalonde():
    d = pd.read_csv(HERE / "lalonde.csv")
    t, y = d["treat"].to_numpy(), d["re78"].to_numpy()
    x = pd.get_dummies(d.drop(columns=["treat", "re78"]), drop_first=True).to_numpy(float)
    p = propensity(x, t)
    controls = np.flatnonzero(t == 0)
    away = (x[t == 0] - x[t == 1].mean(0)) / x.std(0)
    top = minimize(
        lambda b: np.logaddexp.reduce(away @ b), np.zeros(x.shape[1]), method="BFGS", tol=1e-12
    )
    tilt = np.exp(away @ top.x)
    odds = p[t == 0] / (1 - p[t == 0])
    return {
        "lalonde difference": y[t == 1].mean() - y[t == 0].mean(),
        "lalonde regression": sm.OLS(y, sm.add_constant(np.column_stack([t, x]))).fit().params[1],
        "lalonde nearest, either tie": sorted(
            [greedy(p, t, y, controls), greedy(p, t, y, controls[::-1])]
        ),
        "lalonde ipw att": y[t == 1].mean() - np.average(y[t == 0], weights=odds),
        "lalonde entropy balancing": y[t == 1].mean() - np.average(y[t == 0], weights=tilt),
    }


def nhefs():
    d = pd.read_csv(HERE / "nhefs.csv")
    t, y = d["qsmk"].to_numpy(), d["wt82_71"].to_numpy()
    x = d[["sex", "race", "age", "smokeintensity", "smokeyrs", "wt71"]].astype(float)
    for name in ("age", "smokeintensity", "smokeyrs", "wt71"):
        x[name + "2"] = x[name] ** 2
    for name in ("education", "exercise", "active"):
        x = x.join(pd.get_dummies(d[name], prefix=name, drop_first=True).astype(float))
    p = propensity(x.to_numpy(), t)
    w = np.where(t == 1, 1 / p, 1 / (1 - p))
    fitted = sm.WLS(y, sm.add_constant(t), weights=w).fit(cov_type="HC0")
    return {"nhefs ipw": fitted.params[1], "nhefs error, weights known": fitted.bse[1]}


if __name__ == "__main__":
    made = {**lalonde(), **nhefs()}
    text = json.dumps({"computed": made, "published": PUBLISHED}, indent=1)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")
