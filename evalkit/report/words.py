"""Every sentence the report makes of a result, in one place, each with the condition it stands under.

Three rules hold throughout. "Not significant" never becomes "no effect": that a change is smaller
than one that matters is said only where the whole interval lies inside that margin. A harm is told
in the same words as a benefit. Numbers are given as they are; the words never carry them.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.protocol.model import Protocol
from evalkit.report.decision import Decision
from evalkit.report.document import FromResult, Number, Part, Parts, Ref, Tag, joined
from evalkit.report.name import estimate_anchor, estimate_id, outcome_words, unit_words
from evalkit.report.number import NOTHING, TIMES, measure, places_for, share, things, written

CHANCES: tuple[tuple[float, str], ...] = (
    (0.99, "almost certain"),
    (0.90, "very likely"),
    (0.66, "likely"),
    (0.33, "about as likely as not"),
    (0.10, "unlikely"),
    (0.01, "very unlikely"),
    (0.0, "almost impossible"),
)
"""Words for a posterior probability, each from this probability up to the one above it."""

SURE: dict[str, str] = {
    "fairly sure": (
        "an interval leaves out nil, or lies inside the smallest change that matters, no check of "
        "the design failed or raised concern, and every planned check reads the same; or numbers and "
        "words agree on a link and no other explanation is left standing"
    ),
    "leaning": (
        "the evidence points one way without settling it: an interval leaves out nil but a check of "
        "the design raised concern, or only one strand speaks"
    ),
    "both ways": "the evidence points in more than one direction",
    "cannot tell": (
        "the interval holds both nil and changes that matter, or the answer depends on which "
        "reasonable comparison is made, or a check of the design failed"
    ),
    "differs by outcome": "the outcomes named stand differently; each has its own word further on",
    "not looked into": "nothing in this record could have shown it",
}
"""The "how sure" words of the main messages, and what each needs."""

_SURE_OF_STATE = {
    "up": "fairly sure",
    "down": "fairly sure",
    "about nil": "fairly sure",
    "imprecise": "cannot tell",
    "no data": "not looked into",
}
STATE_WORDS: dict[str, str] = {
    "up": "better",
    "down": "worse",
    "about nil": "too small to matter",
    "imprecise": "cannot tell",
    "no data": "no data",
}
"""The state of an estimate in a word or three, for tags and pictures."""

CAUTIONS: dict[str, str] = {
    "pre-trend": "the groups may already have moved apart before the start",
    "placebo date": "the same method finds some change at a date when there was no programme",
    "permutation": "changes as large often come out when the programme is given to others by lot",
    "few treated clusters": "few places or groups had the programme",
    "comparison group": "the answer changes with the comparison group",
    "smallest detectable effect": "a change of the size that matters could have gone unseen",
    "staggered start": "places started at different times",
    "convergence": "the computation did not settle fully",
    "prior sensitivity": "the answer moves with the assumptions made before the data",
    "few treated sites": "few sites had the programme",
    "posterior predictive": "the model does not fit all features of the data",
    "attrition": "more people were lost on one side than on the other",
    "autocorrelation": "neighbouring points in time move together more than the model allows",
    "balance": "the groups compared still differ in what was measured beforehand",
    "baseline balance": "the groups differed at the start",
    "convex hull": "no mix of the other places looks like this one",
    "decision grade": "there are too few places for a decision to rest on this alone",
    "density": "there may have been sorting around the cut-off",
    "donors": "there are few places to compare with",
    "effective sample size": "a few people carry most of the comparison",
    "few clusters": "there are few places or groups",
    "hidden confounding": "a hidden cause of modest strength could explain it",
    "instrument strength": "what was used as a lever moved little",
    "mass points": "the score takes few different values",
    "missing outcomes": "outcomes are missing, and the answer depends on why",
    "other estimators": "other ways to estimate the same effect come out otherwise",
    "over-identification": "the levers that were used disagree",
    "overdispersion": "counts vary more than chance alone allows",
    "overlap": "some have no counterpart who could be compared with them",
    "pre-period fit": "the comparison did not follow the place closely before the start",
    "season": "the seasons are not all seen often enough",
    "selection on what is hidden": "a hidden cause of modest strength could explain it",
    "sensitivity to non-parallel trends": "a small departure from parallel courses would undo it",
    "several arms": "several programmes were compared at once",
    "several outcomes": "it is one of several outcomes looked at",
    "specification curve": "the answer changes with choices that could be defended either way",
    "spillover": "neighbours of those treated moved too",
    "two-way weights": "some places counted the wrong way round in this average",
    "unmatched": "some of those treated found no match",
}
"""What each check would have a reader know when it raised concern."""
FAILURES: dict[str, str] = {
    "pre-trend": "the groups already moved apart before the start",
    "placebo date": "the same method finds a change at a date when there was no programme",
    "comparison group": "the sign turns with the comparison group",
    "few treated clusters": "very few places or groups had the programme",
    "few treated sites": "very few sites had the programme",
}
"""What each check would have a reader know when it failed, where that is more."""
_OF_WHAT_WAS_NOT_SEEN = "smallest detectable effect"

VERDICT_MARKS: dict[str, str] = {
    "supported": "●",
    "plausible": "►",
    "mixed": "◊",
    "not shown": "○",
    "contradicted": TIMES,
    "not tested": NOTHING,
}
_CHECK_WORDS = {
    "pass": "pass",
    "concern": "concern",
    "fail": "fail",
    "information": "for information",
}


def sure_tag(word: str) -> Tag:
    """Return a "how sure" word as a tag."""
    return Tag(f"sure-{word.replace(' ', '-')}", word)


def state_tag(decision: Decision) -> Tag:
    """Return the state of an estimate as a tag; where neither direction is wanted, in other words."""
    word = STATE_WORDS[decision.state]
    if decision.wanted == 0 and decision.state in ("up", "down"):
        word = "higher" if decision.estimate.value > 0 else "lower"
        return Tag("state-imprecise", word)
    return Tag(f"state-{decision.state.replace(' ', '-')}", word)


def verdict_tag(verdict: str) -> Tag:
    """Return the verdict on a link as a tag."""
    return Tag(f"verdict-{verdict.replace(' ', '-')}", verdict)


def check_tag(verdict: str) -> Tag:
    """Return the verdict of a check as a tag."""
    return Tag(f"check-{verdict}", _CHECK_WORDS[verdict])


def how_sure(decision: Decision) -> Tag:
    """Return how sure the record lets us be of an estimate."""
    sure = _SURE_OF_STATE[decision.state]
    return sure_tag("leaning" if sure == "fairly sure" and weak_points(decision) else sure)


def weak_points(decision: Decision) -> tuple[str, ...]:
    """Return the cautions that bear on what is said of an estimate.

    That a change of some size could have gone unseen bears on an estimate that cannot tell, and on
    no other.
    """
    return tuple(
        name
        for name in decision.cautions
        if name != _OF_WHAT_WAS_NOT_SEEN or decision.state == "imprecise"
    )


def chance_word(probability: float) -> str:
    """Return the printed word for a probability."""
    return next(word for least, word in CHANCES if probability >= least)


def size(decision: Decision, protocol: Protocol) -> Parts:
    """Return the size of a change as "2.4 percentage points higher"."""
    estimate = decision.estimate
    text = written(abs(estimate.value), decision.places)
    number = Number(abs(estimate.value), text, f"{estimate_id(estimate)}#value", "worked out")
    way = " higher" if estimate.value > 0 else " lower"
    return (number, *unit_words(decision.outcome, protocol), way)


def interval(decision: Decision) -> Parts:
    """Return an interval as "1.4 to 3.3"."""
    one, id = decision.estimate.interval, estimate_id(decision.estimate)
    return (
        measure(one.low, f"{id}#interval.low", decision.places),
        " to ",
        measure(one.high, f"{id}#interval.high", decision.places),
    )


def value(decision: Decision) -> Part:
    """Return the estimate itself, with its sign."""
    estimate = decision.estimate
    return measure(estimate.value, f"{estimate_id(estimate)}#value", decision.places, sign=True)


def effect(decision: Decision, protocol: Protocol, rival: Part | None = None) -> Parts:
    """Return what is to be said of an estimate, as a sentence or two.

    A change that its checks leave standing is stated. One that they do not is stated with what
    cannot be said of it: that it cannot be told apart from `rival`, the words of another
    explanation left standing, or else that it may not be the programme's. Where the interval holds
    nil and changes that matter, we cannot tell.
    """
    label = outcome_words(decision.estimate.outcome, protocol)
    came_out = (label, ": ", *size(decision, protocol), " than the comparison")
    if decision.state in ("up", "down"):
        return (*came_out, _which_is(decision))
    if decision.state == "about nil":
        return (label, ": any change was smaller than the smallest one that matters.")
    if decision.alone in ("up", "down") and rival is not None:
        return (*came_out, ". It cannot be told apart from another explanation: ", rival, ".")
    if decision.alone in ("up", "down"):
        return (*came_out, ", but we cannot say that the programme did it.")
    if decision.alone == "about nil":
        return (label, ": the change looks smaller than one that matters, but the checks differ.")
    return (label, ": we cannot tell whether the programme changed it.")


def _which_is(decision: Decision) -> str:
    if decision.wanted == 0:
        return "."
    side = "better" if decision.state == "up" else "worse"
    if decision.margin is not None and abs(decision.estimate.value) < decision.margin:
        return f", which is {side}, though by less than the smallest change that matters."
    return f", which is {side}."


def range_sentence(decision: Decision, protocol: Protocol) -> Parts:
    """Return the best estimate with its interval, and the smallest change that matters."""
    level = decision.estimate.interval.level
    kind = {"confidence": " interval", "credible": " credible interval"}
    parts: list[Part] = [
        "Best estimate ",
        value(decision),
        *unit_words(decision.outcome, protocol),
        "; the data fit anything from ",
        *interval(decision),
        " (",
        share(level, f"{estimate_id(decision.estimate)}#interval.level"),
        kind[decision.estimate.interval.kind],
        ").",
    ]
    if decision.margin is not None:
        parts += [" The smallest change that matters is ", margin(decision), "."]
    return tuple(parts)


def margin(decision: Decision) -> Part:
    """Return the smallest change that matters, in the outcome's units."""
    if decision.margin is None or decision.outcome is None or decision.outcome.margin is None:
        return "not stated"
    stated = decision.outcome.margin
    result = f"protocol/outcomes/{decision.outcome.id}#margin.value"
    if stated.unit == "points":
        return Number(stated.value, f"{stated.value:g}", result)
    text = written(decision.margin, places_for(decision.margin))
    return Number(decision.margin, text, result, "worked out")


