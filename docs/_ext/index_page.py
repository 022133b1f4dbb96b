"""The page `README` is written as `index.html`, where a web server looks for it."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from docs._ext.navigation import INDEX


class SiteBuilder(StandaloneHTMLBuilder):
    """The builder `html`, with another name for the index."""

    name = "html"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return the address of a page, from the root of the site."""
        return super().get_target_uri(_file_name(docname), typ)

    def get_output_path(self, page_name: str, /) -> Path:
        """Return the file of a page."""
        return Path(super().get_output_path(_file_name(page_name)))

    def get_outfilename(self, pagename: str) -> str:
        """Return the file of a page, as older releases of Sphinx ask for it."""
        return super().get_outfilename(_file_name(pagename))


def _file_name(page: str) -> str:
    return "index" if page == INDEX else page


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, in the place of its own builder."""
    app.add_builder(SiteBuilder, override=True)
    return {"parallel_read_safe": True}
