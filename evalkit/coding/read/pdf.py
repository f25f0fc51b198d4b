"""Sources from PDF files: the lines of the pages, through pypdf (the extra ``pdf-read``)."""

from __future__ import annotations

import io
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from evalkit.coding.apart import read_apart
from evalkit.coding.material import Draft, clean
from evalkit.coding.model import Loss, Source
from evalkit.errors import CodingError, MissingExtraError

MAX_PAGES = 3_000
_SAVE: Final = "Open it in the program it came from and save it as PDF again, or as .docx."


def read_pdf(path: Path, file: str) -> tuple[Source, ...]:
    """Read one source; its id is the file's name without the ending.

    A PDF knows lines on pages, not paragraphs: each line of a page is a line of the text, and a
    word divided at the end of a line stays divided. Pictures and annotations are left out.

    Parameters
    ----------
    path : pathlib.Path
        The document; parsed in a child process with limits.
    file : str
        Its name in messages.

    Raises
    ------
    ProjectError
        pypdf is not installed; or the file is no PDF, locked, damaged, or has pictures of pages
        (a scan) and no words.
    """
    return read_apart(path, file, ".pdf").sources


def pdf_draft(data: bytes) -> Draft:
    """Return the words of a document, and what was left out; runs in the child.

    Raises
    ------
    MissingExtraError
        pypdf is not installed.
    CodingError
        It is no PDF, locked or damaged, or has no words.
    """
    if find_spec("pypdf") is None:
        raise MissingExtraError("pypdf", "pdf-read")
    if b"%PDF-" not in data[:1024]:
        raise CodingError("It is not a PDF.", do=_SAVE)
    import pypdf

    logging.disable()  # pypdf tells the log about every oddity of a file
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        _refuse(reader)
        pages = [page.extract_text() for page in reader.pages]
        title = str(reader.metadata.get("/Title") or "") if reader.metadata else ""
        losses = _losses(reader, pages)
    except (MemoryError, RecursionError, CodingError):
        raise
    except Exception:  # noqa: BLE001 (whatever pypdf says of a damaged file)
        raise CodingError("It is damaged: it cannot be opened.", do=_SAVE) from None
    if not any(page.strip() for page in pages):
        do = "Have the words recognised (OCR) and save it again, or type them."
        raise CodingError("It has no words: perhaps its pages are pictures (a scan).", do=do)
    text, odd = clean("\n".join(pages))
    return Draft(text.rstrip("\n"), clean(" ".join(title.split()))[0], losses=(*losses, *odd))


def _refuse(reader: Any) -> None:
    if reader.is_encrypted and not reader.decrypt(""):
        wrong = "The document is protected by a password."
        raise CodingError(wrong, do="Save it again without a password.")
    if len(reader.pages) > MAX_PAGES:
        wrong = f"It has {len(reader.pages):,} pages; evalkit opens up to {MAX_PAGES:,}."
        raise CodingError(wrong, do="Cut it into several.")


def _losses(reader: Any, pages: list[str]) -> tuple[Loss, ...]:
    empty = [f"page {place}" for place, text in enumerate(pages, start=1) if not text.strip()]
    counted = (
        ("picture", "pictures are not text", sum(_pictures(page) for page in reader.pages)),
        (
            "annotation",
            "links, comments and fields of forms are not carried",
            sum(len(page.get("/Annots") or ()) for page in reader.pages),
        ),
        ("page break", "a text has no pages", len(pages) - 1),
        (
            "document property",
            "author, dates and the like are not carried",
            len((reader.metadata or {}).keys() - {"/Title"}),
        ),
    )
    losses = [Loss(kind, why, count) for kind, why, count in counted if count]
    if empty:
        why = "no words on it: perhaps a picture of a page"
        losses.append(Loss("page without words", why, len(empty), tuple(empty[:20])))
    why = "a PDF knows lines, not paragraphs: lines stand as they were set"
    return (*losses, Loss("paragraph", why, len(pages), severity="changed"))


def _pictures(page: Any) -> int:
    """Count the pictures a page names, without unpacking any."""
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources else None
    if objects is None:
        return 0
    named = objects.get_object()
    return sum(named[name].get_object().get("/Subtype") == "/Image" for name in named)
