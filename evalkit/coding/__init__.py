"""Texts: reading them, placing codes on exact passages, and how far coders agree."""
