"""Which way is wanted, and how much matters."""

from __future__ import annotations

import subprocess
import sys

import pytest

from evalkit.impact.bayes.described.model import Aim, Quantity, Setting, aim_of


@pytest.mark.parametrize(
    ("setting", "own", "aim"),
    [
        (Setting(0.95, 2.0), {}, Aim(1, 2.0)),
        (Setting(0.95, -2.0), {}, Aim(-1, 2.0)),
        (Setting(0.95, None), {}, Aim(1, None)),
        (Setting(0.95, None, wanted=-1), {}, Aim(-1, None)),
        (Setting(0.95, 0.0, wanted=-1), {}, Aim(-1, None)),
        (Setting(0.95, 2.0, wanted=0), {}, Aim(0, 2.0)),
        (Setting(0.95, 2.0), {"margin": -1.0}, Aim(-1, 1.0)),
        (Setting(0.95, 2.0), {"wanted": -1}, Aim(-1, 2.0)),
        (Setting(0.95, 2.0), {"wanted": 0}, Aim(0, 2.0)),
        (Setting(0.95, 2.0, wanted=0), {"margin": -1.0, "wanted": -1}, Aim(-1, 1.0)),
    ],
)
def test_the_quantitys_own_margin_and_direction_come_first(z, setting, own, aim):
    assert aim_of(setting, Quantity("a", z, **own)) == aim


def test_importing_it_loads_no_heavy_library():
    code = (
        "import sys, evalkit.impact.bayes.described, evalkit.impact.bayes.beliefs; "
        "print([m for m in ('scipy.stats', 'pymc', 'arviz', 'statsmodels', 'nutpie') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
