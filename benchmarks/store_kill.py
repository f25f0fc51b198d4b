"""Writers of the coding store that are killed with ``kill -9``: nothing acknowledged may be lost.

Processes code the same store at once: they add codings, change notes and recode. Before each write
a process notes in a file of its own what it is about to do, and after it that it was acknowledged.
Another process kills writers at random moments of their work and starts each again. At the end the
store is compared with the notes: an acknowledged write must be there once and unaltered; the one
write that a kill interrupted may be there or not, whole in both cases.

Run: python benchmarks/store_kill.py [writes] [kills] [writers]     (50000 200 8)
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from evalkit.coding.model import Code, Coding, Segment, Source
from evalkit.coding.store import (
    Store,
    add_code,
    add_coding,
    add_source,
    check,
    edit_note,
    events,
    every,
    open_store,
    recode,
)

TEXT = "We had home visits every week, and they read aloud to the children. " * 40
CODES = ("visits", "reading", "trust", "time")


def make(path: Path) -> None:
    with open_store(path, create=True) as store:
        add_source(store, Source("talk", TEXT), by="lead")
        for code in CODES:
            add_code(store, Code(code, code), by="lead")


def lives(notes: Path) -> list[dict]:
    """Return what a writer noted, a line that a kill cut in two left out."""
    found = notes.read_bytes().split(b"\n")[:-1] if notes.exists() else []
    return [json.loads(line) for line in found if line.startswith(b"{") and line.endswith(b"}")]


def write_on(path: Path, notes: Path, name: str) -> None:
    """Write until killed; begin after the last write that was noted."""
    number = len({it["number"] for it in lives(notes)})
    out = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    if number:
        os.write(out, b"\n")
    latest = None
    with open_store(path, wait=600) as store:
        while True:
            plan = planned(name, number, latest)
            os.write(out, json.dumps({"number": number, **plan}).encode() + b"\n")
            latest = done(store, name, plan)
            told = {"number": number, "done": latest.key, "revision": latest.revision}
            os.write(out, json.dumps(told).encode() + b"\n")
            number += 1


def planned(name: str, number: int, latest) -> dict:
    note = f"{name}:{number} žß😀"
    if latest is not None and number % 5 == 4:
        return {"verb": "edit", "key": latest.key, "was": latest.revision, "note": note}
    if latest is not None and number % 7 == 6:
        code = CODES[(CODES.index(latest.value.code) + 1) % len(CODES)]
        return {"verb": "recode", "key": latest.key, "was": latest.revision, "code": code}
    start = number % (len(TEXT) - 40)
    code, round_ = CODES[number % len(CODES)], str(number // (len(TEXT) - 40))
    return {"verb": "add", "start": start, "code": code, "round": round_, "note": note}


def done(store: Store, name: str, plan: dict):
    if plan["verb"] == "edit":
        return edit_note(store, plan["key"], plan["note"], revision=plan["was"], by=name)
    if plan["verb"] == "recode":
        return recode(store, plan["key"], plan["code"], revision=plan["was"], by=name)
    start = plan["start"]
    segment = Segment("talk", start, start + 40, TEXT[start : start + 40])
    coding = Coding(segment, plan["code"], name, note=plan["note"], round=plan["round"])
    return add_coding(store, coding, by=name)


def run(folder: Path, writes: int, kills: int, writers: int, seed: int = 1) -> dict[str, float]:
    """Let them write, kill and start again; return what was found."""
    path = folder / "coding.db"
    make(path)
    chance = random.Random(seed)
    names = [f"w{at}" for at in range(writers)]
    notes = {name: folder / f"{name}.notes" for name in names}
    began = time.monotonic()
    running = {name: start(path, notes[name], name) for name in names}
    killed = 0
    with open_store(path, read_only=True) as store:
        while True:
            time.sleep(0.02)
            count = store.connection.execute("SELECT max(number) FROM event").fetchone()[0]
            if killed < kills and count >= (killed + 1) * writes / (kills + 1):
                name = chance.choice(names)
                time.sleep(chance.random() * 0.003)
                end(running[name])
                running[name] = start(path, notes[name], name)
                killed += 1
            elif count >= writes and killed >= kills and all_acknowledged(notes) >= writes:
                break
            died = [name for name, it in running.items() if it.poll() is not None]
            assert not died, [running[name].stderr.read() for name in died]
    for it in running.values():
        end(it)
    seconds = time.monotonic() - began
    return {"kills": killed, "seconds": seconds, **judged(path, notes)}


def start(path: Path, notes: Path, name: str) -> subprocess.Popen:
    command = [sys.executable, __file__, "--write", str(path), str(notes), name]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


def end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()


def all_acknowledged(notes: dict[str, Path]) -> int:
    return sum(path.read_bytes().count(b'"done"') for path in notes.values() if path.exists())


def judged(path: Path, notes: dict[str, Path]) -> dict[str, float]:
    """Compare the store, and its log, with what the writers noted."""
    with open_store(path) as store:
        wrongs = check(store)
        standing = {it.key: it for it in every(store, "coding")}
        log = Counter(
            (it.kind, it.key, it.after["revision"]) for it in events(store) if it.by in notes
        )
        by_note = Counter(
            it.after["value"]["note"]
            for it in events(store)
            if it.by in notes and it.verb in ("add", "edit")
        )
    acknowledged = lost = altered = 0
    doubled = sum(count - 1 for count in (*log.values(), *by_note.values()))
    for name, file in notes.items():
        plans = {it["number"]: it for it in lives(file) if "verb" in it}
        answers = {it["number"]: it for it in lives(file) if "done" in it}
        expected: dict[int, dict] = {}
        for number, answer in sorted(answers.items()):
            acknowledged += 1
            lost += not log["coding", answer["done"], answer["revision"]]
            state = expected.setdefault(answer["done"], {"coder": name})
            state.update(
                {key: plans[number][key] for key in ("note", "code") if key in plans[number]}
            )
            state["revision"] = answer["revision"]
        open_ = {it.get("key") for number, it in plans.items() if number not in answers}
        for key, state in expected.items():
            lost += key not in standing
            altered += key in standing and key not in open_ and shown(standing[key]) != state
    unacknowledged = sum(log.values()) - acknowledged
    return {
        "acknowledged": acknowledged,
        "lost": lost,
        "altered": altered,
        "doubled": doubled,
        "written, not acknowledged": unacknowledged,
        "wrong in the store": len(wrongs),
    }


def shown(it) -> dict:
    value = it.value
    return {"coder": value.coder, "note": value.note, "code": value.code, "revision": it.revision}


def main() -> None:
    numbers = [int(it) for it in sys.argv[1:]]
    writes, kills, writers = (*numbers, *(50_000, 200, 8)[len(numbers) :])
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), writes, kills, writers)
    print(f"{writers} writers, {found.pop('kills')} kills, {found.pop('seconds'):.0f} s")
    for name, value in found.items():
        print(f"{name}: {value:,}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write_on(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
    else:
        main()
