"""What a user writes under `priors: effect:` read into a belief, every fault at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from evalkit.errors import DesignError, nearest
from evalkit.impact.bayes.beliefs import elicited, pool, research, scale, views
from evalkit.impact.bayes.beliefs.about import About, with_units
from evalkit.impact.bayes.beliefs.model import Belief
from evalkit.impact.bayes.beliefs.studies import EXAMPLE, studies_of
from evalkit.impact.bayes.beliefs.written import (
    ends_of,
    finite,
    level_of,
    number_of,
    opening,
    percent_hint,
)
from evalkit.impact.frame import Faults

FORMS: dict[str, str] = {
    "mean": "{mean: 0, sd: 2}",
    "quantiles": "{quantiles: {0.05: -1, 0.5: 2, 0.95: 6}}",
    "chips": '{chips: {"-2 to 0": 3, "0 to 2": 10, "2 to 4": 7}}',
    "stakeholders": "{stakeholders: {head: {mean: 3, sd: 1}, parents: {mean: 1, sd: 2}}}",
    "research": EXAMPLE,
    "belief": "{belief: likely}",
}
"""The ways to state a prior, by the key that tells them apart, each with an example."""
_OWN: dict[str, tuple[str, ...]] = {
    "mean": ("mean", "sd", "df"),
    "quantiles": ("quantiles", "shape"),
    "chips": ("chips", "shape"),
    "stakeholders": ("stakeholders", "pool", "weights"),
    "research": ("research",),
    "belief": ("belief", "change"),
}
_SHARED = ("unit", "doubt")


def prior_of(
    given: Any, sd: float, *, margin: float | None = None, wanted: int = 1, unit: str = ""
) -> tuple[Belief, Faults]:
    """Return the prior that a user wrote, and every fault of it with its remedy.

    Parameters
    ----------
    given : mapping or None
        One of `FORMS`, in outcome units (``unit: SD``: in standard deviations), with or without
        ``doubt:`` (share of the default prior mixed in). None or empty: the default.
    sd : float
        Standard deviation of the outcome, above zero.
    margin : float, optional
        Smallest change that matters, signed in the wanted direction; used for words of belief.
    wanted : {1, -1}
        Direction that is wanted, where no margin says so.
    unit : str
        Of the outcome, for the sentences.

    Returns
    -------
    Belief
        The default where there is any fault.
    list of (str, str)
        What is wrong, and what to do.

    Raises
    ------
    DesignError
        When the outcome does not vary.

    Examples
    --------
    >>> belief, faults = prior_of({"quantiles": {0.25: 25, 0.5: 30, 0.75: 35}}, sd=10)
    >>> round(belief.mean, 2), round(belief.sd, 2), faults
    (30.0, 7.41, [])
    """
    if not 0 < sd < math.inf:
        raise DesignError(
            f"The standard deviation {sd} of the outcome is not above zero, so no prior can be scaled.",
            do="Give an outcome that varies.",
        )
    if margin:
        wanted = 1 if margin > 0 else -1
    about = About(sd, margin, wanted, unit)
    default = views.vague(sd, unit=unit)
    if given is None or given == {}:
        return default, []
    found, faults = _read(given, about, "the prior")
    return (default if found is None else found), faults


def _read(given: Any, about: About, where: str) -> tuple[Belief | None, Faults]:
    """Return one stated belief, or None with its faults."""
    if not isinstance(given, Mapping):
        return None, [(f"{opening(where)} is no mapping.", _remedy(()))]
    form, faults = _form_of(given, where)
    about, more = with_units(given, about, where)
    faults += more
    if form is None:
        return None, faults
    found, more = _READERS[form](given, about, where)
    faults += more
    doubt, more = number_of(given, "doubt", where, above=0.0, below=1.0, absent=0.0)
    faults += more
    if found is None or faults:
        return None, faults
    return (views.doubted(found, doubt, about.sd, unit=about.unit) if doubt else found), []


def _form_of(given: Mapping[str, Any], where: str) -> tuple[str | None, Faults]:
    """Return which way of stating a prior is meant, and the faults of its keys."""
    present = [form for form in FORMS if form in given or (form == "mean" and "sd" in given)]
    known = [*dict.fromkeys(key for keys in _OWN.values() for key in keys), *_SHARED]
    faults: Faults = [
        (f"{opening(where)} has no `{key}`.{nearest(str(key), known)}", _remedy(present))
        for key in given
        if key not in known
    ]
    if len(present) != 1:
        ways = "; ".join(FORMS.values())
        stated = " and ".join(f"`{form}`" for form in present)
        wrong = f"{opening(where)} is stated by {stated} at once." if present else ""
        if present or not faults:
            wrong = wrong or f"{opening(where)} does not say what it is."
            faults.append((wrong, f"Write one of: {ways}."))
        return None, faults
    allowed = (*_OWN[present[0]], *_SHARED)
    faults += [
        (f"`{key}` does not go with `{present[0]}` in {where}.", _remedy(present))
        for key in given
        if key in known and key not in allowed
    ]
    return present[0], faults


def _remedy(present: Sequence[str]) -> str:
    ways = [FORMS[form] for form in present] or list(FORMS.values())
    return f"Write {'; or '.join(ways)}."


def _mean(given: Mapping[str, Any], about: About, where: str) -> tuple[Belief | None, Faults]:
    mean, faults = number_of(given, "mean", where, absent=0.0)
    sd, more = number_of(given, "sd", where, above=0.0, absent=about.sd / about.factor)
    df, last = number_of(given, "df", where, above=2.0, absent=math.inf)
    faults += more + last
    if faults:
        return None, faults
    return views.given(mean * about.factor, sd * about.factor, df, unit=about.unit), []


def _quantiles(given: Mapping[str, Any], about: About, where: str) -> tuple[Belief | None, Faults]:
    stated, faults = given["quantiles"], _shape_faults(given, where)
    remedy = f"Write {FORMS['quantiles']}: probability below, then the value."
    if not isinstance(stated, Mapping):
        return None, [*faults, (f"`quantiles` of {where} is no mapping.", remedy)]
    read: dict[float, float] = {}
    for key, value in stated.items():
        level, number = level_of(key), finite(value)
        if level is None:
            hint = percent_hint(key)
            faults.append((f"`{key}` in `quantiles` of {where} is no probability.{hint}", remedy))
        elif number is None:
            faults.append((f"The quantile {key} of {where} is no number: `{value}`.", remedy))
        elif level in read:
            faults.append((f"The quantile {key} of {where} is stated twice.", remedy))
        else:
            read[level] = number * about.factor
    faults += _order_faults(read, len(stated), where, remedy, str(given.get("shape", "")))
    if faults:
        return None, faults
    shape = str(given.get("shape", ""))
    return elicited.from_quantiles(read, shape=shape, unit=about.unit), []


def _order_faults(
    read: Mapping[float, float], stated: int, where: str, remedy: str, shape: str
) -> Faults:
    least = 3 if shape == "skew" else 2
    faults: Faults = []
    if stated < least:
        wrong = f"{opening(where)} has {stated} of the {least} quantiles that are needed."
        faults.append((wrong, remedy))
    ordered = sorted(read)
    for low, high in pairwise(ordered):
        if read[low] >= read[high]:
            wrong = (
                f"The quantiles of {where} do not rise: {read[low]:g} at {low:g}, but "
                f"{read[high]:g} at {high:g}."
            )
            faults.append((wrong, "Give a larger value for a larger probability below it."))
    return faults


def _chips(given: Mapping[str, Any], about: About, where: str) -> tuple[Belief | None, Faults]:
    stated, faults = given["chips"], _shape_faults(given, where)
    remedy = f"Write {FORMS['chips']}, or `below -2` and `above 6` for open ends."
    if not isinstance(stated, Mapping) or not stated:
        return None, [*faults, (f"`chips` of {where} is no mapping of bins to chips.", remedy)]
    bins = []
    for key, value in stated.items():
        ends, chips = ends_of(str(key)), finite(value)
        if ends is None:
            faults.append((f"`{key}` in `chips` of {where} is no bin.", remedy))
        elif chips is None or chips < 0:
            faults.append((f"The chips on `{key}` of {where} are no number: `{value}`.", remedy))
        else:
            low, high = (one * about.factor for one in ends)
            bins.append(elicited.Bin(low, high, chips))
    bins.sort(key=lambda one: (one.low, one.high))
    faults += _bin_faults(bins, where, remedy) if len(bins) == len(stated) else []
    if faults:
        return None, faults
    return elicited.from_chips(bins, shape=str(given.get("shape", "")), unit=about.unit), []


def _bin_faults(bins: Sequence[elicited.Bin], where: str, remedy: str) -> Faults:
    faults: Faults = [
        (
            f"The bins {_ends(one)} and {_ends(after)} of {where} overlap.",
            "Let each bin start where the one before it ends.",
        )
        for one, after in pairwise(bins)
        if after.low < one.high
    ]
    used = [one for one in bins if one.chips > 0]
    if not used:
        faults.append((f"There is no chip on any bin of {where}.", remedy))
    elif len(used) == 1 and not math.isfinite(used[0].high - used[0].low):
        wrong = f"All chips of {where} lie on one open bin, so they say nothing of the size."
        faults.append((wrong, "Ask again with more and narrower bins."))
    return faults


def _stakeholders(
    given: Mapping[str, Any], about: About, where: str
) -> tuple[Belief | None, Faults]:
    stated = given["stakeholders"]
    remedy = f"Write {FORMS['stakeholders']}."
    if not isinstance(stated, Mapping) or not stated:
        return None, [(f"`stakeholders` of {where} names nobody.", remedy)]
    people: dict[str, Belief] = {}
    faults: Faults = []
    for name, said in stated.items():
        whose = f"the prior of `{name}`"
        if isinstance(said, Mapping) and "stakeholders" in said:
            faults.append(
                (f"{opening(whose)} holds stakeholders in turn.", "List all of them once.")
            )
            continue
        found, more = _read(said, about, whose)
        faults += more
        if found is not None:
            people[str(name)] = found
    how = given.get("pool", "linear")
    if how not in pool.POOLS:
        wrong = f"There is no pool called `{how}`.{nearest(str(how), pool.POOLS)}"
        faults.append((wrong, f"Write `pool:` {' or '.join(pool.POOLS)}."))
    weights, more = _weights(given.get("weights"), [str(name) for name in stated], where)
    faults += more
    if faults:
        return None, faults
    return pool.pooled(people, weights=weights, pool=str(how), unit=about.unit), []


def _weights(stated: Any, names: Sequence[str], where: str) -> tuple[dict[str, float], Faults]:
    if stated is None:
        return {}, []
    if not isinstance(stated, Mapping):
        return {}, [(f"`weights` of {where} is no mapping.", "Write `weights: {head: 2}`.")]
    faults: Faults = []
    read = {}
    for name, value in stated.items():
        number = finite(value)
        if str(name) not in names:
            wrong = (
                f"`weights` of {where} names `{name}`, who said nothing.{nearest(str(name), names)}"
            )
            faults.append((wrong, f"Use: {', '.join(names)}."))
        elif number is None or number <= 0:
            wrong = f"The weight of `{name}` in {where} must be a number above zero."
            faults.append((wrong, "Write `weights: {head: 2}`, or leave who must not count out."))
        else:
            read[str(name)] = number
    return read, faults


def _research(given: Mapping[str, Any], about: About, where: str) -> tuple[Belief | None, Faults]:
    studies, faults = studies_of(given, about, where)
    return (None if faults else research.from_research(studies, unit=about.unit)), faults


def _belief(given: Mapping[str, Any], about: About, where: str) -> tuple[Belief | None, Faults]:
    word, words = given["belief"], scale.BELIEFS
    faults: Faults = []
    if not isinstance(word, str) or word not in words:
        wrong = f"`{word}` is no word of belief in {where}.{nearest(str(word), words)}"
        faults.append((wrong, f"Use one of: {', '.join(words)}."))
    usual = abs(about.margin) if about.margin else scale.SMALL * about.sd
    change, more = number_of(given, "change", where, above=0.0, absent=usual / about.factor)
    faults += more
    if faults:
        return None, faults
    change *= about.factor
    return scale.from_word(word, change, wanted=about.wanted, unit=about.unit), []


Reader = Callable[[Mapping[str, Any], About, str], tuple[Belief | None, Faults]]
_READERS: dict[str, Reader] = {
    "mean": _mean,
    "quantiles": _quantiles,
    "chips": _chips,
    "stakeholders": _stakeholders,
    "research": _research,
    "belief": _belief,
}


def _shape_faults(given: Mapping[str, Any], where: str) -> Faults:
    shape = given.get("shape", "")
    if shape == "" or shape in elicited.SHAPES:
        return []
    wrong = f"There is no shape called `{shape}` for {where}.{nearest(str(shape), elicited.SHAPES)}"
    return [(wrong, f"Use one of: {', '.join(elicited.SHAPES)}; or leave it out.")]


def _ends(one: elicited.Bin) -> str:
    return f"`{one.low:g} to {one.high:g}`"
