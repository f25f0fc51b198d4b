"""Keywords in context on ten thousand documents: evalkit beside nltk's concordance.

Documents are made of 200 words each, drawn with the frequencies of a natural text (Zipf); they are
not real. nltk is timed twice: from texts (its fastest tokeniser, then `ConcordanceIndex`), and with
the tokens given to it for nothing. evalkit is timed from the texts: joining, small letters, search
and a record for every place. Processor time, best of three, in turns.

Run: python benchmarks/text_speed.py   (writes its part of benchmarks/results_coding.md)
"""

from __future__ import annotations

import time
from pathlib import Path

import nltk
import numpy as np
from nltk.text import ConcordanceIndex
from nltk.tokenize import wordpunct_tokenize
from results_coding import write_part

from evalkit.coding.model import Source
from evalkit.coding.text.kwic import find_in_context, join_sources, keyword_in_context

DOCUMENTS, LENGTH, VOCABULARY, REPEATS = 10_000, 200, 20_000, 3
WORDS = {"a rare word": 5_000, "a middling word": 300, "a common word": 10}


def name(number: int) -> str:
    """Spell a number with letters, so that every word has its own."""
    letters = "etaoinshrdlucmfwygpb"
    spelled = ""
    while True:
        spelled += letters[number % 20]
        number //= 20
        if not number:
            return "w" + spelled


def documents() -> list[Source]:
    generator = np.random.default_rng(20261124)
    rate = 1 / np.arange(1, VOCABULARY + 1)
    drawn = generator.choice(VOCABULARY, (DOCUMENTS, LENGTH), p=rate / rate.sum())
    vocabulary = [name(number) for number in range(VOCABULARY)]
    return [
        Source(f"d{at}", " ".join(vocabulary[word] for word in row) + ".")
        for at, row in enumerate(drawn)
    ]


def seconds(call) -> tuple[float, int]:
    start = time.process_time()
    found = call()
    return time.process_time() - start, found


def line(label: str, word: str, sources: list[Source], tokens: list[str]) -> str:
    def from_texts() -> int:
        words = [token for source in sources for token in wordpunct_tokenize(source.text)]
        return len(ConcordanceIndex(words, str.lower).find_concordance(word))

    def from_tokens() -> int:
        return len(ConcordanceIndex(tokens, str.lower).find_concordance(word))

    def ours() -> int:
        return len(keyword_in_context(sources, word))

    buffer = join_sources(sources)
    calls = (from_texts, from_tokens, ours, lambda: sum(1 for _ in find_in_context(buffer, word)))
    times = [[seconds(call) for call in calls] for _ in range(REPEATS)]
    found = {count for row in times for _, count in row}
    assert len(found) == 1, found
    texts, given, whole, again = (min(row[at][0] for row in times) for at in range(4))
    return (
        f"| {label} | {found.pop():,} | {whole:.4f} | {again:.4f} | {texts:.2f} | {given:.2f} "
        f"| {texts / whole:.0f} | {given / whole:.0f} |"
    )


def main() -> None:
    sources = documents()
    tokens = [token for source in sources for token in wordpunct_tokenize(source.text)]
    rows = [line(label, name(rank), sources, tokens) for label, rank in WORDS.items()]
    write_part(
        Path(__file__).name,
        f"Keywords in context, {DOCUMENTS:,} documents of {LENGTH} words",
        f"Beside nltk {nltk.__version__}, processor seconds, best of {REPEATS}, taken in turns; the "
        "documents are made, not real. Every place becomes a record with its source and context.",
        [
            (
                "| looked for | places | evalkit, from texts (s) | again, joined before (s) | nltk, "
                "from texts (s) | nltk, tokens given (s) | times as fast, from texts | times, tokens "
                "given |"
            ),
            "|---|---:|---:|---:|---:|---:|---:|---:|",
            *rows,
        ],
    )


if __name__ == "__main__":
    main()
