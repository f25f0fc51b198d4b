"""Three data sets of CausalQueries: published outputs within Monte Carlo error, or exact sums.

Sources of every number: `tests/golden/causal_queries`.
"""

import importlib
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln

from evalkit.synthesis.causal_model import (
    average_effect,
    believe,
    causal_model,
    learn,
    monotone,
    raises,
    restrict,
    seen,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "causal_queries"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text("utf-8"))
# The package's module is hidden behind the function of the same name.
LEARN = importlib.import_module("evalkit.synthesis.causal_model.learn")
CLUES = [
    {},
    *({"M": m} for m in (0, 1)),
    *({"P": p} for p in (0, 1)),
    *({"M": m, "P": p} for m, p in itertools.product((0, 1), repeat=2)),
]


def set_by(model, node, rule):
    """Return the model with the one type of a node that follows a rule of its parents, in order."""
    wanted = np.zeros((2,) * len(model.node(node).parents), dtype=bool)
    for values in np.ndindex(wanted.shape):
        wanted[values] = bool(rule(*values))
    return restrict(model, node, lambda type_: bool((type_ == wanted).all()))


def lipids():
    """Z -> X -> Y; X <-> Y: what type Y is of is drawn apart for each of the four types of X.

    The type of X is (U1, U2), its values without and with Z; flat over four types is Beta(2, 2) for
    U1 and, apart for each value of U1, Beta(1, 1) for U2. Y follows one of Y0 to Y3.
    """
    model = causal_model(
        "U1 -> U2; Ua -> U2; Ub -> U2; Z -> X; U1 -> X; U2 -> X; X -> Y0; X -> Y1; X -> Y2; X -> Y3;"
        "Y0 -> S0; Y1 -> S0; U2 -> S0; Y2 -> S1; Y3 -> S1; U2 -> S1; S0 -> Y; S1 -> Y; U1 -> Y"
    )
    model = set_by(model, "U2", lambda u1, ua, ub: ub if u1 else ua)
    model = set_by(model, "X", lambda z, u1, u2: u2 if z else u1)
    model = set_by(model, "S0", lambda y0, y1, u2: y1 if u2 else y0)
    model = set_by(model, "S1", lambda y2, y3, u2: y3 if u2 else y2)
    model = set_by(model, "Y", lambda s0, s1, u1: s1 if u1 else s0)
    return believe(model, "U1", [2, 2])


def democracy(*, confounded=True):
    """I -> M -> D <- P; I -> D; I <-> M, monotone: the types of M are drawn apart for each I."""
    if confounded:
        model = causal_model(
            "J -> I; I -> M0; I -> M1; M0 -> M; M1 -> M; J -> M; M -> D; I -> D; P -> D"
        )
        model = set_by(model, "I", lambda j: j)
        model = set_by(model, "M", lambda m0, m1, j: m1 if j else m0)
        model = monotone(monotone(model, "I", "M0"), "I", "M1")
    else:
        model = monotone(causal_model("I -> M -> D; I -> D; P -> D"), "I", "M")
    return monotone(monotone(monotone(model, "M", "D"), "I", "D", falls=True), "P", "D")


def cases(name):
    table = pd.read_csv(GOLDEN / f"{name}.csv")
    if name == "lipids":
        patterns = table["event"].str.extract(r"Z(?P<Z>\d)X(?P<X>\d)Y(?P<Y>\d)").astype(int)
        return patterns.loc[patterns.index.repeat(table["count"])]
    return table.drop(columns=["Case", "country"], errors="ignore")


def effect(learnt, given=None):
    """Draws of the average effect of X on Y among some."""
    on, off = (learnt.world.values({"X": one})["Y"] for one in (True, False))
    return learnt.share_of(on & ~off, given) - learnt.share_of(off & ~on, given)


def exact_types(cause, outcome):
    """Posterior means of the types 00, 10, 01, 11 of a node with one parent, by a whole sum.

    Every way to allot the cases of the four cells to the two types each could be of, weighted by its
    Dirichlet-multinomial probability under a flat prior.
    """
    cells = [int(((cause == x) & (outcome == y)).sum()) for x in (0, 1) for y in (0, 1)]
    a, b, c, d = np.ogrid[tuple(slice(0, n + 1) for n in cells)]
    n00, n01, n10, n11 = cells
    members = [a + c, b + (n10 - c), (n00 - a) + d, (n01 - b) + (n11 - d)]
    log = sum(
        gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        for n, k in zip(cells, (a, b, c, d), strict=True)
    ) + sum(gammaln(1 + count) for count in members)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    return [float((weight * (1 + count)).sum()) / (sum(cells) + 4) for count in members]


@pytest.fixture
def shorter(monkeypatch):
    """Fewer draws than a user gets: enough for two digits, in a tenth of the time."""
    monkeypatch.setattr(LEARN, "CHAINS", 2)
    monkeypatch.setattr(LEARN, "TUNE", 300)
    monkeypatch.setattr(LEARN, "DRAWS", 500)


