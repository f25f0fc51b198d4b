"""What was asked of the design, and what is wrong with it before any row is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalkit.errors import nearest
from evalkit.impact.bayes.priors import prior_faults
from evalkit.impact.bayes.rows import Columns
from evalkit.impact.frame import Faults, choice_fault, option_faults

FAMILIES = (
    *("normal", "student_t", "bernoulli", "binomial"),
    *("poisson", "negative_binomial", "ordinal"),
)


@dataclass(frozen=True)
class Asked:
    """The options of the design as given, with names made tuples.

    Attributes
    ----------
    outcomes : tuple of str
    columns : Columns
        Roles of the columns; its `outcome` is the first one.
    domains : mapping of str to str
        Outcome to domain.
    higher : mapping of str to bool
        Whether more is better, by outcome.
    margins : mapping of str to float
        The smallest change that matters, by outcome, in its own units.
    """

    outcomes: tuple[str, ...]
    columns: Columns
    domains: Mapping[str, str] = field(default_factory=dict)
    higher: Mapping[str, bool] = field(default_factory=dict)
    margins: Mapping[str, float] = field(default_factory=dict)
    family: str = "normal"
    trials: str = ""
    exposure: str = ""
    area: str = ""
    crossed: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    member_weights: tuple[str, ...] = ()
    heteroskedastic: bool = False
    new_site: bool | Mapping[str, Any] = True
    by: str = ""
    tail: bool = False
    priors: Mapping[str, Any] | None = None
    level: float = 0.95
    seed: int = 0

    @property
    def several(self) -> bool:
        """Whether there is more than one outcome."""
        return len(self.outcomes) > 1

    @property
    def grouped(self) -> bool:
        """Whether rows belong to more than their site, or sites differ in their noise."""
        return bool(self.area or self.crossed or self.members or self.heteroskedastic)

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns that name things."""
        named = (*self.columns.labels(), self.area, *self.crossed, *self.members, self.by)
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def measures(self) -> tuple[str, ...]:
        """The columns that must hold numbers and be known in every row that is used."""
        role = self.columns
        named = (role.treatment, *role.adjust, role.weights, self.trials, self.exposure)
        every = (*named, *self.member_weights)
        return tuple(dict.fromkeys(name for name in every if name))

    def wanted(self, outcome: str) -> float:
        """Return 1 where more of an outcome is better, -1 where less is."""
        if outcome in self.higher:
            return 1.0 if self.higher[outcome] else -1.0
        return math.copysign(1.0, self.margins.get(outcome, 1.0))


def by_outcome(given: Any, outcomes: Sequence[str]) -> dict[str, Any]:
    """Return an option given once for all outcomes, or by outcome, as a mapping."""
    if given is None:
        return {}
    return dict(given) if isinstance(given, Mapping) else dict.fromkeys(outcomes, given)


def asked_faults(asked: Asked, inference: str) -> Faults:
    """Return everything that is wrong with the options themselves, each with its remedy."""
    faults = prior_faults(asked.priors, prior_slots(asked))
    faults += option_faults(level=asked.level)
    if inference != "bayesian":
        wrong = f"`multilevel` is Bayesian; `inference: {inference}` is not built for it."
        faults.append((wrong, "Leave `inference` out, or use a design such as `matching`."))
    faults += _outcome_faults(asked)
    faults += _mapping_faults(asked)
    faults += choice_fault("family", asked.family, FAMILIES)
    faults += _family_faults(asked)
    return faults + _together_faults(asked)


def _outcome_faults(asked: Asked) -> Faults:
    faults: Faults = []
    if not asked.outcomes:
        faults.append(("No `outcome` is named.", "Name one column, or a list of them."))
    twice = sorted({name for name in asked.outcomes if asked.outcomes.count(name) > 1})
    if twice:
        faults.append((f"`{'`, `'.join(twice)}` is listed twice.", "Name each outcome once."))
    return faults


