"""A source from a plain text or Markdown file: the whole file is one source."""

from __future__ import annotations

from pathlib import Path

from evalkit.coding.decode import decode_file
from evalkit.coding.material import Draft, Material, newline_of, split_header, to_material
from evalkit.coding.model import Source
from evalkit.errors import CodingError, ProjectError

__all__ = ["read_text", "split_header", "text_material"]


def read_text(path: Path, file: str) -> tuple[Source, ...]:
    """Read one source; its id is the file's name without the ending.

    The file may begin with lines such as ``who: parent`` and ``site: north``, ended by a blank
    line: they become attributes and are not part of the text. ``title`` and ``text_type`` set
    the title and the type. The marks of Markdown stay: the text is that of the file.

    Parameters
    ----------
    path : pathlib.Path
        Text in any usual encoding.
    file : str
        Its name in messages.

    Returns
    -------
    tuple of Source
        The one source.

    Raises
    ------
    ProjectError
        The file is too large, not text, or has no words; or its ``text_type`` is unknown.
    """
    return text_material(path, file).sources


def text_material(path: Path, file: str) -> Material:
    """Read one source of a file that nothing is left out of; see `read_text`."""
    try:
        found = decode_file(path, file)
        data = path.read_bytes()
    except CodingError as error:
        raise ProjectError([error.fault(file)]) from error
    newline = newline_of(data.decode(found.encoding, errors="replace"))
    draft = Draft(found.text, encoding=found.encoding, newline=newline)
    return to_material(draft, path, file, data)
