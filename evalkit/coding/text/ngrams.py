"""Words that stand together: n-grams by how often, collocations by how much more than by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd

from evalkit.coding.model import Segment
from evalkit.coding.text.tokens import STOP_WORDS, words_of
from evalkit.errors import CodingError, nearest

Measure = Literal["log_likelihood", "pmi", "t", "chi_square", "dice"]

_MEASURES = {
    "log_likelihood": "likelihood_ratio",
    "pmi": "pmi",
    "t": "student_t",
    "chi_square": "chi_sq",
    "dice": "dice",
}


def ngrams(
    segments: Iterable[Segment], n: int = 2, *, least: int = 2, top: int = 50, stop: bool = True
) -> pd.DataFrame:
    """Return the commonest sequences of n words, within one segment each.

    Parameters
    ----------
    segments : iterable of Segment
        `whole` sources, or what was `coded`.
    n : int
        How many words; 1 counts words.
    least, top : int
        Only what occurs so often; at most so many.
    stop : bool
        Leave out sequences that begin or end with a stop word.

    Returns
    -------
    pandas.DataFrame
        ``words``, ``count``, ``sources`` (how many have it): the commonest first.

    Raises
    ------
    CodingError
        `n` is less than 1.

    Examples
    --------
    >>> text = "the home visits helped, home visits help"
    >>> ngrams([Segment("s", 0, 40, text)]).values.tolist()
    [['home visits', 2, 1]]
    """
    if n < 1:
        raise CodingError(f"Sequences of {n} words do not exist.", do="Use 1 or more.")
    counts: Counter[str] = Counter()
    where: dict[str, set[str]] = {}
    for segment in segments:
        for gram in _grams(words_of(segment.quote), n):
            if stop and (gram[0] in STOP_WORDS or gram[-1] in STOP_WORDS):
                continue
            shown = " ".join(gram)
            counts[shown] += 1
            where.setdefault(shown, set()).add(segment.source)
    ranked = sorted((it for it in counts.items() if it[1] >= least), key=lambda it: (-it[1], it[0]))
    rows = [(words, count, len(where[words])) for words, count in ranked[:top]]
    return pd.DataFrame(rows, columns=["words", "count", "sources"])


def collocations(
    segments: Iterable[Segment],
    measure: Measure = "log_likelihood",
    *,
    window: int = 2,
    least: int = 3,
    top: int = 50,
) -> pd.DataFrame:
    """Return pairs of words that stand together more often than their own frequencies explain.

    Parameters
    ----------
    segments : iterable of Segment
        As for `ngrams`.
    measure : {"log_likelihood", "pmi", "t", "chi_square", "dice"}
        Log-likelihood (Dunning 1993) ranks by evidence; pmi prefers rare words.
    window : int
        2: side by side; more: within so many words.
    least, top : int
        Only pairs that occur so often; at most so many.

    Returns
    -------
    pandas.DataFrame
        ``first``, ``second``, ``count``, ``score``: the strongest first. Stop words are left out.

    Raises
    ------
    CodingError
        There is no such measure, or the window holds no pair.

    References
    ----------
    Dunning, T. (1993). Accurate methods for the statistics of surprise and coincidence.
    Computational Linguistics 19, 61-74. Counted and scored by nltk's `BigramCollocationFinder`.
    """
    from nltk.collocations import BigramAssocMeasures, BigramCollocationFinder

    if measure not in _MEASURES:
        do = f"One of: {', '.join(_MEASURES)}.{nearest(str(measure), _MEASURES)}"
        raise CodingError(f"There is no measure `{measure}`.", do=do)
    if window < 2:
        raise CodingError(f"A window of {window} holds no pair.", do="Use 2 or more.")
    finder: Any = BigramCollocationFinder.from_words(_padded(segments, window), window_size=window)
    finder.apply_word_filter(lambda word: word is None or len(word) < 2 or word in STOP_WORDS)
    finder.apply_freq_filter(least)
    found = finder.score_ngrams(getattr(BigramAssocMeasures, _MEASURES[measure]))
    ranked = sorted(found, key=lambda it: (-round(it[1], 9), it[0]))
    rows = [(*pair, finder.ngram_fd[pair], score) for pair, score in ranked[:top]]
    return pd.DataFrame(rows, columns=["first", "second", "count", "score"])


def _grams(words: list[str], n: int) -> Iterable[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(n)), strict=False)


def _padded(segments: Iterable[Segment], window: int) -> list[str | None]:
    """Return all words, with gaps that no window reaches across between segments."""
    words: list[str | None] = []
    for segment in segments:
        words += words_of(segment.quote)
        words += [None] * (window - 1)
    return words
