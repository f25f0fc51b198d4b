"""Write the expected values: those that were printed, and those statsmodels computes.

Run from the root of the repository: python tests/golden/pooled/make.py
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.meta_analysis import combine_effects

HERE = Path(__file__).parent

PRINTED = {
    "teacher_expectancy": {
        "source": "Raudenbush and Bryk (1985); R package metafor, its printed output",
        "estimate": 0.0837,
        "std_error": 0.0516,
        "normal": [-0.0175, 0.1849],
        "tau2": 0.0188,
        "tau2_interval": [0.0059, 0.1977],
        "i2": 0.4186,
        "q": 35.8295,
        "prediction_normal": [-0.2036, 0.3711],
        "knapp_hartung": [0.0616, 0.1908],
        "dl": [0.0893, 0.0558, 0.0259],
        "fixed": [0.0604, 0.0365],
        "weeks": {
            "coefficients": [0.4072, -0.1572],
            "tau2": 0.0,
            "qe": 16.5708,
            "z": [4.6782, -4.3884],
        },
        "empirical_bayes": [0.0543, 0.1006, -0.0064, 0.2144],
        "trim_and_fill": [3, 0.0282, 0.0741],
        "egger": [2.5261, 0.0115],
    },
    "bcg": {
        "source": "Viechtbauer (2010), Journal of Statistical Software 36(3); metafor",
        "estimate": -0.7145,
        "std_error": 0.1798,
        "normal": [-1.0669, -0.3622],
        "tau2": 0.3132,
        "i2": 0.9222,
        "q": 152.2330,
        "latitude": {
            "coefficients": [0.2515, -0.0291],
            "errors": [0.2491, 0.0072],
            "tau2": 0.0764,
            "r2": 0.7562,
        },
    },
    "practice_facilitation": {
        "source": "Baskerville, Liddy and Hogg (2012), Annals of Family Medicine 10; metafor",
        "dl": [0.5571, 0.0640, 0.0179],
        "dl_interval": [0.4317, 0.6826],
        "q": [27.5518, 0.1910],
        "i2": 0.2015,
        "reml": [0.5600, 0.0652, 0.0205],
        "reml_interval": [0.4322, 0.6877],
        "egger": [3.1763, 0.0015],
    },
    "school_calendars": {
        "source": "Konstantopoulos (2011), Research Synthesis Methods 2, tables 4 and 5; metafor",
        "reml": [0.1279, 0.0439, 0.0884],
        "q": 578.8640,
        "i2": 0.9470,
        "three_level_ml": [0.1845, 0.0805, 0.0577, 0.0329],
        "prediction_ml": [-0.4262, 0.7951],
        "three_level": [0.1847, 0.0846, 0.0651, 0.0327],
        "icc": 0.6653,
        "log_likelihood": -7.9587,
        "year_ml": [0.1780, 0.0051, 0.0085],
    },
    "eight_schools": {
        "source": "Rubin (1981); metafor, REML with Knapp-Hartung",
        "estimate": 7.6856,
        "interval": [-0.2100, 15.5813],
    },
}

if __name__ == "__main__":
    rows = pd.read_csv(HERE / "teacher_expectancy.csv")
    pooled = {
        method: combine_effects(rows["yi"].to_numpy(), rows["vi"].to_numpy(), method_re=method)
        for method in ("dl", "iterated")
    }
    PRINTED["statsmodels"] = {
        "source": "statsmodels combine_effects on teacher_expectancy.csv",
        "dl": [
            pooled["dl"].mean_effect_re,
            float(np.sqrt(1 / (1 / (rows["vi"] + pooled["dl"].tau2)).sum())),
            pooled["dl"].tau2,
        ],
        "pm_tau2": pooled["iterated"].tau2,
    }
    (HERE / "expected.json").write_text(json.dumps(PRINTED, indent=1) + "\n", encoding="utf-8")
