"""Units that start in different periods: four estimators of their effects, on arrays."""
