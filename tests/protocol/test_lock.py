"""Freezing a plan."""

from __future__ import annotations

import json
import random
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import Fault, ProjectError
from evalkit.protocol.departures import departures
from evalkit.protocol.lock import lock_project, read_lock, snapshot

LOCKED = ("theory.yaml", "protocol.yaml", "codebook.yaml", "data/pupils.csv")


def test_a_project_that_was_never_locked_has_no_lock(project):
    assert read_lock(project) is None


def test_a_lock_is_read_back_as_it_was_made(project):
    lock = lock_project(project, on="2026-05-04")
    assert read_lock(project) == lock
    assert lock.on == "2026-05-04"
    assert lock.previous == ""
    assert lock.snapshot == snapshot(project)
    assert tuple(lock.snapshot.files) == ("theory.yaml", "protocol.yaml", "codebook.yaml")
    assert lock.snapshot.analyses == ("main",)
    assert list(lock.snapshot.data) == ["data/pupils.csv"]


def test_the_same_plan_gives_the_same_bytes_and_fingerprint(project, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(project, other)
    first, second = (lock_project(it, on="2026-05-04") for it in (project, other))
    assert first.sha256 == second.sha256
    assert (project / "protocol.lock").read_bytes() == (other / "protocol.lock").read_bytes()


def test_the_day_of_locking_is_part_of_the_fingerprint(project, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(project, other)
    first = lock_project(project, on="2026-05-04")
    assert first.sha256 != lock_project(other, on="2026-05-05").sha256


def test_a_plan_with_faults_is_not_locked(project):
    fault = Fault("protocol.yaml", 3, "Wrong.", "Mend it.")
    with pytest.raises(ProjectError, match=r"protocol.yaml:3: Wrong. Mend it."):
        lock_project(project, on="2026-05-04", faults=[fault])
    assert not (project / "protocol.lock").exists()


def test_advice_does_not_keep_a_plan_from_being_locked(project):
    advice = Fault("protocol.yaml", 3, "Hm.", "Think.", "advice")
    assert lock_project(project, on="2026-05-04", faults=[advice])


def test_locking_again_without_a_change_keeps_the_lock(project):
    first = lock_project(project, on="2026-05-04")
    before = (project / "protocol.lock").read_bytes()
    assert lock_project(project, on="2027-01-01") == first
    assert (project / "protocol.lock").read_bytes() == before


def test_locking_again_after_a_change_names_the_lock_before(project, spoil):
    first = lock_project(project, on="2026-05-04")
    spoil("start: 2020", "start: 2021")
    second = lock_project(project, on="2026-06-01")
    assert second.previous == first.sha256
    assert second.sha256 != first.sha256


def test_a_project_without_a_codebook_can_be_locked(project):
    (project / "codebook.yaml").unlink()
    assert "codebook.yaml" not in lock_project(project, on="2026-05-04").snapshot.files


def test_a_project_without_a_theory_cannot(project):
    (project / "theory.yaml").unlink()
    with pytest.raises(ProjectError, match=r"There is no file `theory.yaml`"):
        lock_project(project, on="2026-05-04")


def test_data_that_are_not_there_yet_are_listed_without_a_fingerprint(project):
    (project / "data/pupils.csv").unlink()
    assert lock_project(project, on="2026-05-04").snapshot.data == {"data/pupils.csv": ""}


def test_a_file_outside_the_folder_is_never_read(project, spoil):
    spoil("file: data/pupils.csv", "file: ../../secret.csv")
    assert snapshot(project).data == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The lock is not JSON."),
        ("{", "The lock is not JSON."),
        ("[]", "The lock does not have the parts of a lock."),
        ('{"sha256": "x"}', "The lock does not fit its own fingerprint: it was changed by hand."),
    ],
)
def test_what_is_no_lock_is_refused(project, text, says):
    (project / "protocol.lock").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        read_lock(project)
    assert says in str(caught.value)


def test_a_lock_changed_by_hand_is_refused_and_not_replaced(project, spoil):
    lock_project(project, on="2026-05-04")
    path = project / "protocol.lock"
    values = json.loads(path.read_text(encoding="utf-8"))
    values["on"] = "2020-01-01"
    path.write_text(json.dumps(values), encoding="utf-8")
    spoil("start: 2020", "start: 2021")
    with pytest.raises(ProjectError, match="changed by hand"):
        lock_project(project, on="2026-06-01")


def seen(project, lock) -> bool:
    """Whether a change is noticed: as a departure, or because a file can no longer be read."""
    try:
        return bool(departures(lock, snapshot(project)))
    except ProjectError:
        return True


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(file=st.sampled_from(LOCKED), where=st.floats(0, 0.9999), byte=st.integers(0, 255))
def test_a_change_of_one_byte_anywhere_is_seen(project, file, where, byte):
    lock = read_lock(project) or lock_project(project, on="2026-05-04")
    path = project / file
    before = path.read_bytes()
    at = int(where * len(before))
    after = before[:at] + bytes([byte]) + before[at + 1 :]
    path.write_bytes(after)
    try:
        assert seen(project, lock) == (before != after)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("file", LOCKED)
def test_a_byte_put_in_or_taken_out_is_seen(project, file):
    lock = lock_project(project, on="2026-05-04")
    path, chance = project / file, random.Random(7)
    before = path.read_bytes()
    for _ in range(25):
        at = chance.randrange(len(before))
        for after in (before[:at] + before[at + 1 :], before[:at] + b" " + before[at:]):
            path.write_bytes(after)
            assert seen(project, lock)
    path.write_bytes(before)
    assert not seen(project, lock)