def test_the_data_are_those_published():
    assert len(cases("lipids")) == 337
    assert cases("democracy").shape == (84, 4)
    assert cases("institutions").shape == (79, 4)
    blank = cases("democracy").isna().groupby(cases("democracy")["D"]).mean()
    assert blank[["P", "M"]].to_numpy().tolist() == [[1, 1], [0, 0]]


def test_helping_nodes_leave_the_priors_of_the_published_models():
    """Before any case, flat over the types of each node: no effect on average, either way round."""
    model = lipids()
    assert average_effect(model, "X", "Y") == average_effect(model, "Z", "Y") == 0
    assert average_effect(model, "Z", "X") == 0
    told = democracy()
    assert [len(told.node(name).types) for name in ("M0", "M1", "D", "P")] == [3, 3, 20, 2]
    plain = democracy(confounded=False)
    for case in ({}, {"I": 0, "D": 1}, {"I": 1, "M": 1, "D": 0, "P": 1}):
        assert average_effect(told, "I", "D", case) == average_effect(plain, "I", "D", case)


@pytest.mark.slow
@pytest.mark.usefixtures("shorter")
def test_lipids():
    """Three queries: mean, spread and interval as printed, two of them conditional."""
    learnt = learn(lipids(), cases("lipids"), seed=1)
    assert learnt.rhat < 1.05
    world = learnt.world
    given = {
        "average effect": None,
        "where X = 0 and Y = 0": seen(world, {"X": 0, "Y": 0}),
        "where Z raises X": raises(world, "Z", "X"),
    }
    for name, among in given.items():
        draws = effect(learnt, among)
        found = [draws.mean(), draws.std(), *np.quantile(draws, [0.025, 0.975])]
        mean, sd, low, high = EXPECTED["lipids"][name]
        assert found[0] == pytest.approx(mean, abs=0.02), name
        assert found[1] == pytest.approx(sd, abs=0.015), name
        assert found[2:] == pytest.approx([low, high], abs=0.04), name


@pytest.mark.slow
@pytest.mark.usefixtures("shorter")
def test_democracy():
    """Twenty-seven case-level answers of three printed tables, most clues not looked at."""
    learnt = learn(democracy(), cases("democracy"), seed=1)
    assert learnt.rhat < 1.05
    world = learnt.world
    on, off = (world.values({"I": one})["D"] for one in (True, False))
    asked = {
        "low inequality caused democracy (I=0, D=1), table 10.3": (off & ~on, {"I": 0, "D": 1}),
        "high inequality caused democracy (I=1, D=1), table 10.4": (on & ~off, {"I": 1, "D": 1}),
        "high inequality prevented democracy (I=1, D=0), table 10.6": (off & ~on, {"I": 1, "D": 0}),
    }
    for name, (event, case) in asked.items():
        found = []
        for clues in CLUES:
            among = seen(world, {**case, **clues})
            # A case is one of all such cases: draws count by how often they give such a case.
            found.append(learnt.share_of(event & among).mean() / learnt.share_of(among).mean())
        expected = EXPECTED["democracy"][name]
        assert found == pytest.approx(expected, abs=0.03), name
        nil = [at for at, value in enumerate(expected) if value == 0]
        assert [found[at] for at in nil] == [0] * len(nil)


@pytest.mark.slow
@pytest.mark.usefixtures("shorter")
def test_institutions():
    """M -> R -> Y, complete cases: shares of types and effects as an exact sum over allotments."""
    data = cases("institutions")[["M", "R", "Y"]]
    learnt = learn(causal_model("M -> R -> Y"), data, seed=1)
    exact = {
        "R": exact_types(data["M"].to_numpy(), data["R"].to_numpy()),
        "Y": exact_types(data["R"].to_numpy(), data["Y"].to_numpy()),
    }
    for node, means in exact.items():
        assert learnt.shares[node].mean(axis=(0, 1)) == pytest.approx(means, abs=0.02), node
    first, second = (means[2] - means[1] for means in exact.values())
    assert learnt.effect("M", "R").mean() == pytest.approx(first, abs=0.02)
    assert learnt.effect("R", "Y").mean() == pytest.approx(second, abs=0.02)
    # The two steps rest on other shares, so their means multiply.
    assert learnt.effect("M", "Y").mean() == pytest.approx(first * second, abs=0.02)
    assert first < 0 < second


def test_the_exact_sum_is_a_count_by_hand():
    """Two cases, four types: sixteen allotments at most, summed in plain Python."""
    cause, outcome = np.array([0, 1]), np.array([0, 1])
    weights = dict.fromkeys(range(4), 0.0)
    total = 0.0
    for one, other in itertools.product((0, 2), (2, 3)):  # 00 or 01; 01 or 11
        counts = [1 + (one == k) + (other == k) for k in range(4)]
        chance = float(np.prod([1 if n < 3 else 2 for n in counts]))
        total += chance
        for k in range(4):
            weights[k] += chance * counts[k] / 6
    assert exact_types(cause, outcome) == pytest.approx([w / total for w in weights.values()])
