"""The choices of the design, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.impact.frame import Faults, choice_fault, option_faults

ESTIMATORS = ("nearest", "ipw", "doubly_robust", "entropy_balancing")
ESTIMANDS = ("att", "ate")
DISTANCES = ("propensity", "logit", "mahalanobis", "scaled")


@dataclass(frozen=True, slots=True)
class Setting:
    """Options of the design, apart from the columns."""

    estimator: str = "nearest"
    estimand: str = "att"
    caliper: float | None = None
    ratio: int = 1
    replace: bool | None = None
    distance: str = "propensity"
    bias_adjusted: bool = False
    stabilised: bool = True
    trim: float | None = None
    truncate: float | None = None
    level: float = 0.95
    seed: int = 0

    @property
    def replaced(self) -> bool:
        """Whether a comparison row may stand in for several: always for the average effect."""
        return self.estimand == "ate" if self.replace is None else self.replace


def setting_faults(setting: Setting, inference: str, exact: tuple[str, ...]) -> Faults:
    """Return every fault of the options."""
    faults = option_faults(level=setting.level, inference=inference)
    faults += choice_fault("estimator", setting.estimator, ESTIMATORS)
    faults += choice_fault("estimand", setting.estimand, ESTIMANDS)
    faults += choice_fault("distance", setting.distance, DISTANCES)
    faults += _nearest_faults(setting, exact)
    faults += _range_faults(setting)
    return faults


def _nearest_faults(setting: Setting, exact: tuple[str, ...]) -> Faults:
    """Return faults of options that bear on nearest-neighbour matching only."""
    if setting.estimator == "nearest":
        if setting.estimand == "ate" and not setting.replaced:
            wrong = "`estimand: ate` cannot be matched without replacement: one side would run out."
            return [(wrong, "Write `replace: true`, or another `estimator`.")]
        if setting.bias_adjusted and not setting.replaced:
            wrong = "`bias_adjusted` belongs to matching with replacement."
            return [(wrong, "Write `replace: true` beside it, or use `estimator: doubly_robust`.")]
        return []
    given = {
        "caliper": setting.caliper is not None,
        "exact": bool(exact),
        "ratio": setting.ratio != 1,
        "replace": bool(setting.replace),
        "bias_adjusted": setting.bias_adjusted,
    }
    used = [f"`{name}`" for name, there in given.items() if there]
    if not used or setting.estimator not in ESTIMATORS:
        return []
    wrong = (
        f"{', '.join(used)}: options of nearest-neighbour matching, not of `{setting.estimator}`."
    )
    return [(wrong, "Leave them out, or write `estimator: nearest`.")]


def _range_faults(setting: Setting) -> Faults:
    faults: Faults = []
    if setting.caliper is not None and not 0 < setting.caliper < float("inf"):
        wrong = f"`caliper: {setting.caliper}` is no width."
        faults.append((wrong, "Give a number of standard deviations above zero, such as 0.2."))
    if isinstance(setting.ratio, bool) or int(setting.ratio) != setting.ratio or setting.ratio < 1:
        wrong = f"`ratio: {setting.ratio}` is no number of matches."
        faults.append((wrong, "Write a whole number from 1 on."))
    if setting.trim is not None and not 0 < setting.trim < 0.5:
        wrong = f"`trim: {setting.trim}` is no bound of the propensity score."
        faults.append((wrong, "Write a share below one half, such as 0.05 or 0.1."))
    if setting.truncate is not None and not 0.5 < setting.truncate < 1:
        wrong = f"`truncate: {setting.truncate}` is no quantile of the weights."
        faults.append(
            (wrong, "Write a share such as 0.99: weights above that quantile are cut to it.")
        )
    if setting.truncate is not None and setting.estimator != "ipw":
        wrong = f"`truncate` cuts the weights of `ipw`, and the estimator is `{setting.estimator}`."
        faults.append((wrong, "Leave it out, or use `trim`, which leaves rows out."))
    return faults
