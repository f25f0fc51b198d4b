"""Process tracing: how far signs looked for beforehand speak for a link, against named rivals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evalkit.errors import DataError, nearest
from evalkit.synthesis.tracing.chances import Chance, Range, range_of
from evalkit.synthesis.tracing.dependence import bounds, pattern

LINK = "the link"
ELSE = "something else"
Found = Literal["found", "absent", "partly", "not looked"]
FOUND = ("found", "absent", "partly", "not looked")
PRIORS = (0.2, 0.5, 0.8)
STRONG = 10.0
"""A likelihood ratio from which a sign is a smoking gun, and below one over which a hoop."""
LABELS: dict[str, str] = {
    "doubly decisive": "finding it settles for the link, and not finding it against it",
    "smoking gun": "finding it speaks strongly for the link; not finding it says little",
    "hoop": "not finding it speaks strongly against the link; finding it says little",
    "straw in the wind": "neither way settles anything",
}
DEPENDENCE: Range = (0.0, 1.0)
MOST_READINGS = 1024


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that was looked for, or is to be.

    Attributes
    ----------
    id : str
    if_true, if_false : float, (float, float) or str
        Chance of the sign if the link holds, and if it does not: a number, a range or a word.
    found : {"found", "absent", "partly", "not looked"}
        Absent means looked for and not there.
    rivals : mapping of str to chance
        Chance under named rivals; `if_false` stands for every other.
    package : str
        Source, person or document; signs of one package are not independent. Empty: on its own.
    late : bool
        Registered after the evidence was seen.
    look_for : str
        What was looked for: a sign that repeats all of another of its package counts once.
    """

    id: str
    if_true: Chance
    if_false: Chance
    found: Found = "not looked"
    rivals: Mapping[str, Chance] | None = None
    package: str = ""
    late: bool = False
    look_for: str = ""

    def chance(self, hypothesis: str) -> Range:
        """Return the chance of the sign under the link or a rival."""
        what = f"the chance of `{self.id}` under {hypothesis}"
        if hypothesis == LINK:
            return range_of(self.if_true, what)
        return range_of((self.rivals or {}).get(hypothesis, self.if_false), what)


