"""Single cases followed closely: randomisation tests, overlap, and effects between cases."""
