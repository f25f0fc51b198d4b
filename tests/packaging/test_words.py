"""What no file of the project may say."""

from __future__ import annotations

import re

# Written in pieces, so that this file does not say them itself.
FOLDERS = ("/wo" + "rk/", "sha" + "red/")
HOSTS = (
    "pypi" + ".org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "/opt/py" + "pi",
)
BARE_INSTALL = re.compile(r"pip3? install (?:-\S+ )*['\"]?eval" + r"kit(?![-\w/.])")


def lines_with(project_files, root, wrong):
    """Return where a line is wrong, as ``file:line: words``."""
    found = []
    for path in project_files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a table in another encoding
        found += [
            f"{path.relative_to(root)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if wrong(line)
        ]
    return found


def test_no_file_names_a_folder_of_the_machine_it_was_written_on(project_files, root):
    # A word may end in the second folder's name ("un..."): it counts only where a path begins.
    places = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}" for name in FOLDERS))
    assert lines_with(project_files, root, places.search) == []


def test_no_file_names_the_host_of_a_package_index(project_files, root):
    assert lines_with(project_files, root, lambda line: any(host in line for host in HOSTS)) == []


def test_no_file_says_to_install_the_other_project_of_the_same_name(project_files, root):
    assert lines_with(project_files, root, BARE_INSTALL.search) == []


def test_the_search_for_a_bare_install_would_find_one():
    assert BARE_INSTALL.search("python -m pip install eval" + "kit")
    assert BARE_INSTALL.search("pip install -U eval" + "kit[parquet]")
    assert not BARE_INSTALL.search("pip install eval" + "kit-framework")
