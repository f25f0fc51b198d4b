"""Causal claims: what sources say leads to what; counts of them are breadth, never probability."""

from __future__ import annotations

from evalkit.coding.claims.chart import BREADTH, CausalMap, causal_map
from evalkit.coding.claims.paths import Ways, trace
from evalkit.coding.claims.read import read_claims, write_claims
from evalkit.coding.claims.robust import Robustness, robustness
from evalkit.coding.claims.theory import STATUSES, Comparison, compare_with_theory

__all__ = [
    "BREADTH",
    "STATUSES",
    "CausalMap",
    "Comparison",
    "Robustness",
    "Ways",
    "causal_map",
    "compare_with_theory",
    "read_claims",
    "robustness",
    "trace",
    "write_claims",
]
