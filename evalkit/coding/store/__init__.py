"""The coding store: one SQLite file in which several people and processes code at once."""

from evalkit.coding.store.change import drift, saturation
from evalkit.coding.store.check import check
from evalkit.coding.store.connect import Store, copy_store, open_store
from evalkit.coding.store.folder import dump, load
from evalkit.coding.store.log import events, history, undo
from evalkit.coding.store.look import (
    Unplaced,
    codings_of,
    every,
    kept,
    original,
    project,
    unplaced,
)
from evalkit.coding.store.merge import put_project
from evalkit.coding.store.records import Conflict, Event, Kept, StoreError
from evalkit.coding.store.versions import Revised, Unmoved, moved, revise_source
from evalkit.coding.store.write import (
    add,
    add_case,
    add_claim,
    add_code,
    add_coding,
    add_memo,
    add_source,
    edit,
    edit_note,
    move_coding,
    recode,
    remove,
    remove_coding,
)

__all__ = [
    "Conflict",
    "Event",
    "Kept",
    "Revised",
    "Store",
    "StoreError",
    "Unmoved",
    "Unplaced",
    "add",
    "add_case",
    "add_claim",
    "add_code",
    "add_coding",
    "add_memo",
    "add_source",
    "check",
    "codings_of",
    "copy_store",
    "drift",
    "dump",
    "edit",
    "edit_note",
    "events",
    "every",
    "history",
    "kept",
    "load",
    "move_coding",
    "moved",
    "open_store",
    "original",
    "project",
    "put_project",
    "recode",
    "remove",
    "remove_coding",
    "revise_source",
    "saturation",
    "undo",
    "unplaced",
]
