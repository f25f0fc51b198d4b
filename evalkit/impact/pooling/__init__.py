"""Estimates of many studies or sites pooled: random effects, moderators, dependent estimates."""
