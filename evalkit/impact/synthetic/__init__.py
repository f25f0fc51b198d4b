"""Synthetic control: weights of donors, and inference from placebos and from time."""
