"""Agreement of a project's coders, in every cut: all of them, each one, each pair, each code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from evalkit.coding import coefficients
from evalkit.coding.coefficients import Floats, Integers, Linear, Statistic
from evalkit.coding.compared import Compared, compare, nothing_compared
from evalkit.coding.estimated import NO_PAIR, NO_VARIATION, Resampling, with_interval
from evalkit.coding.model import ONE_CODER, Agreement, Codebook, Coding, Segment, Source
from evalkit.coding.units import Unit
from evalkit.errors import CodingError, nearest

Coefficient = Literal[
    "krippendorff_alpha",
    "gwet_ac1",
    "fleiss_kappa",
    "cohen_kappa",
    "scott_pi",
    "brennan_prediger",
    "percent",
]
By = Literal["code", "coder", "pair"]

REFLEXIVE = (
    "coded reflexively: a coding is what one reader made of the text, and another reader who sees "
    "something else has not made an error, so no coefficient of agreement is computed (Braun and "
    "Clarke 2021, Thematic Analysis)"
)
FOR_TWO = "this coefficient compares two coders: see the pairs"
TWO_ROUNDS = (
    "The codings are of several rounds ({}); one coder's earlier and later codings are mixed."
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared.

    Attributes
    ----------
    unit : {"sentence", "paragraph", "turn", "token", "character", "given"}
    given : mapping of str to collection of str, optional
        The sources each coder was given; by default those in which they coded something.
    double_coded : collection of str
        Ids of sources that every coder read, even where one of them marked nothing.
    spans : sequence of Segment
        The units, when they are given.
    round : str, optional
        Only codings of this round; needed when there are several.
    reflexive : bool
        No coefficient is computed, and the reason is given.
    """

    unit: Unit = "sentence"
    given: Mapping[str, Collection[str]] | None = None
    double_coded: Collection[str] = ()
    spans: Sequence[Segment] = ()
    round: str | None = None
    reflexive: bool = False


def agreement_table(
    codings: Sequence[Coding],
    sources: Sequence[Source],
    codebook: Codebook,
    comparison: Comparison | None = None,
    *,
    coefficients: Sequence[Coefficient] = ("krippendorff_alpha", "gwet_ac1", "percent"),
    by: Collection[By] = ("code", "coder", "pair"),
    resampling: Resampling | None = None,
) -> pd.DataFrame:
    """How far coders agree, in one table: each coefficient for everyone, each coder and each pair.

    A unit is compared between two coders only when both were given its source. For one code a
    unit has it or not; over all codes its rating is the set of its codes, where sets are equal or
    not (for alpha they differ by the MASI distance). A coder's value is the mean of theirs with
    each of the others. Intervals come from resampling whole sources, the same ones for everyone.

    Parameters
    ----------
    codings, sources, codebook
        The project's.
    comparison : Comparison, optional
        Unit, material, round; by default sentences of what two coders coded.
    coefficients : sequence of str
        Which; Cohen's kappa and Scott's pi are for pairs.
    by : collection of {"code", "coder", "pair"}
        Which cuts, besides everyone over all codes.
    resampling : Resampling, optional

    Returns
    -------
    pandas.DataFrame
        One row a coefficient, coders and code (empty: all codes): ``coefficient``, ``scope``
        (everyone, coder or pair), ``coders``, ``code``, ``unit``, ``value``, ``low``, ``high``,
        ``level``, ``n_units``, ``n_coders``, ``n_pairable``, ``level_of_measurement``, ``reason``
        and ``note``. An undefined value is missing, and ``reason`` says why.

    Raises
    ------
    CodingError
        There is no such unit or coefficient; a source has no turns; several rounds are mixed.
    """
    comparison = comparison or Comparison()
    resampling = resampling or Resampling()
    _check(coefficients)
    codings = _of_round(codings, comparison.round)
    compared = compare(
        codings,
        sources,
        codebook,
        comparison.unit,
        comparison.double_coded,
        given=comparison.given,
        spans=comparison.spans,
    )
    if comparison.reflexive:
        compared = replace(compared, reason=REFLEXIVE)
    if compared.reason:
        nothing = nothing_compared("", compared, resampling.confidence)
        return _frame([("everyone", compared.coders, nothing)])
    subjects = ("", *compared.codes) if "code" in by else ("",)
    return _frame(
        [
            (scope, coders, _one(compared, name, scope, coders, code, resampling))
            for name in coefficients
            for scope, coders in _scopes(compared.coders, by)
            for code in subjects
        ]
    )


