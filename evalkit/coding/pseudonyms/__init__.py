"""Pseudonyms: names and identifiers replaced reversibly, the key outside, the doubtful to people."""

from __future__ import annotations

from evalkit.coding.pseudonyms.identify import IDENTIFIERS, Identifier, find_identifiers
from evalkit.coding.pseudonyms.key import Key, read_key, refuse_inside, write_key
from evalkit.coding.pseudonyms.names import unknown_names
from evalkit.coding.pseudonyms.numbers import is_nhs_number, is_nino, is_upn, upn_letter
from evalkit.coding.pseudonyms.replace import (
    PSEUDONYMISED,
    Pseudonymised,
    Restored,
    pseudonymise,
    restore,
)
from evalkit.coding.pseudonyms.residual import residual
from evalkit.coding.pseudonyms.roster import Found, Person, Roster, find_names, read_roster

__all__ = [
    "IDENTIFIERS",
    "PSEUDONYMISED",
    "Found",
    "Identifier",
    "Key",
    "Person",
    "Pseudonymised",
    "Restored",
    "Roster",
    "find_identifiers",
    "find_names",
    "is_nhs_number",
    "is_nino",
    "is_upn",
    "pseudonymise",
    "read_key",
    "read_roster",
    "refuse_inside",
    "residual",
    "restore",
    "unknown_names",
    "upn_letter",
    "write_key",
]
