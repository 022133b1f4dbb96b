"""What the documentation site adds to the Markdown pages that the repository shows.

Each module is an extension of Sphinx for one purpose. None of them fetches anything.
"""