def by_alpha(compared: Compared, code: str, resampling: Resampling) -> Agreement:
    """Return Krippendorff's alpha of all coders for one code, or over all codes (empty)."""
    return _one(compared, "krippendorff_alpha", "everyone", compared.coders, code, resampling)


@dataclass(frozen=True, slots=True)
class _Table:
    """Kinds of units of some coders: patterns x coders, how many, and in which source."""

    patterns: Integers
    size: Floats
    source: Integers
    categories: int
    distance: Floats
    n_sources: int

    def rows(self) -> Floats:
        return coefficients.rows_of(self.patterns, self.categories)


def _check(names: Sequence[str]) -> None:
    for name in names:
        if name not in _STATISTICS:
            do = f"One of: {', '.join(_STATISTICS)}.{nearest(str(name), _STATISTICS)}"
            raise CodingError(f"There is no coefficient `{name}`.", do=do)


def _of_round(codings: Sequence[Coding], round: str | None) -> list[Coding]:
    rounds = sorted({coding.round for coding in codings})
    if round is None:
        if len(rounds) > 1:
            names = ", ".join(f"`{name}`" for name in rounds)
            do = "Choose one: Comparison(round=...)."
            raise CodingError(TWO_ROUNDS.format(names), do=do)
        return list(codings)
    if round not in rounds:
        do = f"One of: {', '.join(rounds)}.{nearest(round, rounds)}"
        raise CodingError(f"No coding is of round `{round}`.", do=do)
    return [coding for coding in codings if coding.round == round]


def _scopes(coders: tuple[str, ...], by: Collection[By]) -> list[tuple[str, tuple[str, ...]]]:
    scopes: list[tuple[str, tuple[str, ...]]] = [("everyone", coders)]
    if "coder" in by:
        scopes += [("coder", (coder,)) for coder in coders]
    if "pair" in by:
        scopes += [("pair", pair) for pair in combinations(coders, 2)]
    return scopes


def _one(
    compared: Compared,
    name: str,
    scope: str,
    coders: tuple[str, ...],
    code: str,
    resampling: Resampling,
) -> Agreement:
    start = _start(compared, name, coders, code, resampling.confidence)
    groups = [coders]
    if scope == "coder":
        groups = [
            tuple(sorted((*coders, other))) for other in compared.coders if other not in coders
        ]
    tables = [_table(compared, group, code) for group in groups]
    start = _counted(start, tables, len(coders) if scope != "coder" else len(compared.coders))
    if start.n_coders < 2:
        return replace(start, reason=ONE_CODER)
    if not start.n_pairable:
        return replace(start, reason=NO_PAIR)
    if name in _FOR_TWO and len(groups[0]) != 2:
        return replace(start, reason=FOR_TWO)
    statistic = _mean([_STATISTICS[name](table) for table in tables])
    sources = np.unique(np.concatenate([table.source for table in tables]))
    value = float(statistic(np.ones((1, tables[0].n_sources)))[0])
    if np.isnan(value):
        return replace(start, reason=NO_VARIATION)

    def drawn() -> Floats:
        blocks = coefficients.whole_blocks(tables[0].n_sources)
        given = np.isin(blocks.block, sources).astype(float)
        blocks = replace(blocks, times=given)
        return coefficients.resampled(statistic, blocks, resampling.draws, resampling.seed)

    return with_interval(start, value, len(sources), drawn, resampling)


def _start(
    compared: Compared, name: str, coders: tuple[str, ...], code: str, confidence: float
) -> Agreement:
    all_codes = "sets of codes (MASI)" if name == "krippendorff_alpha" else "sets of codes"
    return Agreement(
        coefficient=_NAMES[name],
        value=None,
        low=None,
        high=None,
        n_units=0,
        n_coders=len(coders),
        n_pairable=0,
        unit=compared.unit,
        level_of_measurement="nominal" if code else all_codes,
        level=confidence,
        code=code,
    )


