"""The theory of change: its records, reading and checking it, its graph, versions and picture."""
