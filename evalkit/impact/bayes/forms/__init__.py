"""Bayesian forms of the designs: the same question and the same rows, answered by a posterior."""
