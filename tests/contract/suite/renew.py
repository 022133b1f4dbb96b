"""Writes the suite's files again from the source archive of jsonschema on PyPI, which has the suite in it.

    python -m tests.contract.suite.renew

Nothing is fetched when the tests run: what this writes is in the repository, with its licence and where it is from.
"""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
VERSION: Final = "4.26.0"
SHA256: Final = "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326"
DRAFT: Final = "draft2020-12"
SUITE: Final = f"jsonschema-{VERSION}/json"


def archive() -> bytes:
    """The archive, held to its hash."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "jsonschema", "-d", folder]
        subprocess.run([sys.executable, *command, f"jsonschema=={VERSION}"], check=True)
        data = (Path(folder) / f"jsonschema-{VERSION}.tar.gz").read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256, "this is another archive"
    return data


def files(data: bytes) -> dict[str, bytes]:
    """The suite's files by their path in it."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = [member for member in tar if member.isfile() and member.name.startswith(f"{SUITE}/")]
        return {member.name.removeprefix(f"{SUITE}/"): tar.extractfile(member).read() for member in members}


def groups(found: dict[str, bytes], folder: str) -> dict[str, object]:
    """Every document below a folder, by its name in it."""
    return {
        name.removeprefix(f"{folder}/").removesuffix(".json"): json.loads(data)
        for name, data in sorted(found.items())
        if name.startswith(f"{folder}/") and name.endswith(".json")
    }


def lines(documents: dict[str, object]) -> str:
    """One object with a line for each document's entry: small, and still a diff that can be read."""
    rows = []
    for name, document in documents.items():
        entries = document if isinstance(document, list) else [document]
        texts = ",\n".join(json.dumps(entry, ensure_ascii=True, separators=(",", ":")) for entry in entries)
        rows.append(f"{json.dumps(name)}:[\n{texts}\n]")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def main() -> None:
    """Write the two files."""
    found = files(archive())
    (HERE / "tests.json").write_text(lines(groups(found, f"tests/{DRAFT}")), encoding="utf-8")
    (HERE / "LICENSE").write_bytes(found["LICENSE"])


if __name__ == "__main__":
    main()
