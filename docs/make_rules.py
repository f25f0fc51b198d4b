"""Write ``rules.md`` from the rule tables of the code: ``python docs/make_rules.py``.

A test compares the page with what this makes, so the printed rules are the rules in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from evalkit.files.write import write_whole
from evalkit.impact.inference import RULE
from evalkit.synthesis.contribution import ORDER, RIVAL_CAPS, VERDICTS, WORDS, WOULD_CHANGE
from evalkit.synthesis.finding import QUAL_STATES, QUANT_STATES
from evalkit.synthesis.harm import HARM_RULE
from evalkit.synthesis.joint import QUAL_WORDS, QUANT_WORDS, RULES
from evalkit.synthesis.states import STATE_RULES
from evalkit.synthesis.tracing import LABELS, SCALE
from evalkit.synthesis.why import ASKS, SIGNS

PAGE = Path(__file__).with_name("rules.md")


def rules_page() -> str:
    """Return the page as Markdown."""
    parts = (
        "<!-- Made by docs/make_rules.py from the code. Do not edit by hand. -->",
        "# The rules by which evidence is weighed",
        (
            "These tables are taken from the code when this page is made. The report prints the "
            "same ones, so that a reader can hold it to them."
        ),
        *_states(),
        *_joint(),
        *_verdicts(),
        *_other(),
    )
    return "\n\n".join(parts) + "\n"


def _states() -> Iterable[str]:
    yield "## From an estimate to a state"
    yield "“Up” means towards what is wanted: for an outcome where higher is worse, a fall is “up”."
    yield _table(("State", "When"), STATE_RULES)
    yield (
        "Only analyses in the role `main` that were in the locked plan count. Where several "
        "outcomes measure the end of one link and read differently, the link is “imprecise”."
    )
    yield "## What the states mean"
    yield _table(("Numbers", "Meaning"), QUANT_WORDS.items())
    yield _table(("Words", "Meaning"), QUAL_WORDS.items())


def _joint() -> Iterable[str]:
    yield "## The joint display: how numbers and words relate"
    yield "Numbers in rows, words in columns."
    yield _grid(RULES)


def _verdicts() -> Iterable[str]:
    yield "## The verdict on a link"
    yield _table(("Verdict", "Means"), WORDS.items())
    yield _grid(VERDICTS)
    yield (
        "Where a named other explanation of the link is left standing, the verdict is at most "
        f"“{RIVAL_CAPS['up']}” when the numbers read “up”, and at most "
        f"“{RIVAL_CAPS['otherwise']}” otherwise."
    )
    yield (
        "A pathway has the verdict of the weakest link it needs. From weakest to strongest: "
        f"{', '.join(ORDER)}."
    )
    yield _table(("Numbers", "What would change the verdict"), WOULD_CHANGE.items())


def _other() -> Iterable[str]:
    yield "## Possible harms"
    yield HARM_RULE
    yield "## Why: theory, delivery, evaluation or context"
    yield _table(("Explanation", "Asks"), ASKS.items())
    yield _table(
        ("Explanation", "Sign", "Speaks"),
        ((rule.explanation, rule.sign, f"{rule.points} it") for rule in SIGNS),
    )
    yield (
        "Each sign is looked up in the record: found, not found, or not known where nothing in it "
        "could have shown the sign. No weight is computed."
    )
    yield "## Signs looked for (process tests)"
    yield "What the words of `if_true` and `if_false` mean, as a chance to see the sign."
    yield _table(
        ("Word", "From", "To"), ((word, f"{a:.0%}", f"{b:.0%}") for word, (a, b) in SCALE.items())
    )
    yield (
        "What a sign is called follows from these chances over their whole range: its ratio when "
        "found is at least 10 for a smoking gun, its ratio when absent at most 1/10 for a hoop."
    )
    yield _table(("Label", "Meaning"), LABELS.items())
    yield (
        "Signs that share a source are one package: inside it all that is assumed is that they do "
        "not speak against each other, so their weight is a range; products are taken across "
        "packages only. A sign nobody looked for changes nothing, one found in part weighs between "
        "nothing and the whole. The range is exact at the corners of the chances given."
    )
    yield "## Which interval leads"
    yield RULE


def _grid(cells: Mapping[tuple[str, str], str]) -> str:
    return _table(
        ("Numbers", *QUAL_STATES),
        ((numbers, *(cells[numbers, words] for words in QUAL_STATES)) for numbers in QUANT_STATES),  # type: ignore[index]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    write_whole(PAGE, rules_page())
