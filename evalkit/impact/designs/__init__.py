"""Part of evalkit."""
