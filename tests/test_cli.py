"""The command line: what it prints, how it leaves, and that it starts at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import evalkit.evaluation
import evalkit.report
from evalkit import cli
from evalkit.cli import app
from evalkit.errors import DataError, Fault, ProjectError, ResultsError

FAULT = Fault("protocol.yaml", 12, "The design `did` is unknown.", "Did you mean `x`?")
ADVICE = Fault("theory.yaml", 3, "No rival.", "Name one.", "advice", "complete")
MORE = Fault("theory.yaml", 9, "A long box.", "Shorten it.", "advice", "understandable")


@pytest.fixture
def evalkit_(monkeypatch):
    """Run the command; give the check, the run and the report by keyword instead of the real ones."""

    def run(*arguments, check=None, running=None, loading=None):
        if check is not None:
            monkeypatch.setattr(evalkit.evaluation, "check_project", check, raising=False)
        if running is not None:
            monkeypatch.setattr(evalkit.evaluation, "Evaluation", running, raising=False)
            monkeypatch.setattr(evalkit.evaluation, "save", _save, raising=False)
            monkeypatch.setattr(evalkit.report, "write_report", _write_report, raising=False)
        if loading is not None:
            monkeypatch.setattr(evalkit.evaluation, "load", loading, raising=False)
            monkeypatch.setattr(evalkit.report, "write_report", _write_report, raising=False)
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


def _save(evaluation, out):
    out.mkdir(parents=True, exist_ok=True)
    path = out / "results.json"
    path.write_text(json.dumps(evaluation), encoding="utf-8")
    return path


def _write_report(_evaluation, out, formats=("html",)):
    return [out / f"report.{name}" for name in formats]


class Running:
    """Stands for `Evaluation`: says what it was asked for."""

    def __init__(self, folder):
        self.folder = folder

    @classmethod
    def read(cls, folder):
        return cls(folder)

    def run(self, *, progress, **options):
        progress("Analysis main")
        return {"folder": self.folder.name, **options}


def failing(error):
    class Failing(Running):
        def run(self, **_options):
            raise error

    return Failing


# -- new -------------------------------------------------------------------------------------------


def test_new_makes_a_project_from_the_first_template(evalkit_, tmp_path):
    done = evalkit_("new", tmp_path / "mine")
    assert done.exit_code == 0
    assert (tmp_path / "mine" / "protocol.yaml").exists()
    assert f"evalkit check {tmp_path / 'mine'}" in done.stdout


def test_new_can_start_from_a_case_study(evalkit_, tmp_path):
    assert evalkit_("new", tmp_path / "mine", "--from", "ready_for_school").exit_code == 0
    text = (tmp_path / "mine" / "evaluation.yaml").read_text(encoding="utf-8")
    assert "Ready for School" in text


def test_new_lists_what_one_can_start_from(evalkit_):
    done = evalkit_("new", "--list")
    assert done.exit_code == 0
    assert "before_and_after_with_comparison  (template)" in done.stdout
    assert "talking_together  (case study)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["new"], "Name the folder to make"),
        (["new", "{}", "--from", "talking"], "no template or case study `talking`"),
        (["new", "."], "is not an empty folder"),
        (["check"], "Missing argument"),
        (["check", "{}"], "There is no folder"),
        (["run", "{}"], "There is no folder"),
        (["lock", "{}"], "There is no folder"),
        (["report", "{}", "--to", "docx"], "`docx` cannot be written by this version"),
        (["report", "{}", "--to", ","], "Nothing cannot be written"),
        (["report", "{}"], "Missing option"),
        (["chek"], "No such command"),
        (["run", ".", "--jobs", "-1"], "--jobs"),
    ],
)
def test_wrong_usage_leaves_with_two_and_says_what_is_right(evalkit_, tmp_path, arguments, says):
    done = evalkit_(*(argument.format(tmp_path / "none") for argument in arguments))
    assert done.exit_code == 2
    assert says in " ".join(done.output.split())
    assert list(tmp_path.iterdir()) == []


# -- check -----------------------------------------------------------------------------------------


def test_check_prints_every_fault_then_the_advice_by_heading(evalkit_, tmp_path):
    done = evalkit_("check", tmp_path, check=lambda _: [MORE, FAULT, ADVICE])
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "1 fault",
        "protocol.yaml:12: The design `did` is unknown.",
        "    Did you mean `x`?",
        "",
        "Advice: complete",
        "theory.yaml:3: No rival.",
        "    Name one.",
        "",
        "Advice: understandable",
        "theory.yaml:9: A long box.",
        "    Shorten it.",
    ]


def test_check_of_a_sound_project_leaves_with_nought(evalkit_, tmp_path):
    done = evalkit_("check", tmp_path, check=lambda _: [ADVICE])
    assert done.exit_code == 0
    assert done.stdout.endswith("No faults, 1 piece of advice.\n")
    assert evalkit_("check", tmp_path, check=lambda _: []).stdout == "\nNo faults.\n"


def test_check_gives_json_to_programs(evalkit_, tmp_path):
    done = evalkit_("check", tmp_path, "--json", check=lambda _: [FAULT])
    assert done.exit_code == 1
    assert json.loads(done.stdout) == [
        {
            "file": "protocol.yaml",
            "line": 12,
            "wrong": "The design `did` is unknown.",
            "do": "Did you mean `x`?",
            "level": "fault",
            "heading": "",
        }
    ]


def raising(error):
    def check(_folder):
        raise error

    return check


def test_check_prints_faults_that_come_as_errors(evalkit_, tmp_path):
    many = ProjectError([FAULT, MORE])
    assert (
        "1 fault\nprotocol.yaml:12: The design"
        in evalkit_("check", tmp_path, check=raising(many)).stdout
    )
    one = DataError("The table is empty.", do="Fill it.", file="data/x.csv")
    done = evalkit_("check", tmp_path, check=raising(one))
    assert (done.exit_code, "data/x.csv: The table is empty." in done.stdout) == (1, True)


def test_words_of_a_file_cannot_steer_the_terminal(evalkit_, tmp_path):
    nasty = Fault("a\x1b[2J.yaml", 1, "Bad \x1b]0;title\x07 words.", "Mend\r it.")
    done = evalkit_("check", tmp_path, check=lambda _: [nasty])
    assert all(mark.isprintable() or mark == "\n" for mark in done.stdout)


# -- lock ------------------------------------------------------------------------------------------


def test_lock_writes_the_lock_and_prints_the_fingerprint(evalkit_, tmp_path):
    evalkit_("new", tmp_path / "mine")
    done = evalkit_("lock", tmp_path / "mine", check=lambda _: [ADVICE])
    values = json.loads((tmp_path / "mine" / "protocol.lock").read_text(encoding="utf-8"))
    assert done.exit_code == 0
    assert values["sha256"] in done.stdout
    again = evalkit_("lock", tmp_path / "mine", check=lambda _: [])
    assert "Nothing has changed since" in again.stdout
    assert evalkit_("lock", tmp_path / "mine", "--quiet", check=lambda _: []).output == ""


def test_lock_after_a_change_names_the_lock_before(evalkit_, tmp_path):
    evalkit_("new", tmp_path / "mine")
    evalkit_("lock", tmp_path / "mine", check=lambda _: [])
    first = json.loads((tmp_path / "mine" / "protocol.lock").read_text(encoding="utf-8"))
    with (tmp_path / "mine" / "theory.yaml").open("a", encoding="utf-8") as stream:
        stream.write("# later thought\n")
    done = evalkit_("lock", tmp_path / "mine", check=lambda _: [])
    assert f"Follows the lock: {first['sha256']}" in done.stdout


def test_a_project_with_faults_is_not_locked(evalkit_, tmp_path):
    evalkit_("new", tmp_path / "mine")
    done = evalkit_("lock", tmp_path / "mine", check=lambda _: [FAULT])
    assert done.exit_code == 1
    assert "protocol.yaml:12: The design `did` is unknown." in done.stderr
    assert not (tmp_path / "mine" / "protocol.lock").exists()


# -- run and report --------------------------------------------------------------------------------


def test_run_says_where_the_report_lies_and_what_it_does_meanwhile(evalkit_, tmp_path):
    done = evalkit_("run", tmp_path, "--jobs", 2, "--seed", 7, running=Running)
    out = tmp_path / "out"
    assert done.exit_code == 0
    assert done.stdout == f"Results: {out / 'results.json'}\nReport:  {out / 'report.html'}\n"
    assert done.stderr.splitlines() == [
        "Reading the project",
        "Analysis main",
        "Writing the report",
    ]
    asked = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert asked == {"folder": tmp_path.name, "jobs": 2, "seed": 7}


def test_run_can_write_elsewhere_and_be_quiet(evalkit_, tmp_path):
    done = evalkit_("run", tmp_path, "--out", tmp_path / "x", "--quiet", running=Running)
    assert (done.exit_code, done.output) == (0, "")
    asked = json.loads((tmp_path / "x" / "results.json").read_text(encoding="utf-8"))
    assert "seed" not in asked
    assert asked["jobs"] >= 1


def test_run_gives_json_to_programs(evalkit_, tmp_path):
    done = evalkit_("run", tmp_path, "--json", running=Running)
    assert json.loads(done.stdout) == {
        "results": str(tmp_path / "out" / "results.json"),
        "reports": [str(tmp_path / "out" / "report.html")],
    }
    assert done.stderr == ""


def test_run_of_a_project_with_faults_prints_them_and_writes_nothing(evalkit_, tmp_path):
    done = evalkit_("run", tmp_path, running=failing(ProjectError([FAULT, ADVICE])))
    assert done.exit_code == 1
    assert "1 fault\nprotocol.yaml:12: The design `did` is unknown." in done.stderr
    assert "No rival" not in done.output
    assert list(tmp_path.iterdir()) == []
    done = evalkit_("run", tmp_path, "--json", running=failing(ProjectError([FAULT])))
    assert json.loads(done.stdout)[0]["line"] == 12


def test_an_interruption_leaves_with_130_one_line_and_no_file(evalkit_, tmp_path):
    done = evalkit_("run", tmp_path, "--quiet", running=failing(KeyboardInterrupt()))
    assert done.exit_code == 130
    assert done.output == "Stopped. Nothing was left half-written.\n"
    assert list(tmp_path.iterdir()) == []


def test_report_writes_again_beside_the_results_or_elsewhere(evalkit_, tmp_path):
    results = tmp_path / "results.json"
    done = evalkit_("report", results, "--to", "html", loading=lambda _: {})
    assert done.stdout.splitlines()[1] == f"Report:  {tmp_path / 'report.html'}"
    done = evalkit_(
        "report", results, "--to", "html", "--out", tmp_path / "x", loading=lambda _: {}
    )
    assert str(tmp_path / "x" / "report.html") in done.stdout


def test_report_of_what_are_no_results_is_a_fault(evalkit_, tmp_path):
    wrong = ResultsError("There is no file.", do="Make it.")
    done = evalkit_("report", tmp_path / "r.json", "--to", "html", loading=raising(wrong))
    assert (done.exit_code, "There is no file." in done.stderr) == (1, True)


# -- starting --------------------------------------------------------------------------------------


def python(*arguments, **more):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, **more
    )


def test_the_version_is_shown():
    done = python("-m", "evalkit", "--version")
    assert done.stdout == f"evalkit {evalkit.__version__}\n"


def test_help_comes_at_once_and_loads_nothing_heavy():
    code = (
        "import sys, evalkit.cli; sys.argv = ['evalkit', '--help']\n"
        "try: evalkit.cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pandas', 'numpy', 'statsmodels', 'pymc', 'nltk', 'matplotlib', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = python("-c", code)
    assert done.stdout.splitlines()[-1] == "[]"
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        python("-m", "evalkit", "--help")
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.5


def test_commands_that_are_not_built_are_not_shown():
    shown = python("-m", "evalkit", "--help", cwd=Path(__file__).parent).stdout
    assert not [name for name in ("advise", "diagnose", "studio") if name in shown]


class Strikes:
    """Presses Ctrl-C where Python forgets what is raised."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def test_a_ctrl_c_that_python_would_forget_strikes_a_moment_later():
    with cli._interrupts() as heed:
        heed()
        thing = Strikes()
        del thing
        with pytest.raises(KeyboardInterrupt):
            heed()
        with pytest.raises(KeyboardInterrupt):
            time.sleep(5)


def test_any_other_ctrl_c_strikes_at_once_and_handlers_are_left_as_they_were():
    before = signal.getsignal(signal.SIGINT)
    with cli._interrupts(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before
