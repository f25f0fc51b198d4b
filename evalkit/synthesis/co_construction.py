"""Co-construction: who proposed, who disagreed, who was missing; beliefs on links."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from evalkit.errors import DataError
from evalkit.impact.bayes.beliefs import (
    BELIEFS,
    Belief,
    against_data,
    mixture_cumulative,
    pooled,
    prior_of,
    updated,
)
from evalkit.impact.bayes.beliefs.scale import SMALL
from evalkit.impact.estimate import Estimate
from evalkit.protocol.about import About
from evalkit.protocol.model import Outcome
from evalkit.synthesis.states import wanted_sign
from evalkit.theory.model import Theory

# --- voices -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Voice:
    """One group and its part in the theory.

    Attributes
    ----------
    who : str
    when : tuple of str
    put_forward, disagreed_with : tuple of str
        Ids of boxes and links.
    part : {"shaped it", "was named, and not heard"}
    role : str
        Partner, audience, or empty.
    """

    who: str
    when: tuple[str, ...]
    put_forward: tuple[str, ...]
    disagreed_with: tuple[str, ...]
    part: Literal["shaped it", "was named, and not heard"]
    role: str


@dataclass(frozen=True, slots=True)
class Voices:
    """Who shaped the theory and who was missing.

    Attributes
    ----------
    voices : tuple of Voice
    missing : tuple of str
        Partners and audiences that did not shape the theory.
    disputed : mapping of str to tuple of str
        Boxes and links that somebody disagreed with, and who; nothing is averaged.
    alone : tuple of str
        Boxes and links put forward by one group only.
    words : str
    """

    voices: tuple[Voice, ...]
    missing: tuple[str, ...]
    disputed: Mapping[str, tuple[str, ...]]
    alone: tuple[str, ...]
    words: str


def voices(theory: Theory, about: About) -> Voices:
    """Return who proposed and disagreed, and who is named in the project but was not heard."""
    heard: dict[str, list[tuple[str, tuple[str, ...], tuple[str, ...]]]] = {}
    for one in theory.shaped_by:
        heard.setdefault(one.who, []).append((one.when, one.put_forward, one.disagreed_with))
    roles = dict.fromkeys(about.audiences, "audience")
    names = {partner.id: partner.name for partner in about.partners}
    roles |= {partner.id: "partner" for partner in about.partners}
    known = {plain_name(who) for who in heard}
    missing = tuple(
        who
        for who in roles
        if plain_name(who) not in known and plain_name(names.get(who, who)) not in known
    )
    made = [_voice(who, parts, roles.get(who, "")) for who, parts in heard.items()]
    made += [Voice(who, (), (), (), "was named, and not heard", roles[who]) for who in missing]
    return Voices(
        voices=tuple(made),
        missing=missing,
        disputed=_who(theory, disagreed=True),
        alone=tuple(id for id, who in _who(theory, disagreed=False).items() if len(who) == 1),
        words=_voice_words(len(heard), missing, _who(theory, disagreed=True)),
    )


def plain_name(who: str) -> str:
    """Return a name in a form in which spellings of it are the same."""
    return " ".join(who.replace("_", " ").casefold().split())


def _voice(
    who: str, parts: Sequence[tuple[str, tuple[str, ...], tuple[str, ...]]], role: str
) -> Voice:
    return Voice(
        who=who,
        when=tuple(dict.fromkeys(when for when, _, _ in parts if when)),
        put_forward=tuple(dict.fromkeys(id for _, forward, _ in parts for id in forward)),
        disagreed_with=tuple(dict.fromkeys(id for _, _, against in parts for id in against)),
        part="shaped it",
        role=role,
    )


def _who(theory: Theory, *, disagreed: bool) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for one in theory.shaped_by:
        for id in one.disagreed_with if disagreed else one.put_forward:
            found.setdefault(id, {})[one.who] = None
    return {id: tuple(who) for id, who in found.items()}


def _voice_words(heard: int, missing: Sequence[str], disputed: Mapping[str, object]) -> str:
    if not heard:
        return "Nobody is recorded as having shaped the theory."
    words = [f"{heard} group{'s' if heard > 1 else ''} shaped the theory"]
    words.append(f"not heard: {', '.join(missing)}" if missing else "nobody named was left unheard")
    words.append(
        f"disputed: {', '.join(disputed)}" if disputed else "nobody is recorded as disagreeing"
    )
    return "; ".join(words) + "."


# --- beliefs on links -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SaidBelief:
    """What one group held of one link before the data.

    Attributes
    ----------
    link, who : str
    belief : str
        How likely the link was held to be: a word of `BELIEFS`. Empty where sizes were elicited.
    sizes : mapping
        Elicited sizes of the effect, in any form that `priors:` takes (quantiles, chips, a mean and
        a standard deviation); empty where a word was said.
    on, because : str
    """

    link: str
    who: str
    belief: str = ""
    sizes: Mapping[str, Any] = field(default_factory=dict)
    on: str = ""
    because: str = ""

    def form(self) -> dict[str, Any]:
        """Return the belief as it stands under ``priors: {effect: {stakeholders: ...}}``."""
        return dict(self.sizes) if self.sizes else {"belief": self.belief}


@dataclass(frozen=True, slots=True)
class LinkBeliefs:
    """The beliefs of several groups on one link, each kept, and pooled into one prior.

    Attributes
    ----------
    link : str
    said : tuple of SaidBelief
        In the order of the groups' names.
    lowest, highest : str
        The words furthest apart; empty where nobody said a word.
    apart : int
        Steps of the scale between them.
    between : float
        Share of the prior's variance that lies between groups: 0 where all hold the same, towards 1
        where each is sure of something else.
    prior : Belief
        The linear pool: each belief whole, with equal weight (or those given), in outcome units.
    priors : mapping
        The same as an option of a Bayesian analysis: ``priors: {effect: {stakeholders: ...}}``.
    against : pandas.DataFrame or None
        Each group's belief before and once the estimate is seen: ``who, holds_before, holds_after``
        (probability that the link holds, of those who said a word), ``above_before, above_after``
        (probability of an effect above nought). None where there is no estimate.
    words : str
    """

    link: str
    said: tuple[SaidBelief, ...]
    lowest: str
    highest: str
    apart: int
    between: float
    prior: Belief
    priors: Mapping[str, Any]
    against: pd.DataFrame | None
    words: str


HOLDS = "the link holds"
"""What a belief calls the case in which the link holds."""
APART: dict[int, str] = {
    0: "They say the same.",
    1: "They differ by one step.",
    2: "They disagree.",
    3: "They disagree as far as the scale goes.",
}
"""Words for how many steps of the scale lie between the beliefs on one link."""


def beliefs_on_links(
    said: Iterable[SaidBelief],
    about: Mapping[str, Outcome],
    *,
    sd: Mapping[str, float] | None = None,
    weights: Mapping[str, float] | None = None,
    estimates: Mapping[str, Estimate] | None = None,
) -> tuple[LinkBeliefs, ...]:
    """Return the beliefs on each link, with the disagreement kept, as priors.

    Parameters
    ----------
    said : iterable of SaidBelief
        One for each group and link.
    about : mapping of str to Outcome
        By link: the outcome that measures its end. Its smallest change that matters gives words
        their size, and its wanted direction their sign.
    sd : mapping of str to float, optional
        By link: the standard deviation of that outcome; needed where its margin is in SD, and where
        sizes were elicited in SD.
    weights : mapping of str to float, optional
        By group; equal where left out.
    estimates : mapping of str to Estimate, optional
        By link: what the beliefs are shown against.

    Raises
    ------
    DataError
        Everything that cannot be read, at once: words, sizes, a group that spoke twice of one link,
        a link without an outcome or a size that matters.
    """
    unlike = {(one.link, one.who, repr(one)): one for one in said}
    every = [unlike[key] for key in sorted(unlike)]
    scales = {link: _scale(link, about, sd or {}) for link in dict.fromkeys(o.link for o in every)}
    read = [_read(one, scales[one.link]) for one in every]
    faults = [fault for fault in scales.values() if isinstance(fault, str)]
    faults += [fault for fault in read if isinstance(fault, str)]
    pairs = [(one.link, one.who) for one in every]
    faults += [
        f"`{who}` has more than one belief on `{link}`."
        for link, who in sorted({pair for pair in pairs if pairs.count(pair) > 1})
    ]
    if faults:
        raise DataError(
            f"The beliefs cannot be read. {' '.join(dict.fromkeys(filter(None, faults)))}",
            do=f"Write for each group and link one of {', '.join(BELIEFS)}, or sizes as in `priors:`.",
        )
    people: dict[str, dict[str, Belief]] = {}
    for one, belief in zip(every, read, strict=True):
        if isinstance(belief, Belief):
            people.setdefault(one.link, {})[one.who] = belief
    return tuple(
        _on_link(
            [one for one in every if one.link == link], held, weights, (estimates or {}).get(link)
        )
        for link, held in people.items()
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """What beliefs on a link are read against: a change that matters, signed, an SD, a unit."""

    change: float
    sd: float
    unit: str


def _scale(link: str, about: Mapping[str, Outcome], sd: Mapping[str, float]) -> _Scale | str:
    outcome = about.get(link)
    if outcome is None:
        return f"No outcome measures the end of `{link}`."
    if outcome.margin is None:
        return f"No smallest change that matters is stated of `{outcome.id}`, the end of `{link}`."
    spread = sd.get(link, 0.0)
    size = outcome.margin.value * (spread if outcome.margin.unit == "SD" else 1.0)
    if not size > 0:
        return f"The standard deviation of `{outcome.id}` is needed, as its margin is in SD."
    return _Scale(wanted_sign(outcome) * size, spread or size / SMALL, outcome.unit)


def _read(one: SaidBelief, scale: _Scale | str) -> Belief | str:
    if isinstance(scale, str):
        return ""
    belief, faults = prior_of(one.form(), scale.sd, margin=scale.change, unit=scale.unit)
    if faults:
        return f"`{one.who}` on `{one.link}`: {' '.join(wrong for wrong, _ in faults)}"
    return belief


def _on_link(
    said: Sequence[SaidBelief],
    people: Mapping[str, Belief],
    weights: Mapping[str, float] | None,
    estimate: Estimate | None,
) -> LinkBeliefs:
    prior = pooled(people, weights=weights)
    order = list(BELIEFS)
    words = sorted((one.belief for one in said if not one.sizes), key=order.index) or [""]
    apart = order.index(words[-1]) - order.index(words[0]) if words[0] else 0
    stated: dict[str, Any] = {"stakeholders": {one.who: one.form() for one in said}}
    if weights:
        stated["weights"] = {one.who: weights.get(one.who, 1.0) for one in said}
    told = f"{_range(said, words)} {APART[apart]}" if words[0] else prior.words
    return LinkBeliefs(
        link=said[0].link,
        said=tuple(said),
        lowest=words[0],
        highest=words[-1],
        apart=apart,
        between=float(prior.table["share_between_people"].iloc[0]),
        prior=prior,
        priors={"effect": stated},
        against=None if estimate is None else _against(people, estimate),
        words=told if len(said) > 1 else f"{_range(said, words)} Nobody else was asked.",
    )


def _range(said: Sequence[SaidBelief], words: Sequence[str]) -> str:
    if words[0] == words[-1]:
        return f"{', '.join(one.who for one in said)}: {words[0] or 'sizes elicited'}."
    low = ", ".join(one.who for one in said if one.belief == words[0])
    high = ", ".join(one.who for one in said if one.belief == words[-1])
    return f"From {words[0]} ({low}) to {words[-1]} ({high})."


def _against(people: Mapping[str, Belief], estimate: Estimate) -> pd.DataFrame:
    """Return each group's belief before, and once the estimate is seen."""
    rows = []
    for who, belief in people.items():
        table = against_data(belief, estimate.value, estimate.std_error).to_dict("records")
        holds = next((row for row in table if row["who"] == HOLDS), {})
        _, _, above = updated(belief, estimate.value, estimate.std_error)
        rows.append(
            {
                "who": who,
                "holds_before": float(holds.get("weight_before", math.nan)),
                "holds_after": float(holds.get("weight_after", math.nan)),
                "above_before": 1 - float(mixture_cumulative(belief.parts, [0.0])[0]),
                "above_after": above,
            }
        )
    return pd.DataFrame(rows)
