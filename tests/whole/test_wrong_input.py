"""Wrong input is refused before anything is computed: where, what, and what to do about it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CSV = "data/SIMULATED_schools.csv"
TABLE = "  schools: {file: data/SIMULATED_schools.csv, unit: school, time: year, cluster: school}"
MAIN = """\
    design: difference_in_differences
    outcome: reading_score
    treated: programme                   # 1 for schools that ever get it, 0 for the others
    start: 2023                          # the first year with the programme
"""
PANEL = """\
    design: panel_fixed_effects
    outcome: reading_score
    treatment: programme
"""


def test_the_project_is_sound_before_it_is_spoiled(evalkit_, small):
    assert evalkit_("check", small.folder).code == 0


def test_faults_of_the_plan_and_the_theory_are_told_at_once_with_line_and_nearest_name(
    small, refused
):
    design = small.spoil(
        "protocol.yaml", "design: difference_in_differences", "design: diference_in_diferences"
    )
    option = small.line("protocol.yaml", "\n    start: 2023\n    role: support") + 1
    small.spoil(
        "protocol.yaml",
        "\n    start: 2023\n    role: support",
        "\n    strat: 2023\n    role: support",
    )
    link = small.spoil("theory.yaml", "- volunteers -> listening", "- volunteers -> listning")
    ended = refused()
    assert ended.says(
        f"protocol.yaml:{design}:", "`diference_in_diferences`", "`difference_in_differences`"
    )
    assert ended.says(f"protocol.yaml:{option}:", "`strat`", "`start`")
    assert ended.says(f"theory.yaml:{link}:", "`listning`", "`listening`")


def test_an_unknown_column_is_told_with_the_nearest_one(small, refused):
    line = small.spoil("protocol.yaml", "column: reading\n", "column: raeding\n")
    other = small.line("protocol.yaml", "treated: programme")
    small.spoil("protocol.yaml", "treated: programme", "treated: program")
    ended = refused()
    assert ended.says(f"protocol.yaml:{line}:", "`raeding`", "`reading`")
    assert ended.says(f"protocol.yaml:{other}:", "`program`", "`programme`")


def test_a_missing_file_is_told(small, refused):
    (small.folder / CSV).unlink()
    small.spoil("evaluation.yaml", "status: illustration", "status: draft")
    line = small.line("protocol.yaml", TABLE)
    assert refused().says(f"protocol.yaml:{line}:", "SIMULATED_schools.csv")


def test_a_file_outside_the_folder_is_refused(small, refused):
    (small.folder.parent / "secret.csv").write_text("school,year\n", encoding="utf-8")
    line = small.spoil("protocol.yaml", "data/SIMULATED_schools.csv", "../secret.csv")
    assert refused().says(f"protocol.yaml:{line}:", "../secret.csv", "outside the project folder")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"school,year,programme,reading,attendance\n", "row"),
        (bytes(range(256)) * 40, "text"),
    ],
    ids=["empty", "header only", "binary"],
)
def test_a_csv_with_nothing_to_read_in_it_is_refused(small, refused, content, words):
    (small.folder / CSV).write_bytes(content)
    line = small.line("protocol.yaml", TABLE)
    assert refused().says(f"protocol.yaml:{line}:", words)


def test_a_csv_of_200_megabytes_without_content_is_refused(small, refused):
    with (small.folder / CSV).open("wb") as stream:
        stream.truncate(200_000_000)
    assert refused().says(f"protocol.yaml:{small.line('protocol.yaml', TABLE)}:", "200 MB")


def _rows(small, change):
    path = small.folder / CSV
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    cells = [change(row.split(",")) for row in rows]
    path.write_text("\n".join([header, *(",".join(row) for row in cells)]) + "\n", encoding="utf-8")


def test_a_unit_twice_in_a_period_is_refused(small, refused):
    _rows(
        small,
        lambda row: [
            row[0],
            "2022" if row[0] == "school-03" and row[1] == "2021" else row[1],
            *row[2:],
        ],
    )
    line = small.line("protocol.yaml", "main:  ")
    assert refused().says(f"protocol.yaml:{line}:", "`school`", "`year`", "more than one row")


def test_a_treatment_that_switches_off_is_refused(small, refused):
    small.spoil("protocol.yaml", MAIN, PANEL)
    _rows(
        small,
        lambda row: [
            *row[:2],
            "1" if row[0] == "school-01" and row[1] == "2022" else "0",
            *row[3:],
        ],
    )
    line = small.line("protocol.yaml", "main:  ")
    assert refused().says(f"protocol.yaml:{line}:", "`programme` switches off")


def test_no_untreated_unit_and_an_outcome_that_never_changes_are_refused(small, refused):
    _rows(small, lambda row: [*row[:2], "1", row[3], "95"])
    ended = refused()
    assert ended.says(f"protocol.yaml:{small.line('protocol.yaml', 'main:  ')}:", "untreated")
    assert ended.says(f"protocol.yaml:{small.line('protocol.yaml', '  harm:')}:", "attendance")


def test_yaml_traps_tabs_and_double_keys_are_told_with_their_line(small, refused):
    tab = small.spoil("evaluation.yaml", "  why: Children", "\twhy: Children")
    double = small.spoil("protocol.yaml", "  attendance_rate:", "  reading_score:")
    no = small.spoil("codebook.yaml", "words: Saw no change in reading", "words: no")
    ended = refused()
    assert ended.says(f"evaluation.yaml:{tab}:", "tab")
    assert ended.says(f"protocol.yaml:{double}:", "`reading_score`", "twice")
    assert f"codebook.yaml:{no}:" not in ended.printed  # `no` is a word here, and stays one


def test_a_no_where_a_list_of_words_is_wanted_is_told_with_its_line(small, refused):
    line = small.spoil("protocol.yaml", "higher_is: better", "higher_is: no")
    assert refused().says(f"protocol.yaml:{line}:", "`no`")


def test_results_that_are_no_results_are_refused(evalkit_, tmp_path):
    path = tmp_path / "results.json"
    for content in (
        "",
        "[]",
        '{"schema": "evalkit-results/1"}',
        '{"schema": "other"}',
        "{" * 99_999,
    ):
        path.write_text(content, encoding="utf-8")
        ended = evalkit_("report", path, "--to", "html")
        assert ended.code == 1, (content[:40], ended.printed)
        assert "Traceback" not in ended.printed
    assert [one.name for one in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_a_run_in_one_line_and_leaves_nothing_half_written(case, tmp_path, jobs):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "evalkit", "run", str(case), "--out", str(out)]
    with subprocess.Popen(
        [*command, "--jobs", str(jobs)], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        for line in running.stderr:
            if line.startswith("Estimating"):
                break
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(2)
        os.killpg(running.pid, signal.SIGINT)
        told = running.stderr.read()
        assert running.wait(60) == 130, told
    assert told.splitlines() == ["Stopped. Nothing was left half-written."]
    assert not out.exists() or not list(out.iterdir())


def test_a_handled_ctrl_c_inside_an_import_still_ends_with_its_exit_code(tmp_path):
    """Libraries build code from text on import; a Ctrl-C there must not end the process by signal."""
    (tmp_path / "sitecustomize.py").write_text(
        "import evalkit.cli\n"
        "def main():\n"
        "    try:\n"
        "        exec('raise KeyboardInterrupt')\n"
        "    except KeyboardInterrupt:\n"
        "        raise SystemExit(130) from None\n"
        "evalkit.cli.main = main\n",
        encoding="utf-8",
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "evalkit"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"},
        check=False,
    )
    assert done.returncode == 130
