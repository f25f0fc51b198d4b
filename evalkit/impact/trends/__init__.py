"""Parallel trends: what two-way effects average, and how far trends may differ."""