def _table(compared: Compared, coders: tuple[str, ...], code: str) -> _Table:
    """Return what these coders did with the units that at least one of them was given."""
    places = [compared.coders.index(coder) for coder in coders]
    sets = compared.sets[places]
    categories, distance = 2, 1 - np.eye(2)
    if code:
        sets = compared.has(code)[sets]
    else:
        categories, distance = len(compared.combinations), compared.distance()
    here = (sets >= 0).sum(axis=0) >= 1
    patterns, size, source = coefficients.patterns_of(
        sets[:, here], categories, compared.groups[here], compared.sizes[here]
    )
    n_sources = int(compared.groups.max(initial=-1)) + 1
    return _Table(patterns, size, source, categories, distance, n_sources)


def _counted(start: Agreement, tables: Sequence[_Table], n_coders: int) -> Agreement:
    many = [(table.patterns >= 0).sum(axis=1) for table in tables]
    units = sum(table.size.sum() for table in tables)
    pairable = sum((m * t.size)[m >= 2].sum() for m, t in zip(many, tables, strict=True))
    return replace(start, n_units=int(units), n_coders=n_coders, n_pairable=int(pairable))


def _mean(statistics: Sequence[Statistic]) -> Statistic:
    """Return the mean of the statistics that are defined."""

    def value(blocks: Floats) -> Floats:
        values = np.array([statistic(blocks) for statistic in statistics])
        known = ~np.isnan(values)
        means = np.full(values.shape[1], np.nan)
        some = known.any(axis=0)
        means[some] = np.where(known, values, 0).sum(axis=0)[some] / known.sum(axis=0)[some]
        return means

    return value


def _by_source(table: _Table, linear: Linear) -> Statistic:
    """Turn a coefficient into a function of how often each source occurs."""
    return coefficients.of_blocks(linear, table.size, table.source, table.n_sources)


def _alpha(table: _Table) -> Statistic:
    return _by_source(table, coefficients.alpha(table.rows(), table.distance))


def _fleiss(table: _Table) -> Statistic:
    return _by_source(table, coefficients.fleiss(table.rows()))


def _ac1(table: _Table) -> Statistic:
    return _by_source(table, coefficients.first_order(table.rows(), max(table.categories, 2)))


def _uniform(table: _Table) -> Statistic:
    return _by_source(table, coefficients.uniform(table.rows(), max(table.categories, 2)))


def _percent(table: _Table) -> Statistic:
    if len(np.unique(table.patterns[table.patterns >= 0])) < 2:
        return coefficients.undefined
    return _by_source(table, coefficients.observed(table.rows()))


def _pi(table: _Table) -> Statistic:
    rows = table.rows()
    both = (rows.sum(axis=1) == 2).astype(float)
    return _by_source(table, coefficients.fleiss(rows * both[:, None]))


def _cohen(table: _Table) -> Statistic:
    first, second = table.patterns.T
    return _by_source(table, coefficients.cohen(first, second, max(table.categories, 2)))


_STATISTICS: dict[str, Callable[[_Table], Statistic]] = {
    "krippendorff_alpha": _alpha,
    "gwet_ac1": _ac1,
    "fleiss_kappa": _fleiss,
    "cohen_kappa": _cohen,
    "scott_pi": _pi,
    "brennan_prediger": _uniform,
    "percent": _percent,
}
_FOR_TWO = ("cohen_kappa", "scott_pi")
_NAMES = {
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "fleiss_kappa": "Fleiss' kappa",
    "cohen_kappa": "Cohen's kappa",
    "scott_pi": "Scott's pi",
    "brennan_prediger": "Brennan and Prediger's kappa",
    "percent": "Percent agreement",
}


def _frame(found: Sequence[tuple[str, tuple[str, ...], Agreement]]) -> pd.DataFrame:
    records = [
        {**asdict(one), "scope": scope, "coders": ", ".join(coders)} for scope, coders, one in found
    ]
    frame = pd.DataFrame(records)
    for name in ("value", "low", "high"):
        frame[name] = frame[name].astype(float)
    return frame[list(COLUMNS)]


COLUMNS = (
    *("coefficient", "scope", "coders", "code", "unit", "value", "low", "high", "level"),
    *("n_units", "n_coders", "n_pairable", "level_of_measurement", "reason", "note"),
)
