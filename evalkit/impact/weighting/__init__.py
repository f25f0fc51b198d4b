"""Matching and weighting on what was measured: arrays in, arrays out."""
