"""`llms.txt` at the root of the site: what the project is, and one line for each page, for programs that read."""

from pathlib import Path

from sphinx.application import Sphinx

from docs._ext.markdown import first_sentence, sections, title
from docs._ext.outside_pages import DOCS, site_text
from mockserver.documentation import SITE


def llms_text() -> str:
    """Render the file from the index: a title, a summary, and for each section its pages with their first sentences."""
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    lines = [f"# {title(index)}", "", f"> {first_sentence(index)}", ""]
    for section in sections(site_text("README", index)):
        lines += [f"## {section.title}", ""]
        for page in section.pages:
            lines.append(_page_line(page.removesuffix(".md")))
        lines.append("")
    return "\n".join(lines)


def _page_line(page: str) -> str:
    text = site_text(page, (DOCS / f"{page}.md").read_text(encoding="utf-8"))
    summary = first_sentence(text)
    line = f"- [{title(text)}]({SITE}{page}.html)"
    return f"{line}: {summary}" if summary else line


def _build_finished(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        (Path(app.outdir) / "llms.txt").write_text(llms_text(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", _build_finished)
    return {"parallel_read_safe": True}
