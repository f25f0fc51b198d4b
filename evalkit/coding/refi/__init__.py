"""REFI-QDA, the exchange format of programs for qualitative analysis: projects and codebooks."""

from __future__ import annotations

from evalkit.coding.refi.codebook import read_codebook, read_codes_file, write_codebook
from evalkit.coding.refi.project import losses_of_export, read_project, write_project

__all__ = [
    "losses_of_export",
    "read_codebook",
    "read_codes_file",
    "read_project",
    "write_codebook",
    "write_project",
]
