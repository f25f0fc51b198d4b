"""Make full_models.json: posteriors of whole PyMC models, with nothing integrated out.

The models are those of tests/impact/gaussian/conftest.py, written out by `twin` and sampled by
nutpie. Run from the project's folder, where it takes minutes: python -m tests.golden.multilevel.make_full
"""

import json
from pathlib import Path

import numpy as np

from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.engine import no_compiler
from evalkit.impact.gaussian import twin
from tests.impact.gaussian.conftest import MODELS

FILE = Path(__file__).with_name("full_models.json")
NAMES = ("noisy sites", "several outcomes, residuals correlated")


def sampled_in_full(model):
    """Draws of coefficients, standard deviations, correlations and noise, (chains, draws, all)."""
    names = ["coef", "scale_0", "correlation_0", "noise"]
    names += ["noise_correlation"] if model.noise.cross else []
    with adapter.quiet(), no_compiler():
        import nutpie

        compiled = nutpie.compile_pymc_model(twin(model), backend="numba")
        options = {"draws": 2000, "tune": 1000, "chains": 4, "cores": 1, "seed": 1}
        trace = nutpie.sample(compiled, target_accept=0.95, progress_bar=False, **options)
    found = adapter.arrays(trace, names)
    return np.concatenate([one.reshape(*one.shape[:2], -1) for one in found.values()], axis=-1)


def told(draws):
    """Mean, standard deviation, and the Monte Carlo error of each, of one quantity."""
    if draws.std() < 1e-12:
        return [float(draws.mean()), 0.0, 0.0, 0.0]
    apart = adapter.diagnostics((draws - draws.mean()) ** 2).mcse / draws.std() / 2
    return [float(draws.mean()), float(draws.std()), adapter.diagnostics(draws).mcse, float(apart)]


def main():
    found = {}
    for name in NAMES:
        draws = sampled_in_full(MODELS[name])
        found[name] = [[round(x, 6) for x in told(draws[..., k])] for k in range(draws.shape[-1])]
    FILE.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
