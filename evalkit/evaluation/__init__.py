"""The whole: a project folder read, checked, run, saved and read again."""

from evalkit.evaluation.model import Computed, Evaluation, TableRead
from evalkit.evaluation.project import Project, check_project, read_project
from evalkit.evaluation.run import SEED
from evalkit.evaluation.store import SCHEMA, from_json, load, save, to_json

__all__ = [
    "SCHEMA",
    "SEED",
    "Computed",
    "Evaluation",
    "Project",
    "TableRead",
    "check_project",
    "from_json",
    "load",
    "read_project",
    "save",
    "to_json",
]
