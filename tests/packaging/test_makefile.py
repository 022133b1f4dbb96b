"""The commands that `make` runs, without running them."""

import os
import subprocess

import pytest

from tests.support.paths import ROOT


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], "mockserver serve"),
        (["PORT=4900"], "mockserver serve --port 4900"),
        (["ARGS=--clock manual"], "mockserver serve  --clock manual"),
    ],
)
def test_serve_leaves_the_port_to_the_environment(arguments, command):
    outer = ("PORT", "ARGS", "MAKEFLAGS", "MAKELEVEL")
    variables = {name: value for name, value in os.environ.items() if name not in outer}
    words = ["make", "--dry-run", "--no-print-directory", "serve", *arguments]
    done = subprocess.run(words, cwd=ROOT, env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith(command)
