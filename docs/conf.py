"""Settings of the documentation: ``sphinx-build -W docs OUT``. Needs no network."""

from __future__ import annotations

import evalkit

project = "evalkit"
author = "evalkit maintainers"
project_copyright = "evalkit maintainers"
release = version = evalkit.__version__
language = "en-GB"

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]
autodoc_typehints = "none"  # types stand in the numpydoc sections
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "evalkit"
html_copy_source = False
html_theme_options = {"secondary_sidebar_items": ["page-toc"]}
html_sidebars = {"**": []}