@dataclass(frozen=True, slots=True)
class Span:
    """A result with its lowest, middle and highest value."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Weight:
    """What one sign is worth.

    Attributes
    ----------
    id, label, package : str
        The label holds over the whole of the ranges that people gave.
    found : str
    if_found, if_absent : (float, float)
        Likelihood ratios, link over its strongest rival for this sign.
    decibels : (float, float)
        Of what was found: ``10 log10`` of the ratio; 0 where nobody looked.
    flips : bool
        Had it come out the other way, the verdict would be another.
    """

    id: str
    label: str
    package: str
    found: str
    if_found: Range
    if_absent: Range
    decibels: Range
    flips: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """How far the signs speak for the link.

    Attributes
    ----------
    posterior : Span
        Probability of the link.
    rivals : mapping of str to Span
        Probability of each rival, "something else" among them.
    decibels : Span
        Weight of all signs together for the link against the rivals as a whole.
    verdict : {"towards the link", "away from the link", "cannot tell"}
        Where the whole range lies above or below one half.
    by_prior : mapping of float to Span
        The posterior for other priors of the link.
    signs : tuple of Weight
    packages : int
        Independent packages of signs that were looked for.
    notes : tuple of str
    with_late : Weighed or None
        The same with signs that were registered after the evidence was seen.
    """

    posterior: Span
    rivals: Mapping[str, Span]
    decibels: Span
    verdict: str
    by_prior: Mapping[float, Span]
    signs: tuple[Weight, ...]
    packages: int
    notes: tuple[str, ...] = ()
    with_late: Weighed | None = None


def weigh(
    signs: Sequence[Sign],
    *,
    prior: float = 0.5,
    rivals: Sequence[str] | Mapping[str, float] = (),
    something_else: float = 0.1,
    dependence: Range = DEPENDENCE,
    strong: float = STRONG,
) -> Weighed:
    """Weigh signs for and against a link.

    Parameters
    ----------
    signs : sequence of Sign
        Late ones are left out of the result and told apart in ``with_late``.
    prior : float
        Probability of the link before the signs.
    rivals : sequence of str, or mapping of str to float
        Named rivals, with their shares of what the link leaves (equal where none are given).
    something_else : float
        Least share of "something else" among the rivals, before and after: nobody names them all.
    dependence : (float, float)
        How alike signs of one package may be: 0 independent, 1 as alike as their chances allow.
    strong : float
        Ratio from which a sign is a smoking gun, and under its inverse a hoop.

    Returns
    -------
    Weighed

    Raises
    ------
    DataError
        Chances, priors or results out of range, or a sign on a rival nobody named.

    References
    ----------
    Van Evera (1997), Guide to Methods (labels); Humphreys and Jacobs (2015), American Political
    Science Review 109 (Bayesian form); Fairfield and Charman (2017), Political Analysis 25
    (decibels); Befani (2020), Evaluation 26 (evidence packages).
    """
    shares = _shares(rivals, something_else)
    kept = _checked(signs, shares, prior, dependence)
    early = [one for one in kept if not one.late]
    setting = _Setting(shares, something_else, dependence, strong)
    made = _weighed(early, prior, setting)
    if len(early) == len(kept):
        return made
    note = (
        f"{len(kept) - len(early)} signs were registered after the evidence was seen: told apart."
    )
    later = _weighed(kept, prior, setting)
    return replace(made, notes=(*made.notes, note), with_late=later)


@dataclass(frozen=True, slots=True)
class _Setting:
    shares: Mapping[str, float]
    least: float
    dependence: Range
    strong: float


def _shares(rivals: Sequence[str] | Mapping[str, float], least: float) -> dict[str, float]:
    """Return the share of each rival in what the link leaves."""
    if not 0 <= least <= 1:
        raise DataError("`something_else` is no share.", do="Write a number from 0 to 1.")
    named = dict(rivals) if isinstance(rivals, Mapping) else dict.fromkeys(rivals, 1.0)
    if any(not (math.isfinite(share) and share > 0) for share in named.values()):
        raise DataError("A rival has no share above zero.", do="Give each a share, or none at all.")
    if ELSE in named or LINK in named:
        raise DataError(f"A rival cannot be called `{ELSE}`.", do="Give it a name of its own.")
    total = sum(named.values())
    if not named:
        return {ELSE: 1.0}
    return {**{name: (1 - least) * share / total for name, share in named.items()}, ELSE: least}


def _checked(
    signs: Iterable[Sign], shares: Mapping[str, float], prior: float, dependence: Range
) -> list[Sign]:
    """Return the signs, each once, everything in range."""
    if not 0 < prior < 1:
        raise DataError(f"`prior={prior}` is not between 0 and 1.", do="Write 0.5 or the like.")
    if not 0 <= dependence[0] <= dependence[1] <= 1:
        raise DataError("`dependence` is no range in 0 to 1.", do="Write (0, 1).")
    kept: list[Sign] = []
    for one in signs:
        if one.found not in FOUND:
            raise DataError(
                f"`{one.id}` was `{one.found}`.{nearest(one.found, FOUND)}",
                do=f"Write one of: {', '.join(FOUND)}.",
            )
        lost = [name for name in one.rivals or {} if name not in shares]
        if lost:
            raise DataError(
                f"`{one.id}` has a chance under `{lost[0]}`, which is no rival.{nearest(lost[0], shares)}",
                do="Name it under `rivals`.",
            )
        for hypothesis in (LINK, *shares):
            one.chance(hypothesis)
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _same(one: Sign, other: Sign) -> bool:
    """Return whether a sign says again what another sign of its package said."""
    return bool(one.package) and replace(one, id="") == replace(other, id="")


def _weighed(signs: Sequence[Sign], prior: float, setting: _Setting) -> Weighed:
    posterior, others, decibels, packages = _posterior(signs, prior, setting)
    verdict = _verdict(posterior)
    weights = tuple(
        replace(_weight(one, setting), flips=_flips(one, signs, prior, setting, verdict))
        for one in signs
    )
    unseen = sum(one.found == "not looked" for one in signs)
    notes = [f"{unseen} signs were not looked for: they change nothing."] if unseen else []
    if any(isinstance(one.if_true, str) or isinstance(one.if_false, str) for one in signs):
        notes.append("Words stand for the ranges of the printed scale.")
    return Weighed(
        posterior=posterior,
        rivals=others,
        decibels=decibels,
        verdict=verdict,
        by_prior={one: _posterior(signs, one, setting)[0] for one in PRIORS},
        signs=weights,
        packages=packages,
        notes=tuple(notes),
    )


def _verdict(posterior: Span) -> str:
    if posterior.low > 0.5:
        return "towards the link"
    return "away from the link" if posterior.high < 0.5 else "cannot tell"


_Result = tuple[Span, dict[str, Span], Span, int]


def _posterior(signs: Sequence[Sign], prior: float, setting: _Setting) -> _Result:
    """Return what the signs give; one found in part weighs between nothing and the whole of it."""
    made = [_settled(one, prior, setting) for one in _readings(signs)]
    names = made[0][1]
    return (
        _hull([one[0] for one in made]),
        {name: _hull([one[1][name] for one in made]) for name in names},
        _hull([one[2] for one in made]),
        max(one[3] for one in made),
    )


def _readings(signs: Sequence[Sign]) -> list[list[Sign]]:
    """Return every way to count signs found in part: wholly, or as not looked for."""
    choices: list[list[Sign]] = [[]]
    for one in signs:
        ways: tuple[Found, ...] = ("found", "not looked") if one.found == "partly" else (one.found,)
        choices = [[*before, replace(one, found=way)] for before in choices for way in ways]
        if len(choices) > MOST_READINGS:
            raise DataError(
                "Too many signs were found in part to weigh them.", do="Judge some of them."
            )
    return choices


def _hull(spans: Sequence[Span]) -> Span:
    middle = sum(one.middle for one in spans) / len(spans)
    return Span(min(one.low for one in spans), middle, max(one.high for one in spans))


def _settled(signs: Sequence[Sign], prior: float, setting: _Setting) -> _Result:
    packages = _packages(signs)
    spans = {
        name: _likelihood(packages, name, setting.dependence) for name in (LINK, *setting.shares)
    }
    priors = {LINK: prior, **{name: (1 - prior) * s for name, s in setting.shares.items()}}
    made = {name: _share(name, spans, priors, setting.least) for name in priors}
    against = Span(
        *(
            sum(setting.shares[name] * getattr(spans[name], end) for name in setting.shares)
            for end in ("low", "middle", "high")
        )
    )
    link = spans[LINK]
    decibels = Span(
        _decibels(link.low, against.high),
        _decibels(link.middle, against.middle),
        _decibels(link.high, against.low),
    )
    rest = {name: span for name, span in made.items() if name != LINK}
    return made[LINK], rest, decibels, len(packages)


def _packages(signs: Sequence[Sign]) -> list[list[Sign]]:
    """Return the signs that were looked for, those of one package together."""
    made: dict[str, list[Sign]] = {}
    for one in signs:
        if one.found != "not looked":
            made.setdefault(one.package or f"\0{one.id}", []).append(one)
    return [made[name] for name in sorted(made)]


def _likelihood(packages: Sequence[Sequence[Sign]], hypothesis: str, dependence: Range) -> Span:
    """Return the chance of all that was found: products across packages, bounds inside them."""
    low = middle = high = 1.0
    for package in packages:
        present = [one.chance(hypothesis) for one in package if one.found == "found"]
        absent = [one.chance(hypothesis) for one in package if one.found == "absent"]
        ends = bounds(present, absent, dependence)
        low, high = low * ends[0], high * ends[1]
        middle *= pattern(
            [sum(one) / 2 for one in present], [sum(one) / 2 for one in absent], sum(dependence) / 2
        )
    return Span(low, middle, high)


def _share(name: str, spans: Mapping[str, Span], priors: Mapping[str, float], least: float) -> Span:
    """Return the posterior of one hypothesis; its extremes lie at the corners of all ranges."""

    def at(own: str, others: str) -> float:
        masses = {
            one: priors[one] * getattr(spans[one], own if one == name else others) for one in priors
        }
        return _with_least(masses, least)[name]

    return Span(at("low", "high"), at("middle", "middle"), at("high", "low"))


def _with_least(masses: Mapping[str, float], least: float) -> dict[str, float]:
    """Return masses as shares, "something else" never below its least share of the rivals."""
    total = sum(masses.values())
    if total <= 0:  # nothing that was thought of could have given what was found
        return {name: float(name == ELSE) for name in masses}
    shares = {name: mass / total for name, mass in masses.items()}
    rivals = sum(share for name, share in shares.items() if name != LINK)
    short = least * rivals - shares[ELSE]
    if short <= 0 or rivals <= shares[ELSE]:
        return shares
    named = rivals - shares[ELSE]
    return {
        name: share + short
        if name == ELSE
        else share * (1 - short / named)
        if name != LINK
        else share
        for name, share in shares.items()
    }


def _decibels(top: float, below: float) -> float:
    if top <= 0 and below <= 0:
        return 0.0
    if top <= 0:
        return -math.inf
    return math.inf if below <= 0 else 10 * math.log10(top / below)


def _weight(one: Sign, setting: _Setting) -> Weight:
    true = one.chance(LINK)
    false = [one.chance(name) for name in setting.shares]
    found = _ratio(true, (min(low for low, _ in false), max(high for _, high in false)))
    absent = _ratio(
        (1 - true[1], 1 - true[0]),
        (min(1 - high for _, high in false), max(1 - low for low, _ in false)),
    )
    counted = {"found": found, "absent": absent, "not looked": (1.0, 1.0)}
    ratio = counted.get(one.found, (min(1.0, found[0]), max(1.0, found[1])))
    decibels = (_decibels(ratio[0], 1.0), _decibels(ratio[1], 1.0))
    label = _label(found, absent, setting.strong)
    return Weight(one.id, label, one.package, one.found, found, absent, decibels)


def _ratio(top: Range, below: Range) -> Range:
    def over(a: float, b: float) -> float:
        if b > 0:
            return a / b
        return math.inf if a > 0 else 1.0

    return over(top[0], below[1]), over(top[1], below[0])


def _label(found: Range, absent: Range, strong: float) -> str:
    """Return what kind of test a sign is, over the whole of its ranges (Van Evera 1997)."""
    sure, needed = found[0] >= strong * (1 - 1e-12), absent[1] <= (1 + 1e-12) / strong
    if sure and needed:
        return "doubly decisive"
    return "smoking gun" if sure else "hoop" if needed else "straw in the wind"


def _flips(one: Sign, signs: Sequence[Sign], prior: float, setting: _Setting, verdict: str) -> bool:
    if one.found == "not looked":
        return False
    other: Found = "absent" if one.found in ("found", "partly") else "found"
    turned = [replace(each, found=other) if each is one else each for each in signs]
    return _verdict(_posterior(turned, prior, setting)[0]) != verdict