def reasons(decision: Decision, most: int = 99) -> Parts:
    """Return why an estimate is to be read with care, as one sentence; () when nothing says so.

    At most `most` reasons, weightiest first: checks that failed, planned checks that read otherwise,
    checks that raised concern.
    """
    found = [_caution(name, decision) for name in weak_points(decision)]
    kept = [one for one in found if one]
    more: list[Parts] = [("more reasons told further on",)] if len(kept) > most else []
    listed = joined([*kept[:most], *more], "; ", "; and ")
    return ("Why care is needed: ", *listed, ".") if kept else ()


def standing(decision: Decision, protocol: Protocol) -> Parts:
    """Return what is to be said of an estimate and how sure it is.

    Of an outcome that has a main estimate, that one decides; another is only read by itself.
    """
    led_by = decision.led_by
    if led_by is None:
        return (*effect(decision, protocol), " ", how_sure(decision), " ")
    label = outcome_words(decision.estimate.outcome, protocol)
    return (
        label,
        ", read by itself in this further analysis: ",
        state_tag(decision),
        ". What can be said of the outcome is decided by ",
        Ref(led_by.id, estimate_anchor(led_by)),
        ". ",
    )


def _caution(name: str, decision: Decision) -> Parts:
    if name.startswith("differs in "):
        return _differs(name.removeprefix("differs in "), decision)
    check = decision.estimate.check(name)
    failed = check is not None and check.verdict == "fail"
    words = FAILURES.get(name, "") if failed else ""
    words = words or CAUTIONS.get(name, "")
    id = estimate_id(decision.estimate)
    return (words or FromResult(f"the check “{name}”", f"{id}#checks.{name}.name"),)


