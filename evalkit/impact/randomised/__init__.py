"""Numeric parts of the design `randomised`: arrays in, arrays out."""
