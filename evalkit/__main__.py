"""``python -m evalkit``: the same as the command ``evalkit``."""

from __future__ import annotations

from evalkit.cli import main

if __name__ == "__main__":
    try:
        main()
    except SystemExit:
        # Under `-m`, CPython ends by the signal when a Ctrl-C once struck inside `exec` of a text
        # (libraries do that on import), though it was handled. Running any text takes that back.
        exec("")  # noqa: S102 (an empty text)
        raise
