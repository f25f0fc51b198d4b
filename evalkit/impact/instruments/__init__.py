"""Instrumental variables: estimates, how strong the instruments are, and what holds if they are weak."""
