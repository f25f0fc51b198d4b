"""The words of coded passages: what is said most under a code, what goes together, in context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalkit.coding.model import Codebook, Coding, Source
from evalkit.coding.text.kwic import Context, keyword_in_context
from evalkit.coding.text.tokens import STOP_WORDS, content_words, merged

__all__ = [
    "STOP_WORDS",
    "CodeWords",
    "Context",
    "keyword_in_context",
    "merged",
    "words_by_code",
]


@dataclass(frozen=True, slots=True)
class CodeWords:
    """The commonest words of the passages with a code.

    Attributes
    ----------
    code : str
        Id of the code.
    n_passages, n_sources, n_words : int
        Passages (touching ones of several coders count once), sources, words without stop words.
    words, pairs : tuple of (str, int)
        Commonest words by stem, shown in their commonest form; pairs that stand together twice
        or more, stop words passed over.
    """

    code: str
    n_passages: int
    n_sources: int
    n_words: int
    words: tuple[tuple[str, int], ...]
    pairs: tuple[tuple[str, int], ...]


def words_by_code(
    codings: Iterable[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    *,
    top: int = 8,
) -> tuple[CodeWords, ...]:
    """Return the commonest words of each code that was used, in the order of the codebook.

    Words are counted by Snowball stem, so that ``teach``, ``teaches`` and ``teaching`` are one.
    A passage that several coders marked counts once. It is a table for checking a codebook
    against its passages, not a finding.

    Parameters
    ----------
    codings, sources, codebook
        The project's.
    top : int
        How many words and pairs a code.

    Returns
    -------
    tuple of CodeWords
        One a code that was used.
    """
    by_id = {source.id: source for source in sources}
    spans: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for coding in codings:
        segment = coding.segment
        if segment.source in by_id:
            of_code = spans.setdefault(coding.code, {})
            of_code.setdefault(segment.source, []).append((segment.start, segment.end))
    return tuple(
        _code_words(code, _passages(spans[code], by_id), len(spans[code]), top)
        for code in codebook.by_id
        if code in spans
    )


def _passages(spans: dict[str, list[tuple[int, int]]], sources: dict[str, Source]) -> list[str]:
    return [sources[id].text[start:end] for id in sorted(spans) for start, end in merged(spans[id])]


def _code_words(code: str, passages: list[str], n_sources: int, top: int) -> CodeWords:
    from nltk.probability import FreqDist
    from nltk.stem.snowball import EnglishStemmer
    from nltk.util import bigrams

    stem = EnglishStemmer().stem
    forms: dict[str, Counter[str]] = {}
    stems: Counter[str] = FreqDist()
    pairs: Counter[tuple[str, str]] = FreqDist()
    for passage in passages:
        found = []
        for word in content_words(passage):
            root = stem(word)
            forms.setdefault(root, Counter())[word] += 1
            found.append(root)
        stems.update(found)
        pairs.update(bigrams(found))
    shown = {root: min(seen, key=lambda form: (-seen[form], form)) for root, seen in forms.items()}
    commonest = _most(Counter({shown[root]: count for root, count in stems.items()}), top, least=1)
    together = Counter({f"{shown[a]} {shown[b]}": count for (a, b), count in pairs.items()})
    n_words = sum(stems.values())
    return CodeWords(code, len(passages), n_sources, n_words, commonest, _most(together, top, 2))


def _most(counts: Counter[str], top: int, least: int) -> tuple[tuple[str, int], ...]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(item for item in ranked[:top] if item[1] >= least)
