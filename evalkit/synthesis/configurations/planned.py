"""From a planned configurational analysis to its record: sets made, solved, and what stands behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from evalkit.coding.model import Codebook, Coding, Source
from evalkit.data.match import words_of
from evalkit.data.table import Table, need_column
from evalkit.errors import DataError, nearest
from evalkit.protocol.model import Combination, Protocol, Spoken
from evalkit.synthesis.configurations.calibration import calibrate
from evalkit.synthesis.configurations.minimise import minimise
from evalkit.synthesis.configurations.necessity import necessity
from evalkit.synthesis.configurations.solve import KINDS, Kind, Solution
from evalkit.synthesis.configurations.table import TruthTable, truth_table

if TYPE_CHECKING:
    import pandas as pd

SHUFFLES = 200


@dataclass(frozen=True)
class Configuration:
    """What a planned configurational analysis found.

    Attributes
    ----------
    id, question, outcome : str
    conditions : tuple of str
    n_cases : int
        Cases with a value on everything.
    table : mapping of str to pandas.DataFrame
        ``truth, necessity, solutions, negated, robustness, sets`` (how each set was made),
        ``left_out`` (case, why).
    models : mapping of str to int
        How many models tie, by solution.
    chance : float or None
        Share of shufflings of the outcome with a conservative model as good as the one found.
    evidence : mapping of str to tuple of str
        For conditions read from codes: ids of the codings behind them.
    notes : tuple of str
    """

    id: str
    question: str
    outcome: str
    conditions: tuple[str, ...]
    n_cases: int
    table: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    models: Mapping[str, int] = field(default_factory=dict)
    chance: float | None = None
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseSets:
    """Memberships by case, ready for a truth table, and what stands behind them."""

    frame: pd.DataFrame
    outcome: str
    left_out: pd.DataFrame
    made: pd.DataFrame
    evidence: Mapping[str, tuple[str, ...]]


def case_sets(
    plan: Combination,
    protocol: Protocol,
    tables: Mapping[str, Table],
    sources: Sequence[Source] = (),
    codings: Sequence[Coding] = (),
    codebook: Codebook | None = None,
) -> CaseSets:
    """Return the memberships of every case.

    A column is used as it stands, or calibrated by the plan's anchors. A condition that is `spoken`
    of is 1 where a passage about the case carries one of its codes, 0 where one carries a code of
    its absence, a half (which belongs nowhere) where both do, and missing where neither does: what
    was not mentioned is not absent.

    Raises
    ------
    DataError
        A table, column or code is not there, or a case has several rows.
    """
    import pandas as pd

    table = _table(plan, tables)
    column = protocol.outcomes[plan.outcome].column if plan.outcome in protocol.outcomes else ""
    outcome = column or plan.outcome
    cases = words_of(table.frame[table.unit])
    if cases.duplicated().any():
        raise DataError(
            f"`{cases[cases.duplicated()].iloc[0]}` has several rows in table `{table.id}`.",
            do="A configurational analysis needs one row a case.",
        )
    found, evidence, made = {table.unit: cases.to_numpy()}, {}, []
    for name in (*plan.conditions, outcome):
        if name in plan.spoken:
            of_case, evidence[name] = _spoken(plan.spoken[name], table.unit, sources, codings)
            _need_codes(plan.spoken[name], codebook)
            found[name] = cases.map(of_case).to_numpy(dtype=float)
        else:
            found[name] = _membership(plan, name, table)
        made.append({"set": name, "made": _how(plan, name)})
    frame = pd.DataFrame(found)
    wanted = frame[[*plan.conditions, outcome]]
    lost = [
        {"case": case, "missing": ", ".join(wanted.columns[row])}
        for case, row in zip(frame[table.unit], wanted.isna().to_numpy(), strict=True)
        if row.any()
    ]
    left_out = pd.DataFrame(lost, columns=["case", "missing"])
    return CaseSets(frame, outcome, left_out, pd.DataFrame(made), evidence)


def configuration(plan: Combination, sets: CaseSets, seed: int) -> Configuration:
    """Work out a planned configurational analysis: truth table, necessity, every solution.

    Parameters
    ----------
    plan : Combination
    sets : CaseSets
    seed : int
        Of the shuffling of outcomes.
    """
    case = str(sets.frame.columns[0])
    complete = sets.frame.dropna()
    table = truth_table(
        complete,
        sets.outcome,
        plan.conditions,
        plan.inclusion,
        plan.frequency,
        plan.pri,
        case=case,
    )
    expected = {name: int(way == "present") for name, way in plan.expect.items()}
    found = {
        kind: minimise(
            table,
            kind,
            expected if kind == "intermediate" else None,
            robustness=kind == "conservative",
            shuffles=SHUFFLES if kind == "conservative" else 0,
            seed=seed,
        )
        for kind in KINDS
    }
    first = found["conservative"]
    tables = {
        "truth": _plain_truth(table),
        "necessity": necessity(complete, sets.outcome, plan.conditions, case=case),
        "solutions": _solutions(found),
        "negated": _solutions({k: one.negated for k, one in found.items() if one.negated}),
        "robustness": first.robustness,
        "sets": sets.made,
        "left_out": sets.left_out,
    }
    notes = [*table.notes, *(note for one in found.values() for note in one.notes)]
    return Configuration(
        id=plan.id,
        question=plan.question,
        outcome=sets.outcome,
        conditions=plan.conditions,
        n_cases=len(complete),
        table=tables,
        models={kind: len(one.models) for kind, one in found.items()},
        chance=first.chance,
        evidence=sets.evidence,
        notes=tuple(dict.fromkeys(notes)),
    )


def _table(plan: Combination, tables: Mapping[str, Table]) -> Table:
    if plan.table not in tables:
        raise DataError(
            f"The table `{plan.table}` could not be read, or is not planned."
            f"{nearest(plan.table, tables)}",
            do="Name a table of the plan.",
        )
    return tables[plan.table]


def _membership(
    plan: Combination, name: str, table: Table
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    import pandas as pd

    need_column(table.frame.columns, name)
    values = pd.to_numeric(table.frame[name], errors="coerce").to_numpy(dtype=float)
    how = plan.calibration.get(name)
    if how is None:
        return values
    return calibrate(values, anchors=how.anchors, method=how.method, convention=how.convention)


def _spoken(
    spoken: Spoken, unit: str, sources: Sequence[Source], codings: Sequence[Coding]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return memberships by case, and the ids of the codings they rest on."""
    case_of = {
        one.id: one.attributes.get("case") or one.attributes.get(unit, "") for one in sources
    }
    side: dict[str, set[float]] = {}
    behind = []
    for coding in codings:
        case = case_of.get(coding.segment.source, "")
        if case and coding.code in (*spoken.present, *spoken.absent):
            side.setdefault(case, set()).add(float(coding.code in spoken.present))
            behind.append(coding.id)
    return {case: sum(sides) / len(sides) for case, sides in side.items()}, tuple(behind)


