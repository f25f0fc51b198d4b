"""One series over time and the date on which something began: the core of interrupted series."""
