"""Escaping of untrusted text: nothing in a recording may become markup, a command or a control code."""

import html
import os
import re
from typing import Final
from xml.etree import ElementTree

from mockserver.errors import escape_unprintable

_CI_COMMAND_MARK: Final = "##["
"""The start of a command of Azure and old GitHub runners, anywhere in a line."""
_MARKDOWN_SAFE: Final = " ,/\"'"
"""Punctuation without a meaning in Markdown, at any place."""
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain_line(text: str) -> str:
    """Return one line for a terminal or log: unprintable characters (line ends, escapes, bidi marks) as `\\x1b`."""
    return escape_unprintable(text).replace(_CI_COMMAND_MARK, r"#\x23[")


def plain_lines(text: str) -> str:
    """Return several lines, each as `plain_line` does."""
    return "\n".join(map(plain_line, text.split("\n")))


def xml_text(text: str) -> str:
    """Return text without characters that XML 1.0 cannot hold, its line ends kept; the XML writer escapes the rest."""
    return _NOT_XML.sub("\ufffd", text)


def xml_document(root: ElementTree.Element) -> bytes:
    """Return the XML of a tree, indented."""
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def html_text(text: str) -> str:
    """Return text for HTML, in an element or in a quoted attribute."""
    return html.escape(plain_line(text))


def html_block(text: str) -> str:
    """Return text for an HTML `pre`, with its line ends."""
    return "\n".join(map(html_text, text.split("\n")))


def markdown_text(text: str) -> str:
    """Return text for Markdown with all punctuation as entities: no link, table, tag or mention can form."""
    return "".join(char if char in _MARKDOWN_SAFE or char.isalnum() else f"&#{ord(char)};" for char in plain_line(text))


def workflow_message(text: str) -> str:
    """Return the message of a GitHub workflow command; its line ends are kept."""
    return plain_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_parameter(text: str) -> str:
    """Return a parameter of a GitHub workflow command."""
    return workflow_message(plain_line(text)).replace(":", "%3A").replace(",", "%2C")


def display_path(name: str) -> str:
    """Return a path as it is typed: relative if it lies below the working directory, and never like an option."""
    if not name:
        return name
    relative = os.path.relpath(name)
    return name if relative.startswith(("..", "-")) else relative
