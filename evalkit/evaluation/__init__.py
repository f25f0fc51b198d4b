"""The whole: a project folder read, run, saved and read again."""
