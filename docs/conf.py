"""Configuration of the documentation site; `make site` builds it.

The pages are the Markdown files that the repository shows. What the site adds to them is in `_ext`: navigation from the
lists of the index, pages from outside of this folder, anchors, diagrams and `llms.txt`.
"""

import sys
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))

from mockserver import __version__
from mockserver.documentation import SITE

project = "videojob-mockserver"
author = "The videojob-mockserver authors"
copyright = "The videojob-mockserver authors"
release = version = __version__
language = "en"
root_doc = "README"
source_suffix = {".md": "markdown"}
exclude_patterns = ["_ext", "_static"]
nitpicky = True

extensions = [
    "myst_parser",
    "sphinx_copybutton",
    "docs._ext.outside_pages",
    "docs._ext.navigation",
    "docs._ext.anchors",
    "docs._ext.diagrams",
    "docs._ext.file_names",
    "docs._ext.index_page",
    "docs._ext.llms",
    "docs._ext.no_network",
    "docs._ext.status_search",
]
myst_heading_anchors = 4
smartquotes = False  # `--option` and `"value"` stay as they are
suppress_warnings = [
    "myst.header"
]  # the repository shows a page without its first heading in a frame, the site does not

html_theme = "furo"
html_title = "videojob-mockserver"
html_baseurl = SITE
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_extra_path = ["openapi.json", "report.schema.json"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b57d0", "color-brand-content": "#0b57d0"},
    "dark_css_variables": {"color-brand-primary": "#8ab4f8", "color-brand-content": "#8ab4f8"},
    "top_of_page_buttons": [],
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
copybutton_remove_prompts = True
