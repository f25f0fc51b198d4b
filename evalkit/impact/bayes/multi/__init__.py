"""Multilevel models beyond one normal outcome: several outcomes, families, crossed groups, gaps."""
