"""Regression discontinuity: arrays in, arrays out, and the words around them."""
