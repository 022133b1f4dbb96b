"""Somebody else's text in our formats: nothing in a recording may become markup, a command or a control code."""

import html
import os
from typing import Final
from xml.etree import ElementTree

from mockserver.errors import escape_unprintable

_CI_COMMAND_MARK: Final = "##["
"""How an Azure or GitHub runner's old commands begin, anywhere in a line."""
_MARKDOWN_SAFE: Final = " ,/\"'"
"""Marks that mean nothing in Markdown, wherever they stand."""


def plain_line(text: str) -> str:
    """One line for a terminal or a log: what cannot be printed (line ends, escapes, reversed writing) as `\\x1b`."""
    return escape_unprintable(text).replace(_CI_COMMAND_MARK, r"#\x23[")


def plain_lines(text: str) -> str:
    """Several lines, each of them plain."""
    return "\n".join(map(plain_line, text.split("\n")))


def xml_text(text: str) -> str:
    """Text without what XML 1.0 cannot hold, its line ends kept; who writes the document escapes the rest."""
    return "".join(char if _is_xml_char(char) else "\ufffd" for char in text)


def _is_xml_char(char: str) -> bool:
    return char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"


def xml_document(root: ElementTree.Element) -> bytes:
    """The XML of a tree, indented."""
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def html_text(text: str) -> str:
    """Text for HTML, in an element or in a quoted attribute."""
    return html.escape(plain_line(text))


def markdown_text(text: str) -> str:
    """Text for Markdown, everything that could mean something as an entity: no link, no table, no tag, no mention."""
    return "".join(char if char in _MARKDOWN_SAFE or char.isalnum() else f"&#{ord(char)};" for char in plain_line(text))


def workflow_message(text: str) -> str:
    """The message of a GitHub workflow command; its line ends are kept."""
    return plain_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_parameter(text: str) -> str:
    """A parameter of a GitHub workflow command."""
    return workflow_message(plain_line(text)).replace(":", "%3A").replace(",", "%2C")


def display_path(name: str) -> str:
    """A path as one types it: relative where it lies below, and no option."""
    relative = os.path.relpath(name) if name else name
    return name if relative.startswith(("..", "-")) else relative
