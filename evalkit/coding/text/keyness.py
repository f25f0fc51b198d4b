"""Words that are commoner in some passages than in others, with how sure and how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from evalkit.coding.coefficients import Floats
from evalkit.coding.model import Segment
from evalkit.coding.text.tokens import STOP_WORDS, words_of
from evalkit.errors import CodingError


def keyness(
    target: Iterable[Segment],
    reference: Iterable[Segment],
    *,
    least: int = 3,
    top: int = 50,
    stop: bool = True,
) -> pd.DataFrame:
    """Compare how often each word occurs in two sets of passages.

    Log-likelihood says how sure it is that the rates differ; it grows with the amount of text, so
    the size of the difference stands beside it: the log ratio, 1 for twice as common, 2 for four
    times. Words of one speaker or source can carry a whole table: see ``sources``.

    Parameters
    ----------
    target, reference : iterable of Segment
        Such as `coded(codings, sources, "trust")` and `uncoded(codings, sources, "trust")`. They
        must not share text.
    least : int
        Only words that occur so often in both together.
    top : int
        At most so many words; half of them may be commoner in the reference.
    stop : bool
        Leave out stop words.

    Returns
    -------
    pandas.DataFrame
        ``word``, ``target``, ``reference`` (counts), ``per_1000_target``, ``per_1000_reference``,
        ``log_likelihood``, ``log_ratio`` (positive: commoner in the target) and ``sources`` (of the
        target that have it): the most certain differences first.

    Raises
    ------
    CodingError
        One of the two sets has no words.

    Notes
    -----
    Log-likelihood is Dunning's (1993) G2 of the two-by-two table of a word and all others. Half an
    occurrence is added to each count in the log ratio (Hardie 2014), so that a word that is absent
    on one side has one. Many words are compared at once: about one in twenty of those that differ
    by nothing but chance exceeds 3.84, one in a thousand 10.83.

    References
    ----------
    Dunning, T. (1993). Accurate methods for the statistics of surprise and coincidence.
    Computational Linguistics 19, 61-74.
    """
    ours, where = _counts(target)
    theirs, _ = _counts(reference)
    n_ours, n_theirs = sum(ours.values()), sum(theirs.values())
    if not n_ours or not n_theirs:
        which = "target" if not n_ours else "reference"
        raise CodingError(f"The {which} has no words.", do="Compare passages that both have text.")
    words = sorted(
        word
        for word in ours.keys() | theirs.keys()
        if ours[word] + theirs[word] >= least and not (stop and word in STOP_WORDS)
    )
    a = np.array([ours[word] for word in words], dtype=float)
    b = np.array([theirs[word] for word in words], dtype=float)
    table = pd.DataFrame(
        {
            "word": words,
            "target": a.astype(int),
            "reference": b.astype(int),
            "per_1000_target": 1000 * a / n_ours,
            "per_1000_reference": 1000 * b / n_theirs,
            "log_likelihood": log_likelihood(a, b, n_ours, n_theirs),
            "log_ratio": np.log2((a + 0.5) / (n_ours + 0.5))
            - np.log2((b + 0.5) / (n_theirs + 0.5)),
            "sources": [len(where.get(word, ())) for word in words],
        }
    )
    ranked = table.sort_values(
        ["log_likelihood", "word"], ascending=[False, True], kind="stable", ignore_index=True
    )
    return ranked.head(top)


def log_likelihood(a: Floats, b: Floats, n_a: float, n_b: float) -> Floats:
    """Return Dunning's G2 of counts `a` of `n_a` words against `b` of `n_b`."""
    seen = np.array([a, b, n_a - a, n_b - b])
    rate = (a + b) / (n_a + n_b)
    expected = np.array([n_a * rate, n_b * rate, n_a * (1 - rate), n_b * (1 - rate)])
    ratio = np.divide(seen, expected, out=np.ones_like(seen), where=seen > 0)
    total: Floats = 2 * (seen * np.log(ratio)).sum(axis=0)
    return np.maximum(total, 0)


def _counts(segments: Iterable[Segment]) -> tuple[Counter[str], dict[str, set[str]]]:
    counts: Counter[str] = Counter()
    where: dict[str, set[str]] = {}
    for segment in segments:
        words = words_of(segment.quote)
        counts.update(words)
        for word in set(words):
            where.setdefault(word, set()).add(segment.source)
    return counts, where