def _mapping_faults(asked: Asked) -> Faults:
    """Return the faults of what is given by outcome."""
    faults: Faults = []
    options = {"domains": asked.domains, "higher_is_better": asked.higher, "margin": asked.margins}
    for option, given in options.items():
        for name in given:
            if name not in asked.outcomes:
                hint = nearest(str(name), asked.outcomes)
                wrong = f"`{option}` names `{name}`, which is no outcome of this analysis.{hint}"
                faults.append((wrong, f"Use one of: {', '.join(asked.outcomes)}."))
    lost = [name for name in asked.outcomes if asked.domains and name not in asked.domains]
    if lost:
        wrong = f"`domains` says nothing of `{'`, `'.join(lost)}`."
        faults.append((wrong, "Give every outcome its domain, or leave `domains` out."))
    for name, margin in asked.margins.items():
        faults.extend(_margin_fault(name, margin, asked.higher.get(name)))
    for name, higher in asked.higher.items():
        if not isinstance(higher, bool):
            wrong = f"`higher_is_better` is `{higher}` for `{name}`."
            faults.append((wrong, "Write true or false."))
    return faults


def _margin_fault(name: str, margin: object, higher: object) -> Faults:
    if isinstance(margin, bool) or not isinstance(margin, int | float):
        return [(f"`margin: {margin}` is no number.", _MARGIN)]
    if not 0 < abs(margin) < math.inf:
        return [(f"`margin: {margin}` is no size of an effect.", _MARGIN)]
    if higher is True and margin < 0:
        wrong = f"`margin: {margin}` of `{name}` points down, but higher is better."
        return [(wrong, "Write the margin without the minus, or `higher_is_better: false`.")]
    return []


_MARGIN = "Give the smallest change that matters, in the outcome's units."


def _family_faults(asked: Asked) -> Faults:
    faults: Faults = []
    for option, column, families in (
        ("trials", asked.trials, ("binomial",)),
        ("exposure", asked.exposure, ("poisson", "negative_binomial")),
    ):
        if column and asked.family not in families:
            wrong = f"`{option}` has no meaning for `family: {asked.family}`."
            faults.append((wrong, f"Leave it out, or write `family: {families[0]}`."))
    if asked.family == "binomial" and not asked.trials:
        wrong = (
            "`family: binomial` needs `trials`: how many could have had the outcome in each row."
        )
        faults.append(
            (wrong, "Name the column with the numbers tried, or use `bernoulli` for 0/1.")
        )
    return faults


def _together_faults(asked: Asked) -> Faults:
    """Return the faults of options that do not go together."""
    faults: Faults = []
    other = asked.family != "normal"
    groups = [asked.area, *asked.crossed, *asked.members]
    if asked.several and other:
        wrong = f"Several outcomes at once are modelled as normal, not as `{asked.family}`."
        faults.append((wrong, "Plan one analysis for each outcome of another family."))
    if asked.several and asked.grouped:
        wrong = "Several outcomes do not go with `area`, `crossed`, `members` or `heteroskedastic`."
        faults.append((wrong, "Leave those out, or plan one analysis for each outcome."))
    if other and (asked.members or asked.heteroskedastic):
        wrong = "`members` and `heteroskedastic` are built for `family: normal` only."
        faults.append((wrong, "Leave them out, or use `family: normal`."))
    if asked.members and asked.member_weights and len(asked.members) != len(asked.member_weights):
        wrong = (
            f"{len(asked.members)} `members` columns have {len(asked.member_weights)} "
            "`member_weights`."
        )
        faults.append((wrong, "Name one column of weights for each membership column, in order."))
    if asked.member_weights and not asked.members:
        wrong = "`member_weights` stands without `members`."
        faults.append((wrong, "Name the columns that say which units a row belongs to."))
    same = [name for name in groups if name and name == asked.columns.site]
    if same or len({name for name in groups if name}) < len([name for name in groups if name]):
        wrong = "A column is named twice among `site`, `area`, `crossed` and `members`."
        faults.append((wrong, "Each grouping is named once."))
    if asked.tail and not asked.columns.adjust:
        wrong = "`tail: true` needs a `baseline`: its lowest tenth is looked at."
        faults.append((wrong, "Name the baseline column first, or leave `tail` out."))
    return faults


def prior_slots(asked: Asked) -> dict[str, tuple[str, ...]]:
    """Return the priors that the model asked for has, and what each is given by."""
    rows = asked.family != "normal" or asked.grouped
    noisy = asked.family not in ("bernoulli", "binomial", "poisson", "ordinal")
    there = {
        "noise": noisy,
        "levels": rows,
        "outcomes": asked.several,
        "domains": bool(asked.domains),
        "groups": bool(asked.by or asked.tail),
    }
    more: dict[str, tuple[str, ...]] = {name: ("sd",) for name, has in there.items() if has}
    known: dict[str, tuple[str, ...]] = {"effect": ("mean", "sd"), "spread": ("sd",)}
    return {**known, "moderators": ("sd",), **more}
