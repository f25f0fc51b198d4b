import numpy as np
import pandas as pd

from evalkit.impact.weighting.terms import build_terms, columns_of

FRAME = pd.DataFrame(
    {"age": [20, 30, 40], "sex": ["m", "w", "w"], "code": [1, 2, 3], "a:b": [1, 2, 4]}
)


def test_terms_name_the_columns_they_need():
    known = list(FRAME.columns)
    assert columns_of(["age^2", "age:sex", "C(code)", "a:b"], known) == (
        "age",
        "sex",
        "code",
        "a:b",
    )


def test_squares_products_and_categories_are_built():
    terms, faults = build_terms(FRAME, ["age^2", "age:sex", "C(code)", "a:b"])
    assert faults == []
    table = dict(zip(terms.names, terms.shown.T, strict=True))
    assert table["age^2"].tolist() == [400, 900, 1600]
    assert table["age:sex=w"].tolist() == [0, 30, 40]
    assert table["code=2"].tolist() == [0, 1, 0]
    assert table["a:b"].tolist() == [1, 2, 4]


def test_the_first_level_is_shown_but_not_modelled():
    terms, _ = build_terms(FRAME, ["sex"])
    assert terms.names == ("sex=m", "sex=w")
    assert terms.modelled.tolist() == [False, True]


def test_text_with_too_many_values_is_refused():
    frame = pd.DataFrame({"name": [f"n{i}" for i in range(60)]})
    terms, faults = build_terms(frame, ["name"])
    assert terms is None
    assert "60 different values" in faults[0][0]


def test_numbers_written_as_text_are_numbers():
    terms, faults = build_terms(pd.DataFrame({"age": ["20", "30"]}), ["age"])
    assert faults == []
    np.testing.assert_array_equal(terms.shown[:, 0], [20, 30])
