"""Writers that are killed with ``kill -9``: what was acknowledged is there, once and unaltered."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "store_kill.py"


@pytest.fixture(scope="module")
def kill():
    spec = importlib.util.spec_from_file_location("store_kill", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_altered_or_doubled(kill, tmp_path):
    found = kill.run(tmp_path, writes=5_000, kills=25, writers=8)
    assert found["acknowledged"] >= 5_000
    assert found["kills"] == 25
    wrong = ("lost", "altered", "doubled", "wrong in the store")
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert found["written, not acknowledged"] <= 25 + 8


def test_the_judge_of_the_benchmark_finds_what_is_lost_altered_and_doubled(kill, tmp_path):
    from evalkit.coding.store import edit_note, open_store

    path, notes = tmp_path / "coding.db", tmp_path / "w0.notes"
    kill.make(path)
    with open_store(path) as store:
        lines, latest = [], None
        for number in range(6):
            plan = kill.planned("w0", number, latest)
            latest = kill.done(store, "w0", plan)
            told = {"number": number, "done": latest.key, "revision": latest.revision}
            lines += [{"number": number, **plan}, told]
    write = "\n".join(kill.json.dumps(it) for it in lines) + "\n"
    notes.write_text(write)
    found = kill.judged(path, {"w0": notes})
    assert (found["acknowledged"], found["lost"], found["altered"], found["doubled"]) == (
        6,
        0,
        0,
        0,
    )
    lost = {"number": 9, "done": 99, "revision": 1}
    notes.write_text(write + '{"number": 9, "verb": "add"}\n' + kill.json.dumps(lost) + "\n")
    assert kill.judged(path, {"w0": notes})["lost"] == 2
    notes.write_text(write)
    with open_store(path) as store:
        edit_note(store, latest.key, lines[0]["note"], revision=latest.revision, by="w0")
    found = kill.judged(path, {"w0": notes})
    assert (found["altered"], found["doubled"]) == (1, 1)
