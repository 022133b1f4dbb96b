"""npm's packages of a folder of tests, installed once for each lock file."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.support.paths import ROOT

NODE_PROJECT: Final = ROOT / "tests" / "node"


def node_modules(project: Path = NODE_PROJECT) -> Path:
    """Return the folder of a project's packages, installed by npm if they are not there yet."""
    lock = (project / "package-lock.json").read_bytes()
    packages = ROOT / ".node" / hashlib.sha256(lock).hexdigest()[:16]
    if not packages.is_dir():
        npm = shutil.which("npm")
        assert npm is not None, "Node 20 or newer, with npm, is needed: install it from nodejs.org or with your system"
        fresh = packages.with_name(f"{packages.name}.{os.getpid()}")
        fresh.mkdir(parents=True)
        for path in project.glob("package*.json"):
            shutil.copy(path, fresh)
        words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(words, cwd=fresh, check=True, capture_output=True, timeout=300)
        fresh.replace(packages)
    return packages / "node_modules"
