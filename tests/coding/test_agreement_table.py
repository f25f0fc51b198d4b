"""Agreement in every cut, against the same coefficients of plain ratings."""

from itertools import combinations

import numpy as np
import pytest

from evalkit.coding.agreement import agreement, cohen_kappa, gwet_ac1, krippendorff_alpha, scott_pi
from evalkit.coding.agreement_table import FOR_TWO, REFLEXIVE, Comparison, agreement_table
from evalkit.coding.compared import compare
from evalkit.coding.estimated import Resampling
from evalkit.coding.model import ONE_CODER, Code, Codebook, Coding, Segment, Source, Turn
from evalkit.errors import CodingError

TEXT = "We read at home. He likes it. The visits helped. Nothing changed. It rained."
SOURCES = tuple(
    Source(f"s{at}", TEXT, turns=(Turn(0, 29, "A"), Turn(30, len(TEXT), "B"))) for at in range(12)
)
CODEBOOK = Codebook(tuple(Code(id, id) for id in ("home", "visits", "nil")))
CODERS = ("ann", "ben", "cy")
QUICK = Resampling(draws=200)


def made(seed=1):
    """Codings of whole sentences by three coders, who differ now and then; cy had half."""
    generator = np.random.default_rng(seed)
    sentences = TEXT.split(". ")
    codings = []
    for number, source in enumerate(SOURCES):
        for sentence in sentences:
            truth = generator.choice(["home", "visits", "nil", ""], p=[0.3, 0.2, 0.2, 0.3])
            for coder in CODERS:
                said = truth if generator.random() < 0.8 else generator.choice(["home", "visits"])
                if said and not (coder == "cy" and number % 2):
                    start = TEXT.index(sentence)
                    segment = Segment(source.id, start, start + len(sentence), sentence)
                    codings.append(Coding(segment, str(said), coder))
    return codings


CODINGS = made()


def cell(table, coefficient, coders, code=""):
    (row,) = table[
        (table.coefficient == coefficient) & (table.coders == coders) & (table.code == code)
    ].to_dict("records")
    return row


def test_everyone_over_all_codes_and_by_code_is_what_agreement_gives():
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, resampling=QUICK)
    for one in agreement(CODINGS, SOURCES, CODEBOOK, draws=200):
        row = cell(table, "Krippendorff's alpha", "ann, ben, cy", one.code)
        assert (row["value"], row["low"], row["high"]) == (one.value, one.low, one.high)
        assert (row["n_units"], row["n_pairable"]) == (one.n_units, one.n_pairable)


def test_pairs_have_the_coefficients_of_their_plain_ratings():
    names = ("krippendorff_alpha", "gwet_ac1", "cohen_kappa", "scott_pi")
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, coefficients=names, resampling=QUICK)
    compared = compare(CODINGS, SOURCES, CODEBOOK)
    for one, other in combinations(range(3), 2):
        a, b = compared.ratings("home")[[one, other]]
        who = f"{CODERS[one]}, {CODERS[other]}"
        expected = {
            "Krippendorff's alpha": krippendorff_alpha([a, b], draws=0),
            "Gwet's AC1": gwet_ac1([a, b], draws=0),
            "Cohen's kappa": cohen_kappa(a, b, draws=0),
            "Scott's pi": scott_pi(a, b, draws=0),
        }
        for name, plain in expected.items():
            row = cell(table, name, who, "home")
            assert row["value"] == pytest.approx(plain.value), (name, who)
            assert row["low"] < row["value"] < row["high"]


def test_intervals_are_those_of_resampled_sources():
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, resampling=Resampling(2000))
    compared = compare(CODINGS, SOURCES, CODEBOOK)
    plain = krippendorff_alpha(compared.ratings("nil"), groups=compared.groups.tolist(), draws=2000)
    row = cell(table, "Krippendorff's alpha", "ann, ben, cy", "nil")
    assert (row["low"], row["high"]) == pytest.approx((plain.low, plain.high), abs=1e-12)


def test_a_coders_value_is_the_mean_of_theirs_with_each_other():
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, resampling=QUICK)
    for name in ("Krippendorff's alpha", "Percent agreement"):
        pairs = [cell(table, name, who, "home")["value"] for who in ("ann, ben", "ben, cy")]
        assert cell(table, name, "ben", "home")["value"] == pytest.approx(np.mean(pairs))


def test_kappa_of_three_coders_at_once_has_a_reason():
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, coefficients=["cohen_kappa"], by=())
    assert (table.reason[0], np.isnan(table.value[0])) == (FOR_TWO, True)


