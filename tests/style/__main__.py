"""Print the style figures: `make style`. A word as an argument lists the places of the figures whose title has it."""

import sys

from tests.style.figures import FIGURES, TEST_FIGURES, TESTS, Figure, read_modules
from tests.style.request_path import cancel_path_figures


def main(arguments: list[str]) -> int:
    """Print one line a figure; return 1 if a limit is broken."""
    modules, test_modules = read_modules(), read_modules(TESTS)
    figures = [
        *(count(modules) for count in FIGURES),
        *(count(test_modules) for count in TEST_FIGURES),
        *cancel_path_figures(),
    ]
    for figure in figures:
        print_figure(figure)
        if any(word in figure.title for word in arguments):
            for place in figure.places:
                print(f"    {place}")
    return 0 if all(figure.holds for figure in figures) else 1


def print_figure(figure: Figure) -> None:
    """Print a figure beside its limit."""
    limit = ""
    if figure.limit is not None:
        limit = f"{'at least' if figure.at_least else 'at most'} {figure.limit:g}"
    mark = " " if figure.holds else "!"
    print(f"{mark} {figure.title:72} {figure.value:>9.1f}  {limit}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
