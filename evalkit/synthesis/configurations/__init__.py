"""Configurational analysis (QCA): which combinations of conditions go with an outcome.

Contract: `truth_table`, `minimise`, `calibrate`, `necessity`. Everything is exact: all prime
implicants, all models that tie.
"""

from evalkit.synthesis.configurations.calibration import calibrate
from evalkit.synthesis.configurations.minimise import minimise
from evalkit.synthesis.configurations.necessity import fit, necessity
from evalkit.synthesis.configurations.solve import Model, Solution, Term
from evalkit.synthesis.configurations.table import TruthTable, truth_table

__all__ = [
    "Model",
    "Solution",
    "Term",
    "TruthTable",
    "calibrate",
    "fit",
    "minimise",
    "necessity",
    "truth_table",
]
