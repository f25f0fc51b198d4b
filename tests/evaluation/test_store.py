from __future__ import annotations

import json

import pytest

from evalkit.errors import ResultsError
from evalkit.evaluation import SCHEMA, Evaluation, from_json, load, save, to_json
from evalkit.files.write import pretty_json
from evalkit.report import render_html

CONTRACT = (
    *("schema", "evaluation", "theory", "protocol", "estimates", "agreement", "findings", "tests"),
    *("configurations", "contributions", "why", "departures", "provenance"),
)
ESTIMATE = (
    *("id", "design", "estimator", "estimand", "outcome", "value", "std_error", "interval"),
    *("p_value", "n_units", "n_observations", "n_clusters", "n_treated", "standardised", "table"),
    *("checks", "assumptions", "seed", "notes"),
)


def test_the_file_begins_with_the_keys_of_the_contract_in_their_order(ran):
    values = to_json(ran)
    assert tuple(values)[: len(CONTRACT)] == CONTRACT
    assert values["schema"] == SCHEMA == "evalkit-results/1"
    assert "lock" in values["protocol"]
    assert set(values["provenance"]) >= {"versions", "seeds", "inputs"}


def test_every_estimate_and_verdict_has_the_keys_of_the_contract(ran):
    values = to_json(ran)
    for one in values["estimates"]:
        assert set(one) >= set(ESTIMATE)
        assert set(one["interval"]) >= {"low", "high", "level", "kind"}
    for one in values["contributions"]:
        assert ("link" in one) != ("pathway" in one)
        assert set(one) >= {"verdict", "because", "would_change_if"}
    assert list(values["why"]) == ["theory", "delivery", "evaluation", "context"]


def test_the_record_comes_back_from_its_file_to_the_last_byte(ran, tmp_path):
    path = save(ran, tmp_path)
    again = load(path)
    assert pretty_json(to_json(again)) == path.read_text(encoding="utf-8")


def test_the_report_is_the_same_from_the_file_as_from_the_run(ran, tmp_path):
    assert render_html(load(save(ran, tmp_path))) == render_html(ran)


def test_a_record_that_was_not_run_can_be_kept_too(folder):
    values = to_json(Evaluation.read(folder))
    assert to_json(from_json(json.loads(json.dumps(values)))) == values


def _constants(name):
    raise AssertionError(name)


def test_no_number_in_the_file_is_without_end_or_none_at_all(ran, tmp_path):
    text = save(ran, tmp_path).read_text(encoding="utf-8")
    json.loads(text, parse_constant=_constants)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "7",
        "\x00\x01",
        '{"schema": "evalkit-results/2"}',
        '{"schema": "evalkit-results/1"}',
        "[" * 99_999,
    ],
)
def test_a_file_that_is_no_record_is_refused(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ResultsError):
        load(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("why", []),
        ("estimates", {}),
        ("estimates", [{}]),
        ("contributions", [{"verdict": "proved"}]),
        ("evaluation", None),
        ("theory", 3),
        ("tables", [[1, 2]]),
    ],
)
def test_a_record_that_was_tampered_with_is_refused(ran, tmp_path, key, value):
    path = tmp_path / "results.json"
    path.write_text(json.dumps({**to_json(ran), key: value}), encoding="utf-8")
    with pytest.raises(ResultsError):
        load(path)


def test_a_frame_whose_rows_do_not_fit_its_columns_is_refused(ran, tmp_path):
    values = to_json(ran)
    values["estimates"][0]["table"] = {"t": {"columns": ["a"], "rows": [[1, 2]]}}
    path = tmp_path / "results.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ResultsError):
        load(path)


def test_a_file_that_is_not_there_or_far_too_large_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="There is no file"):
        load(tmp_path / "results.json")
    with (tmp_path / "results.json").open("wb") as stream:
        stream.truncate(300_000_000)
    with pytest.raises(ResultsError, match="too large"):
        load(tmp_path / "results.json")
