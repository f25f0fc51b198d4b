"""The words of coded passages: what is said most under a code, what goes together, in context."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evalkit.coding.model import Codebook, Coding, Source
from evalkit.errors import CodingError

STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being both but by
    can could did do does doing done down each even every few for from get gets getting give go
    goes going got had has have having he her here hers him his how i if in into is it its just
    let like lot made make makes many may me might more most much must my no nor not now of off on
    once one only or other our out over own put quite really said same say says see she should so
    some such take than that the their them then there these they thing things think this those
    through to too two under up us very was way we well went were what when where which while who
    why will with would yes yet you your
    don't didn't doesn't isn't aren't wasn't weren't can't couldn't won't wouldn't it's that's
    i'm i've we've we're they're they've there's you're he's she's i'd we'd i'll we'll
    """.split()  # noqa: SIM905 (one literal a line would hide the words)
)
"""Words that say nothing of the matter."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


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


@dataclass(frozen=True, slots=True)
class Context:
    """A word found in a source, and what stands left and right of it."""

    source: str
    start: int
    end: int
    left: str
    word: str
    right: str


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


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans, sorted, those that overlap joined into one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


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
        for word in _content_words(passage):
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


def _content_words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text.lower().replace("\u2019", "'")):
        word = match[0].removesuffix("'s")
        if len(word) > 2 and word not in STOP_WORDS:
            yield word


def _most(counts: Counter[str], top: int, least: int) -> tuple[tuple[str, int], ...]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(item for item in ranked[:top] if item[1] >= least)


def keyword_in_context(
    sources: Iterable[Source], words: str, *, width: int = 60, whole: bool = True
) -> tuple[Context, ...]:
    """Find `words` in the sources, whatever their case, with what stands around them.

    Parameters
    ----------
    sources : iterable of Source
        Where to look.
    words : str
        A word or several; any white space between them matches any other.
    width : int
        How many characters to show on each side.
    whole : bool
        Only whole words: ``read`` does not find ``already``.

    Returns
    -------
    tuple of Context
        In the order of the sources and of each text.

    Raises
    ------
    CodingError
        There is nothing to look for.
    """
    parts = words.split()
    if not parts:
        raise CodingError("There is no word to look for.", do="Give one.")
    pattern = r"\s+".join(re.escape(part) for part in parts)
    edge = (r"(?<!\w)", r"(?!\w)") if whole else ("", "")
    search = re.compile(f"{edge[0]}{pattern}{edge[1]}", re.IGNORECASE)
    return tuple(
        Context(
            source.id,
            found.start(),
            found.end(),
            source.text[max(0, found.start() - width) : found.start()],
            found[0],
            source.text[found.end() : found.end() + width],
        )
        for source in sources
        for found in search.finditer(source.text)
    )
