"""Certificates of an authority that nobody trusts, made when they are needed."""

import ssl
import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def make_authority(folder: Path) -> Path:
    """An authority's certificate, in PEM."""
    made = folder / "ca.pem"
    _openssl("-keyout", folder / "ca.key", "-out", made, "-subj", "/CN=Nobody's authority",
             "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    return made


def server_tls_context(ca: Path, name: str = "localhost") -> ssl.SSLContext:
    """What a server of that name speaks https with, signed by the authority."""
    folder = ca.parent
    _openssl("-keyout", folder / "leaf.key", "-out", folder / "leaf.pem", "-subj", f"/CN={name}",
             "-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=critical,CA:FALSE",
             "-addext", "keyUsage=critical,digitalSignature", "-CA", ca, "-CAkey", folder / "ca.key")  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
    return context


def _openssl(*arguments: object) -> None:
    command = ["openssl", "req", "-x509", *_KEY, *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
