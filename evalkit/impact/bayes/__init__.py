"""Bayesian estimation: collapse to one raw effect a site, sample with PyMC, summarise by hand."""
