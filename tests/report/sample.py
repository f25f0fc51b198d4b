"""A complete record, made by hand: a simulated programme in simulated areas, nothing of it real."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from evalkit.coding.model import (
    ONE_CODER,
    Agreement,
    Code,
    Codebook,
    Coding,
    Segment,
    Source,
)
from evalkit.errors import Fault
from evalkit.evaluation.model import Computed, Evaluation, TableRead
from evalkit.impact.estimate import Check, Estimate, Interval, Standardised
from evalkit.protocol.about import About, Cost, Partner
from evalkit.protocol.about import Agreement as Contract
from evalkit.protocol.model import (
    Analysis,
    Comparators,
    Departure,
    Listening,
    Margin,
    Outcome,
    ProcessTest,
    Protocol,
    Question,
    TablePlan,
)
from evalkit.synthesis.contribution import contributions
from evalkit.synthesis.found import Judgement, Reply
from evalkit.synthesis.gather import (
    coded_findings,
    impact_findings,
    prior_findings,
    process_findings,
)
from evalkit.synthesis.harm import possible_harms
from evalkit.synthesis.joint import joint_display
from evalkit.synthesis.model import TestResult
from evalkit.synthesis.traced import trace_links
from evalkit.synthesis.why import Record, why_table
from evalkit.theory.model import Change, Link, Node, Prior, Rival, Setting, Shaper, Theory

ABOUT = About(
    title="Twelve Towns (simulated): a place-based programme for schools",
    short_name="twelve-towns",
    status="illustration",
    place={"name": "Six simulated towns", "kind": ["town"]},
    runs=("2017-09", "2020-07"),
    size={"areas": 6},
    intervention={
        "name": "Twelve Towns",
        "why": "Places where children do *less well* lack a shared plan; 12 partners make one.",
        "procedures": ("a board sets priorities", "3 projects a year in each town"),
        "where": "six towns",
    },
    partners=(
        Partner("board", "Town boards", "choose the projects", ("which projects",)),
        Partner("schools", "48 schools", "take part"),
    ),
    agreements=(Contract("data sharing agreement", ("board", "schools"), "signed"),),
    audiences=("funder", "schools"),
    money=(
        Cost("Grants", 1500000, "town", "government"),
        Cost("Start", 2500.5, "", "", "start-up"),
    ),
    ethics={"consent": "parents agree in writing", "reference": "E/2017/9"},
    standpoint="We were paid by those who pay for the programme.",
    sources_of_data=("Simulated statistics",),
)

NODES = (
    Node("boards", "activities", "Boards choose projects for their town", line=10),
    Node("training", "activities", "Teachers are trained in reading & writing", line=11),
    Node("practice", "early_outcomes", "Teachers change how they teach", line=13),
    Node("ready", "outcomes", "Children are ready for school at age 5", ("ready5",), 15),
    Node("reading", "outcomes", "Children read and write better at age 11", ("read11",), 16),
    Node("exams", "outcomes", "Young people do better at age 16", ("exam16",), 17),
    Node("calm", "outcomes", "No more children are suspended", ("suspensions",), 18),
    Node("future", "impact", "Young people have the same chances wherever they live", line=20),
)
LINKS = (
    Link("boards", "training", because="money follows the plan", belief="likely", line=30),
    Link(
        "training",
        "practice",
        because="what is practised stays",
        assumes=("teachers have time",),
        expect="within 2 terms",
        belief="very likely",
        prior=(Prior("for", "Training of 30 hours changed practice", "A simulated study", "far"),),
        line=31,
    ),
    Link("practice", "reading", because="lessons are better", belief="likely", line=32),
    Link("boards", "ready", line=33, prior_unknown=True),
    Link("practice", "exams", line=34),
    Link("practice", "calm", line=35),
    Link("reading", "future", line=36),
    Link("future", "boards", loop=True, line=37),
)
THEORY = Theory(
    purpose="Every child in 6 towns has a fair chance",
    nodes=NODES,
    links=LINKS,
    works_when=(Setting("towns with a strong board", "people trust it", "training", line=40),),
    rivals=(
        Rival(
            "rebound",
            "Towns chosen at their lowest point rise anyway (regression to the mean)",
            "compare with places as low in 2016",
            ("practice -> reading",),
            42,
        ),
        Rival(
            "scheme", "A national scheme began in 2018", "ask each school", ("boards -> ready",), 43
        ),
    ),
    shaped_by=(Shaper("Town boards", "2017-03", ("training",), ("practice -> exams",), 45),),
    changes=(Change(1, "first version", "2017-03", "to agree", ("board",), 47),),
    agreed_by=("board", "schools"),
)


def _outcome(id: str, label: str, margin: float | None, **more: object) -> Outcome:
    return replace(
        Outcome(id, "areas", id, label, unit="percentage points", line=60),
        margin=None if margin is None else Margin(margin),
        **more,  # type: ignore[arg-type]
    )


OUTCOMES = {
    one.id: one
    for one in (
        _outcome("read11", "Reading and writing at age 11", 1.5, main=True, age="11"),
        _outcome("ready5", "Ready for school at age 5", 1.5, age="5"),
        _outcome("exam16", "Exams at age 16", 2.0, age="16"),
        _outcome("suspensions", "Suspensions", 1.0, higher_is="worse", unit="per 100 pupils"),
        _outcome("gap11", "Gap at age 11 between poorer children and others", 1.0, less="read11"),
        _outcome("moves", "Pupils who move school", None, higher_is="neither"),
    )
}


def _analysis(id: str, outcome: str, role: str = "main", **more: object) -> Analysis:
    return replace(
        Analysis(id, "q1", "panel_fixed_effects", (outcome,), line=80),
        role=role,  # type: ignore[arg-type]
        options={"treatment": "programme", "effects": "two_way"},
        **more,  # type: ignore[arg-type]
    )


ANALYSES = {
    one.id: one
    for one in (
        _analysis("read", "read11", keep={"year": "2016 to 2019"}, because="all areas are seen"),
        _analysis(
            "read_lowest",
            "read11",
            "check",
            checks="read",
            compare_with=Comparators("lowest", 30, ("read11",), (2016, 2017)),
        ),
        _analysis("read_bayes", "read11", "support", design="multilevel"),
        _analysis("ready", "ready5"),
        _analysis("exam", "exam16"),
        _analysis("calm", "suspensions"),
        _analysis("gap", "gap11"),
        _analysis("moves", "moves", "support"),
        _analysis("never", "read11", "support"),
    )
}
PROTOCOL = Protocol(
    tables={"areas": TablePlan("areas", "data/SIMULATED_areas.csv", unit="area", time="year")},
    outcomes=OUTCOMES,
    questions={
        "q1": Question("q1", "What changed by 2019?", "impact", ("practice -> reading",), 70),
        "q2": Question("q2", "Who gained?", "equity", (), 71),
    },
    analyses=ANALYSES,
    tests={
        "t1": ProcessTest(
            "t1", "training -> practice", "new lesson plans", "likely", "unlikely", line=90
        )
    },
    listening=Listening(
        interviews={"teachers": 12},
        chosen_by="two towns by lot",
        asked_about=("practice -> reading", "practice -> calm"),
    ),
    harms_to_watch=("suspensions rise",),
    never_split_by=("ethnicity",),
    why_not_random="Ministers chose the 6 towns.",
    few_units_plan="Permutation beside every interval.",
    change_our_mind=("Reading rises as much in the lowest 30 comparison areas",),
)


def _events(value: float, before: float) -> pd.DataFrame:
    rows = [
        (2016, -2, before, 0.7, before - 1.4, before + 1.4, False),
        (2017, -1, 0.0, float("nan"), float("nan"), float("nan"), True),
        (2018, 0, value * 0.6, 0.6, value * 0.6 - 1.2, value * 0.6 + 1.2, False),
        (2019, 1, value, 0.6, value - 1.2, value + 1.2, False),
    ]
    names = ["period", "relative", "estimate", "std_error", "low", "high", "reference"]
    return pd.DataFrame(rows, columns=names)


def _inference(value: float, error: float) -> pd.DataFrame:
    rows = [
        ("cluster-robust CR1, t with clusters - 1 df", error, 139.0, 2.0, 0.0004, False),
        ("permutation of treated clusters", error * 1.6, float("nan"), 3.2, 0.13, True),
    ]
    names = ["method", "std_error", "df", "reach", "p_value", "leads"]
    frame = pd.DataFrame(rows, columns=names)
    frame["low"], frame["high"] = value - frame["reach"] * error, value + frame["reach"] * error
    return frame[["method", "std_error", "df", "low", "high", "p_value", "leads"]]


def _estimate(
    id: str, outcome: str, value: float, low: float, high: float, **more: object
) -> Estimate:
    error = (high - low) / 4
    return replace(
        Estimate(
            id=id,
            design="panel_fixed_effects",
            estimator="least squares with effects of units and periods",
            estimand=f"Average effect of `programme` on `{outcome}` in 6 areas, 2018 to 2019",
            outcome=outcome,
            value=value,
            std_error=error,
            interval=Interval(low, high, 0.95, "confidence", "permutation of treated clusters"),
            p_value=0.13 if low < 0 < high else 0.004,
            n_units=146,
            n_observations=584,
            n_clusters=146,
            n_treated=6,
            standardised=Standardised(
                value / 6, low / 6, high / 6, 6.0, "SD between 140 areas in 2017"
            ),
            table={"event_study": _events(value, -1.5), "inference": _inference(value, error)},
            checks=(
                Check("pre-trend", 1.9, 0.16, "concern", "The largest, -1.5 in 2016, is 65%."),
                Check(
                    "permutation", value, 0.13, "concern", "A share of 0.13 was as far from zero."
                ),
                Check("few treated clusters", 6.0, None, "concern", "6 treated and 140 others."),
                Check(
                    "smallest detectable effect", 2.2, None, "concern", "About 2.2 would be seen."
                ),
                Check("serial correlation", None, None, "information", "Not computed."),
            ),
            assumptions=(
                "Without the programme the 6 areas would have changed as the others did.",
            ),
            notes=("The interval is of the method named with it (2018).",),
            seed=1,
        ),
        **more,  # type: ignore[arg-type]
    )


def _bayes() -> Estimate:
    sites = pd.DataFrame(
        {
            "site": ["Town A", "Town B", "Town C", "Town D", "Town E", "Town F"],
            "estimate": [2.4, 1.9, 3.0, 1.2, 2.2, 2.6],
            "low": [0.9, 0.1, 1.1, -0.9, 0.5, 0.9],
            "high": [4.0, 3.6, 5.2, 3.0, 3.9, 4.4],
            "raw_estimate": [2.6, 1.4, 4.4, -0.4, 2.1, 3.0],
            "shrinkage": [0.5, 0.5, 0.5, 0.5, float("nan"), 0.5],
            "p_above_zero": [0.99, 0.97, 0.999, 0.86, 0.98, 0.99],
        }
    )
    names = [
        "mean effect in the treated sites",
        "spread of effects between sites",
        "effect in a new site",
    ]
    posterior = pd.DataFrame(
        {
            "quantity": names,
            "mean": [2.2, 0.9, 2.2],
            "median": [2.2, 0.8, 2.2],
            "sd": [0.7, 0.6, 1.4],
            "low": [0.8, 0.0, -0.6],
            "high": [3.6, 2.4, 5.0],
            "rhat": [1.0012, 1.003, 1.001],
            "ess_bulk": [2100.0, 900.0, 2000.0],
            "p_above_zero": [0.994, float("nan"), 0.95],
            "p_beyond_margin": [0.84, float("nan"), 0.71],
        }
    )
    priors = pd.DataFrame(
        {
            "prior": ["effect"],
            "parameter": ["typical effect"],
            "distribution": ["Normal(0, 3)"],
            "scale_in_sd": [0.5],
            "source": ["default"],
            "words": ["Effects beyond 1 SD are unlikely."],
        }
    )
    sensitivity = pd.DataFrame(
        {
            "priors": ["as planned", "twice as wide"],
            "mean": [2.2, 2.3],
            "low": [0.8, 0.8],
            "high": [3.6, 3.8],
        }
    )
    return _estimate(
        "read_bayes",
        "read11",
        2.2,
        0.8,
        3.6,
        design="multilevel",
        interval=Interval(0.8, 3.6, 0.95, "credible", "equal-tailed posterior interval"),
        p_value=None,
        table={
            "sites": sites,
            "posterior": posterior,
            "priors": priors,
            "sensitivity": sensitivity,
        },
        checks=(Check("convergence", 1.003, None, "pass", "The largest R-hat is 1.003."),),
    )


_QUIET = (Check("pre-trend", 0.2, 0.8, "pass", "No sign of a difference (p = 0.8)."),)
ESTIMATES = (
    _estimate("read", "read11", 2.357, 1.45, 3.26),
    _estimate("read_lowest", "read11", 1.4, -0.4, 3.2),
    _bayes(),
    _estimate("ready", "ready5", 0.66, -0.7, 2.0, checks=_QUIET),
    _estimate("exam", "exam16", 0.04, -1.7, 1.8, checks=_QUIET, standardised=None),
    _estimate("calm", "suspensions", 2.16, 0.1, 4.2),
    _estimate("gap", "gap11", -0.4, -2.9, 2.1),
    _estimate("moves", "moves", 0.3, 0.1, 0.5),
)
SOURCES = (
    Source(
        "S1",
        "Since the training we plan lessons together. Reading is better now, I see it in Year 6.",
        "Interview with a teacher",
        attributes={"speaker": "teacher, Town A", "date": "2019-05-02", "licence": "OGL 3"},
        file="sources/s1.txt",
        line=1,
    ),
    Source(
        "S2",
        "The head teacher said that results would have risen anyway, as 2016 had been a bad year.",
        "Minutes of 4 June",
        "paraphrase",
        {"speaker": "head teacher"},
        "sources/list.csv",
        3,
    ),
    Source("S3", "I have not seen a change in behaviour.", "", "verbatim", {}, "sources/s3.txt", 1),
)
CODEBOOK = Codebook(
    (
        Code("plans", "Teachers plan together", "for", ("training -> practice",), line=3),
        Code("better", "Reading is better", "for", ("practice -> reading",), line=4),
        Code(
            "anyway",
            "It would have risen anyway",
            "rival",
            ("practice -> reading",),
            "rebound",
            line=5,
        ),
        Code(
            "nothing",
            "Saw no change",
            "nil",
            ("practice -> calm",),
            define="Looked, not seen",
            line=6,
        ),
    )
)


def _coding(source: Source, quote: str, code: str) -> Coding:
    start = source.text.index(quote)
    segment = Segment(source.id, start, start + len(quote), quote)
    return Coding(segment, code, "AB", "2019-09-01", file="codings.csv", line=2)


CODINGS = (
    _coding(SOURCES[0], "Since the training we plan lessons together.", "plans"),
    _coding(SOURCES[0], "Reading is better now, I see it in Year 6.", "better"),
    _coding(SOURCES[1], "results would have risen anyway, as 2016 had been a bad year", "anyway"),
    _coding(SOURCES[2], "I have not seen a change in behaviour.", "nothing"),
)
TESTS = (
    TestResult(
        *("t1", "training -> practice", "new lesson plans", "likely", "unlikely", "yes"),
        evidence=("S1:0-44",),
        by="lead",
        on="2019-10-01",
        because="seen in 4 of 5 schools",
    ),
)


INPUTS: dict[str, Any] = {
    "about": ABOUT,
    "theory": THEORY,
    "protocol": PROTOCOL,
    "codebook": CODEBOOK,
    "sources": SOURCES,
    "codings": CODINGS,
    "estimates": ESTIMATES,
    "exploratory": ("moves",),
    "failed": {"never": "No unit is treated in 2015."},
    "tests": TESTS,
    "traces": trace_links(TESTS, THEORY),
    "agreement": (
        Agreement("Krippendorff's alpha", None, None, None, 4, 1, 0, ONE_CODER, "passages"),
    ),
    "lock": {"state": "changed", "sha256": "ab12" * 16, "on": "2018-01-31"},
    "tables": (
        TableRead(
            *("areas", "data/SIMULATED_areas.csv", "cd34" * 16, 584, 12),
            changes=(("read11", "symbol `c` read as missing", 3),),
            missing=(("read11", "suppressed", 3), ("exam16", "not collected in 2017", 146)),
        ),
        TableRead("pupils", "data/pupils.csv", "", 0, 0, absent="held up by: an agreement"),
    ),
    "departures": (
        Computed("changed since lock", "protocol.yaml: outcomes.read11", "was 2, is 1.5"),
        Computed("not planned", "moves", "It was not in the locked plan."),
    ),
    "told": (Departure("Year 2020 left out", "no tests were taken in 2020", "2020-06-01", "lead"),),
    "advice": (Fault("theory.yaml", 33, "No reason is given.", "Say why.", "advice", "explained"),),
    "provenance": {
        "versions": {"evalkit": "0.1.0", "python": "3.11"},
        "seeds": {"run": 20260101},
        "inputs": {"theory.yaml": "ef56" * 16},
    },
}
"""Everything that is read or estimated; the synthesis is computed from it."""


def sample(inputs: dict[str, Any] = INPUTS) -> Evaluation:
    """Return the record that these inputs lead to."""
    theory, protocol, estimates = inputs["theory"], inputs["protocol"], inputs["estimates"]
    findings = (
        *impact_findings(estimates, protocol, theory, inputs["exploratory"]),
        *coded_findings(inputs["codings"], inputs["codebook"]),
        *process_findings(inputs["tests"]),
        *prior_findings(theory.links),
    )
    joint = joint_display(
        findings, [link.id for link in theory.links], protocol.listening.asked_about
    )
    verdicts = contributions(theory, joint, findings)
    record = Record(
        theory, protocol, estimates, findings, verdicts, inputs["tests"], inputs["agreement"]
    )
    return Evaluation(
        **inputs,
        findings=findings,
        joint=joint,
        contributions=verdicts,
        why=why_table(record),
        harms=possible_harms(estimates, protocol),
        judgements=(
            Judgement(
                "projects -> reading",
                "cerqual",
                "moderate concerns",
                "three of 9 towns spoke",
                "lead evaluator",
                "2026-05-04",
                "adequacy",
                7,
            ),
        ),
        replies=(
            Reply("schools", "projects -> reading", "we see it in 2 towns", "2026-05-05", 12),
        ),
    )


def empty() -> Evaluation:
    """Return a record of which nothing but a title and a purpose exists."""
    return Evaluation(About("Nothing yet"), Theory("Nothing yet", (), ()), Protocol())


def small(*, unit: str = "child") -> Evaluation:
    """Return a record about few people: an estimate of fourteen children, three of them treated."""
    whole = sample()
    check = Check("few treated clusters", 3.0, None, "concern", "3 treated and 11 comparison.")
    few = replace(
        ESTIMATES[0], n_units=14, n_treated=3, n_clusters=14, n_observations=56, checks=(check,)
    )
    tables = {"areas": TablePlan("areas", "data/SIMULATED_areas.csv", unit=unit, time="year")}
    return replace(
        whole, estimates=(few,), protocol=replace(PROTOCOL, tables=tables), exploratory=()
    )
