"""evalkit: evaluate complex interventions, link by link of their theory of change.

Everything here is imported when it is first used: ``import evalkit`` itself loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from evalkit.errors import EvalkitError as EvalkitError
    from evalkit.errors import ProjectError as ProjectError
    from evalkit.evaluation import Evaluation as Evaluation
    from evalkit.impact.estimate import Check as Check
    from evalkit.impact.estimate import Estimate as Estimate
    from evalkit.impact.estimate import Interval as Interval
    from evalkit.protocol.model import Protocol as Protocol
    from evalkit.theory.model import Theory as Theory

_WHERE = {
    "Check": "evalkit.impact.estimate",
    "DESIGNS": "evalkit.impact.designs",
    "Estimate": "evalkit.impact.estimate",
    "EvalkitError": "evalkit.errors",
    "Evaluation": "evalkit.evaluation",
    "Interval": "evalkit.impact.estimate",
    "ProjectError": "evalkit.errors",
    "Protocol": "evalkit.protocol.model",
    "Theory": "evalkit.theory.model",
    "check_project": "evalkit.evaluation",
    "difference_in_differences": "evalkit.impact.designs.difference_in_differences",
    "instrumental_variable": "evalkit.impact.designs.instrumental_variable",
    "interrupted_time_series": "evalkit.impact.designs.interrupted_time_series",
    "krippendorff_alpha": "evalkit.coding.agreement",
    "matching": "evalkit.impact.designs.matching",
    "multilevel": "evalkit.impact.designs.multilevel",
    "panel_fixed_effects": "evalkit.impact.designs.panel_fixed_effects",
    "pooled": "evalkit.impact.designs.pooled",
    "randomised": "evalkit.impact.designs.randomised",
    "read_table": "evalkit.data",
    "regression_discontinuity": "evalkit.impact.designs.regression_discontinuity",
    "single_case": "evalkit.impact.designs.single_case",
    "staggered_adoption": "evalkit.impact.designs.staggered_adoption",
    "synthetic_control": "evalkit.impact.designs.synthetic_control",
    "write_report": "evalkit.report",
}

__all__ = [*_WHERE, "__version__"]  # noqa: PLE0604 (names are strings of a literal)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        msg = f"module 'evalkit' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