def _need_codes(spoken: Spoken, codebook: Codebook | None) -> None:
    known = codebook.by_id if codebook else {}
    for code in (*spoken.present, *spoken.absent):
        if code not in known:
            raise DataError(
                f"There is no code `{code}`.{nearest(code, known)}",
                do="Name codes of the codebook.",
            )


def _how(plan: Combination, name: str) -> str:
    """Say how a set was made."""
    if name in plan.spoken:
        one = plan.spoken[name]
        absent = f"; absent: {', '.join(one.absent)}" if one.absent else ""
        return f"from codes, present: {', '.join(one.present)}{absent}"
    how = plan.calibration.get(name)
    if how is None:
        return "as it stands in the table"
    anchors = ", ".join(f"{one:g}" for one in how.anchors)
    because = f"; {how.because}" if how.because else "; no reason is given for these"
    return f"{how.method}, anchors {anchors} ({how.convention}){because}"


def _plain_truth(table: TruthTable) -> pd.DataFrame:
    return table.frame.reset_index()


def _solutions(found: Mapping[Kind, Solution]) -> pd.DataFrame:
    """Return one row a term of every model of every solution."""
    import pandas as pd

    rows = [
        {
            "solution": kind,
            "model": number,
            "expression": model.expression,
            "term": term.expression,
            "inclusion": term.inclusion,
            "pri": term.pri,
            "coverage": term.coverage,
            "unique_coverage": term.unique_coverage,
            "model_inclusion": model.inclusion,
            "model_coverage": model.coverage,
            "cases": ", ".join(term.cases),
            "deviant": ", ".join(term.deviant),
        }
        for kind, solution in found.items()
        for number, model in enumerate(solution.models, start=1)
        for term in model.terms
    ]
    names = [
        *("solution", "model", "expression", "term", "inclusion", "pri", "coverage"),
        *("unique_coverage", "model_inclusion", "model_coverage", "cases", "deviant"),
    ]
    return pd.DataFrame(rows, columns=names)
