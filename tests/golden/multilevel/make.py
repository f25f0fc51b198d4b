"""Exact posterior of the multilevel design on a small panel, by quadrature: no sampling, no PyMC.

Independent of evalkit: the contrasts are taken with pandas, the posterior is integrated on a grid
over (log tau, log sigma) with `mu` and the site effects integrated out by dense matrix algebra.
Run ``python tests/golden/multilevel/make.py`` to write panel.csv and expected.json anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

HERE = Path(__file__).parent
TREATED, SITES, PERIODS, START = 6, 46, 6, 3


def panel() -> pd.DataFrame:
    """Simulate sites by years: levels, common years, errors AR(0.6), site effects N(3, 1.5)."""
    rng = np.random.default_rng(20_170_901)
    effect = np.where(np.arange(SITES) < TREATED, 3 + 1.5 * rng.standard_normal(SITES), 0.0)
    level, year = 60 + 5 * rng.standard_normal(SITES), 2 * rng.standard_normal(PERIODS)
    error = np.zeros((SITES, PERIODS))
    for t in range(PERIODS):
        before = error[:, t - 1] if t else 0.0
        error[:, t] = 0.6 * before + 1.5 * rng.standard_normal(SITES)
    on = (np.arange(SITES)[:, None] < TREATED) & (np.arange(PERIODS) >= START)
    y = level[:, None] + year + error + effect[:, None] * on
    site, period = np.indices(y.shape)
    return pd.DataFrame(
        {
            "site": [f"site {i:02d}" for i in site.ravel()],
            "year": 2015 + period.ravel(),
            "on": on.astype(int).ravel(),
            "score": y.ravel().round(3),
        }
    )


def exact(data: pd.DataFrame) -> dict[str, dict[str, float]]:
    wide = data.pivot_table(index="site", columns="year", values="score")
    change = wide.loc[:, 2015 + START :].mean(axis=1) - wide.loc[:, : 2014 + START].mean(axis=1)
    other = change.iloc[TREATED:].to_numpy()
    raw = change.iloc[:TREATED].to_numpy() - other.mean()
    n0, df, s2 = len(other), len(other) - 1, other.var(ddof=1)
    noise = np.eye(TREATED) + 1 / n0
    off = data[data["on"] == 0]
    apart = off["score"] - off.groupby("year")["score"].transform("mean")
    sd = float(np.sqrt((apart**2).sum() / (len(off) - PERIODS)))
    one, share = np.ones(TREATED), np.full(TREATED, 1 / TREATED)

    grid_tau = np.exp(np.linspace(np.log(1e-4 * sd), np.log(4 * sd), 500))
    grid_sigma = np.exp(np.linspace(np.log(np.sqrt(s2) / 2.5), np.log(np.sqrt(s2) * 2.5), 300))
    logs, mean_mu, var_mu, mean_avg, var_avg, taus = [], [], [], [], [], []
    for tau in grid_tau:
        for sigma in grid_sigma:
            total = tau**2 * np.eye(TREATED) + sigma**2 * noise
            inverse = np.linalg.inv(total)
            marginal = total + sd**2 * np.outer(one, one)
            logs.append(
                stats.multivariate_normal.logpdf(raw, np.zeros(TREATED), marginal)
                - df * np.log(sigma)
                - df * s2 / (2 * sigma**2)
                - tau**2 / (2 * (0.5 * sd) ** 2)
                - sigma**2 / (2 * (2 * sd) ** 2)
                + np.log(tau)
                + np.log(sigma)  # steps are even in the logarithms
            )
            precision = one @ inverse @ one + 1 / sd**2
            centre = one @ inverse @ raw / precision
            pull = tau**2 * inverse  # E[effects | mu] = mu + pull (raw - mu)
            from_mu = share @ (one - pull @ one)
            left = share @ (tau**2 * np.eye(TREATED) - tau**2 * pull) @ share
            mean_mu.append(centre)
            var_mu.append(1 / precision)
            mean_avg.append(from_mu * centre + share @ pull @ raw)
            var_avg.append(left + from_mu**2 / precision)
            taus.append(tau)
    weight = np.exp(np.array(logs) - max(logs))
    weight /= weight.sum()
    by_tau = weight.reshape(len(grid_tau), -1).sum(axis=1)
    tau_mean = float(by_tau @ grid_tau)
    return {
        "mean effect in the treated sites": mixture(weight, mean_avg, var_avg),
        "typical effect of such sites": mixture(weight, mean_mu, var_mu),
        "spread of effects between sites": {
            "mean": tau_mean,
            "sd": float(np.sqrt(by_tau @ grid_tau**2 - tau_mean**2)),
            "median": float(np.interp(0.5, by_tau.cumsum() - by_tau / 2, grid_tau)),
        },
        "effect in a new site": mixture(weight, mean_mu, np.array(var_mu) + np.array(taus) ** 2),
    }


def mixture(weight, mean, var) -> dict[str, float]:
    """Mean, sd and quantiles of a mixture of normals."""
    mean, var = np.array(mean), np.array(var)
    centre = float(weight @ mean)
    sd = float(np.sqrt(weight @ (var + mean**2) - centre**2))

    def quantile(p):
        def gap(x):
            return weight @ stats.norm.cdf(x, mean, np.sqrt(var)) - p

        return float(optimize.brentq(gap, centre - 12 * sd, centre + 12 * sd))

    above = float(weight @ stats.norm.sf(0, mean, np.sqrt(var)))
    return {
        "mean": centre,
        "sd": sd,
        "low": quantile(0.025),
        "median": quantile(0.5),
        "high": quantile(0.975),
        "p_above_zero": above,
    }


if __name__ == "__main__":
    data = panel()
    data.to_csv(HERE / "panel.csv", index=False)
    text = json.dumps(exact(data), indent=2) + "\n"
    (HERE / "expected.json").write_text(text, encoding="utf-8")
