"""Set evalkit up and run it: one command for the main job, one for the tests.

    python3 start.py                    set up, evaluate the Opportunity Areas, say where the report is
    python3 start.py test [options]     set up with everything the tests need, then pass the tests
    python3 start.py lowest [options]   the same with the oldest libraries that are still supported

Needs Python 3.11 or newer and pip. Inside an active virtual environment it uses that one;
otherwise it makes ``.venv-<version>`` beside this file. Nothing else on the machine is changed,
except that ``test`` installs the browser Chromium, and the sources of locales, where they are
missing and apt may be used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASE = HERE / "case_studies" / "opportunity_areas"
LOCALES = Path("/usr/share/i18n/locales")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OLDEST = (3, 11)
WORKERS = "2"
TYPES = ("--deselect", "tests/packaging/test_style.py::test_mypy_in_strict_mode_finds_nothing")
"""Left out with the oldest libraries: types are checked against those the newest declare."""


def main(words: list[str]) -> int:
    """Do what the words of the command line ask for; return the exit code."""
    if sys.version_info < OLDEST:
        print(f"evalkit needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version}.")
        return 2
    if not words:
        python = environment("run")
        install(python, ".")
        return call([python, "-m", "evalkit", "run", str(CASE.relative_to(HERE))])
    if words[0] in ("test", "lowest"):
        python = environment(words[0])
        install(python, "--editable", ".[test,docs]", *lowest(words[0]))
        browser_and_locales()
        tests = [python, "-m", "pytest", "-n", WORKERS, "--dist", "loadgroup"]
        return call([*tests, *(TYPES if words[0] == "lowest" else ()), *words[1:]])
    print(__doc__)
    return 2


def environment(use: str) -> str:
    """Return the Python of the environment to use, made first where there is none."""
    if sys.prefix != sys.base_prefix and use != "lowest":
        return sys.executable
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = HERE / (f".venv-lowest-{version}" if use == "lowest" else f".venv-{version}")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"Making the environment {folder.name}")
        venv.create(folder, with_pip=True, clear=True)
    return str(python)


def install(python: str, *what: str) -> None:
    """Install evalkit into the environment, saying so first as it takes a few minutes."""
    print("Installing evalkit and what it needs (a few minutes the first time)", flush=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *what], cwd=HERE, check=True)


def lowest(use: str) -> list[str]:
    """Return pip's words for the oldest supported libraries, where those are asked for."""
    if use != "lowest":
        return []
    return ["--constraint", str(HERE / "tests" / "packaging" / "lowest.txt")]


def browser_and_locales() -> None:
    """Install what the tests look through and run under, where it is missing.

    Chromium shows the report; a test runs under a Turkish locale, made from the system's sources.
    """
    missing = [] if any(shutil.which(name) for name in BROWSERS) else ["chromium"]
    missing += [] if LOCALES.is_dir() else ["locales"]
    apt = shutil.which("apt-get")
    if missing and (apt is None or os.geteuid() != 0):
        print(f"The tests need {' and '.join(missing)}. Install them, for example: apt-get install")
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", *missing]) if missing else ():
        subprocess.run([apt, "--quiet", *words], env=quiet, check=True, stdout=subprocess.DEVNULL)


def call(words: list[str]) -> int:
    """Run a program here, its output shown, and return its exit code."""
    return subprocess.run(words, cwd=HERE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
