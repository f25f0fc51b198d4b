"""The rules by which this report speaks: printed, so that a reader can hold it to them."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    Column,
    FromResult,
    Number,
    Parts,
    Prose,
    Section,
    TableBlock,
)
from evalkit.report.number import count
from evalkit.report.words import CHANCES, SURE, sure_tag, verdict_tag
from evalkit.synthesis.contribution import RIVAL_CAPS, VERDICTS, WORDS
from evalkit.synthesis.finding import QUAL_STATES, QUANT_STATES
from evalkit.synthesis.harm import HARM_RULE
from evalkit.synthesis.joint import QUAL_WORDS, QUANT_WORDS, RULES
from evalkit.synthesis.states import STATE_RULES
from evalkit.synthesis.tracing import SCALE


def rules(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("rules", "How this report chooses its words", "all", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    limit = evaluation.protocol.hide_counts_below
    return (
        _sure(),
        _chances(),
        _states(),
        _joint(),
        _verdict_words(),
        _verdicts(),
        Prose(
            (
                "Where another explanation is left standing on a link, its verdict is at most ",
                verdict_tag(RIVAL_CAPS["up"]),
                " when the numbers move as claimed, and at most ",
                verdict_tag(RIVAL_CAPS["otherwise"]),
                " otherwise.",
            )
        ),
        Prose(("Harms: ", FromResult(HARM_RULE, "rules/harm"))),
        _likelihoods(),
        Prose(
            (
                "Counts of people below ",
                count(limit, "protocol#hide_counts_below"),
                " are not shown. Areas, schools and authorities are not people, and their counts are.",
            )
        ),
    )


def _sure() -> TableBlock:
    rows = tuple(((sure_tag(word),), (needs,)) for word, needs in SURE.items())
    return TableBlock(
        "rules-sure",
        ("How sure: the words, and what each needs.",),
        (Column(("Word",)), Column(("Needs",))),
        rows,
    )


def _chances() -> TableBlock:
    rows = []
    above = 1.0
    for least, word in CHANCES:
        rows.append(((word,), (_bound(least), " to ", _bound(above))))
        above = least
    return TableBlock(
        "rules-chances",
        ("Words for a probability that a model gives.",),
        (Column(("Word",)), Column(("From and to",), numeric=True)),
        tuple(rows),
    )


def _bound(probability: float) -> Number:
    return Number(probability, f"{100 * probability:.0f}%", "rules/chances")


def _states() -> TableBlock:
    rows = tuple(((state,), (rule,)) for state, rule in STATE_RULES)
    return TableBlock(
        "rules-states",
        ("How the state of an estimate is read; “up” is towards what is wanted.",),
        (Column(("State",)), Column(("When",))),
        rows,
    )


def _joint() -> TableBlock:
    columns = (Column(("Numbers",)), *(Column((state,)) for state in QUAL_STATES))
    rows: tuple[tuple[Parts, ...], ...] = tuple(
        ((numbers,), *((RULES[numbers, words],) for words in QUAL_STATES))
        for numbers in QUANT_STATES
    )
    return TableBlock(
        "rules-joint",
        ("How numbers (rows) and words (columns) relate on a link.",),
        columns,
        rows,
        (
            "What the states mean. ",
            "; ".join(
                f"{state}: {words[0].lower()}{words[1:]}" for state, words in QUANT_WORDS.items()
            ),
            ". ",
            "; ".join(f"{state}: {words}" for state, words in QUAL_WORDS.items()),
            ".",
        ),
    )


def _verdict_words() -> TableBlock:
    rows = tuple(((verdict_tag(verdict),), (words,)) for verdict, words in WORDS.items())
    return TableBlock(
        "rules-verdict-words",
        ("The verdicts on a link, and what each means.",),
        (Column(("Verdict",)), Column(("Means",))),
        rows,
    )


def _verdicts() -> TableBlock:
    columns = (Column(("Numbers",)), *(Column((state,)) for state in QUAL_STATES))
    rows: tuple[tuple[Parts, ...], ...] = tuple(
        ((numbers,), *((verdict_tag(VERDICTS[numbers, words]),) for words in QUAL_STATES))
        for numbers in QUANT_STATES
    )
    return TableBlock(
        "rules-verdicts",
        ("The verdict on a link, by what numbers (rows) and words (columns) say.",),
        columns,
        rows,
    )


def _likelihoods() -> TableBlock:
    rows = tuple(
        (
            (word,),
            (Number(low, f"{100 * low:.0f}%", "rules/likelihood"),),
            (Number(high, f"{100 * high:.0f}%", "rules/likelihood"),),
        )
        for word, (low, high) in SCALE.items()
    )
    return TableBlock(
        "rules-likelihood",
        ("What the words of the signs looked for mean, as a chance to see the sign.",),
        (Column(("Word",)), Column(("From",), numeric=True), Column(("To",), numeric=True)),
        rows,
    )
