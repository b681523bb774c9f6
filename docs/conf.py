"""The settings of Sphinx, which builds these pages: `make docs`."""

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))

project = "affinity-bench"
author = copyright = "the affinity-bench authors"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["examples", "tutorials/*.py"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = project
html_static_path = ["static"]
html_css_files = ["pages.css"]

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say more: shapes, units and ranges
napoleon_custom_sections = [("Fields", "params_style"), ("Members", "params_style")]

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "tutorials",
    "filename_pattern": "",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_signature": False,
}


def setup(app: Sphinx) -> None:
    """Draw the figures of the concepts before everything else."""
    import figures

    app.connect("builder-inited", lambda app: figures.draw(Path(app.srcdir) / "figures"), priority=1)