def _differs(id: str, decision: Decision) -> Parts:
    """Return the reading of a planned check that came out otherwise."""
    other = next((one for one in decision.checks if one.id == id), None)
    if other is None:
        return ()
    places = places_for(other.interval.high - other.interval.low)
    where = estimate_id(other)
    return (
        "a planned check (",
        FromResult(other.id, f"{where}#id"),
        ") gives ",
        measure(other.value, f"{where}#value", places, sign=True),
        " (",
        measure(other.interval.low, f"{where}#interval.low", places),
        " to ",
        measure(other.interval.high, f"{where}#interval.high", places),
        ")",
    )


def chance(decision: Decision) -> Parts:
    """Return the posterior probability of a change above nought with its word; () when none."""
    found = decision.chance_above
    if found is None:
        return ()
    at, probability = found
    result = f"{estimate_id(decision.estimate)}#table.posterior[{at}].p_above_zero"
    return (
        "Given the model and its priors, it is ",
        chance_word(probability),
        " (",
        share(probability, result),
        ") that the effect is above nought.",
    )


def listed(decisions: Sequence[Decision], protocol: Protocol, most: int = 99) -> Parts:
    """Return the labels of outcomes as a list, each once; of more than `most` the rest as a number."""
    ids = list(dict.fromkeys(one.estimate.outcome for one in decisions))
    named: list[Parts] = [(outcome_words(id, protocol),) for id in ids[:most]]
    if len(ids) > most:
        named.append(things(len(ids) - most, "other", "others", "estimates"))
    return joined(named, "; ", " and ")