def test_only_material_that_both_were_given_counts():
    given = {"ann": ["s0", "s1"], "ben": ["s1", "s2"], "cy": ["s5"]}
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, Comparison(given=given), by=["pair"])
    assert cell(table, "Gwet's AC1", "ann, ben")["n_pairable"] == 2 * 5
    assert "nothing was rated by two" in cell(table, "Gwet's AC1", "ann, cy")["reason"]


def test_a_source_that_somebody_read_and_left_blank_counts_when_it_was_given():
    ann = [it for it in CODINGS if it.coder == "ann"]
    given = {"ann": ["s0"], "ben": ["s0"]}
    table = agreement_table(ann, SOURCES, CODEBOOK, Comparison(given=given), by=())
    assert table.value[0] < 0.1


@pytest.mark.parametrize(
    ("unit", "units"), [("turn", 2), ("token", 19), ("character", len(TEXT)), ("paragraph", 1)]
)
def test_the_unit_is_chosen_and_printed(unit, units):
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, Comparison(unit=unit), by=["code"])
    assert set(table.unit) == {unit}
    assert cell(table, "Gwet's AC1", "ann, ben, cy")["n_units"] == 12 * units


def test_characters_weigh_as_if_each_were_a_unit():
    segment = Segment("s0", 0, 30, TEXT[:30])
    other = Segment("s0", 10, 50, TEXT[10:50])
    codings = [Coding(segment, "home", "ann"), Coding(other, "home", "ben")]
    table = agreement_table(codings, SOURCES, CODEBOOK, Comparison(unit="character"), by=["code"])
    at = np.arange(len(TEXT))
    plain = krippendorff_alpha([(at < 30) * 1, ((at >= 10) & (at < 50)) * 1], draws=0)
    row = cell(table, "Krippendorff's alpha", "ann, ben", "home")
    assert row["value"] == pytest.approx(plain.value, abs=1e-12)
    assert (row["n_units"], row["n_pairable"]) == (plain.n_units, plain.n_pairable)


def test_given_units_are_compared():
    spans = [Segment("s0", 0, 16, TEXT[:16]), Segment("s1", 0, 16, TEXT[:16])]
    comparison = Comparison(unit="given", spans=spans)
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, comparison, by=())
    assert (table.unit[0], table.n_units[0]) == ("given unit", 2)


def test_the_order_of_codings_and_sources_changes_nothing_of_the_values():
    one = agreement_table(CODINGS, SOURCES, CODEBOOK, resampling=QUICK)
    other = agreement_table(CODINGS[::-1], SOURCES, CODEBOOK, resampling=QUICK)
    assert one.equals(other)


def test_a_reflexive_project_gets_no_coefficient_and_the_reason():
    table = agreement_table(CODINGS, SOURCES, CODEBOOK, Comparison(reflexive=True))
    assert table.reason.tolist() == [REFLEXIVE]
    assert table.coefficient.tolist() == [""]
    assert np.isnan(table.value[0])


def test_one_coder_has_a_reason_and_no_value():
    alone = [it for it in CODINGS if it.coder == "ann"]
    table = agreement_table(alone, SOURCES, CODEBOOK)
    assert table.reason.tolist() == [ONE_CODER]


def test_rounds_are_not_mixed():
    later = Coding(CODINGS[0].segment, "nil", "ann", round="consensus")
    with pytest.raises(CodingError, match="several rounds \\(``, `consensus`\\)"):
        agreement_table([*CODINGS, later], SOURCES, CODEBOOK)
    chosen = agreement_table([*CODINGS, later], SOURCES, CODEBOOK, Comparison(round=""), by=())
    assert chosen.equals(agreement_table(CODINGS, SOURCES, CODEBOOK, by=()))
    with pytest.raises(CodingError, match="of round `second`"):
        agreement_table(CODINGS, SOURCES, CODEBOOK, Comparison(round="second"))


def test_codings_made_by_a_rule_are_nobodys_judgement():
    rule = Coding(CODINGS[0].segment, "nil", "rule", origin="rule")
    assert agreement([*CODINGS, rule], SOURCES, CODEBOOK) == agreement(CODINGS, SOURCES, CODEBOOK)


def test_an_unknown_coefficient_is_refused():
    with pytest.raises(CodingError, match="Did you mean `gwet_ac1`"):
        agreement_table(CODINGS, SOURCES, CODEBOOK, coefficients=["gwet_ac"])
