"""TLS: certificates that the server shows its clients, and authorities that it trusts as a client itself.

`issued_certificates` makes an authority of the server's own with `trustme` (the extra `tls`), and a certificate for
this machine's names. Clients trust it by a variable with a file's name. Nothing is added to the machine's own store.
"""

import os
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.errors import refuse

LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")
"""The names and addresses that every certificate of the server's own is for."""
_CA_HINT: Final = "--ca FILE trusts an additional authority; FILE has PEM certificates, `-----BEGIN CERTIFICATE-----`."
_CERT_HINT: Final = "--tls-cert FILE has the certificate and its chain, --tls-key FILE its private key, both in PEM."


class ServerTls(NamedTuple):
    """The TLS of one server."""

    context: ssl.SSLContext
    ca: Path | None = None
    """The certificate of the server's own authority; None: clients know the authority already."""
    bundle: Path | None = None
    """That certificate and those that the machine trusts."""

    def environment(self) -> Mapping[str, str]:
        """Return the variables with which clients trust the server's own authority."""
        if self.ca is None or self.bundle is None:
            return {}
        # Node adds to what it trusts; the others replace it, so they get a bundle. Where `CURL_CA_BUNDLE` is
        # set, curl does not read `SSL_CERT_FILE`.
        return {
            "SSL_CERT_FILE": str(self.bundle),
            "CURL_CA_BUNDLE": str(self.bundle),
            "REQUESTS_CA_BUNDLE": str(self.bundle),
            "NODE_EXTRA_CA_CERTS": str(self.ca),
        }


def load_certificate(certificate: Path, key: Path) -> ServerTls:
    """Load a certificate with its chain, and its key. Raises `MockError` SRV025 if they cannot be used."""
    context = _server_context()
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        raise refuse("SRV025", f"{certificate} and {key} cannot be used: {reason}", _CERT_HINT) from None
    except OSError as error:
        # Python does not say which of the two it is.
        raise refuse("SRV025", f"{certificate} or {key} cannot be read: {error.strerror}", _CERT_HINT) from None
    return ServerTls(context)


@contextmanager
def issued_certificates(folder: Path | None, names: Iterable[str] = ()) -> Iterator[ServerTls]:
    """Make an authority and a certificate for `LOCAL_NAMES` and other names, in a folder that is gone afterwards.

    In a given `folder` the files stay, and the authority that is there is used again. Raises `MockError` SRV025 if
    `trustme` is missing or the folder cannot be used.
    """
    if folder is not None:
        yield _issue(folder, names)
        return
    import tempfile  # only here, because it takes time that other servers must not pay

    with tempfile.TemporaryDirectory(prefix="mockserver-tls-") as temporary:
        yield _issue(Path(temporary), names)


def _issue(folder: Path, names: Iterable[str]) -> ServerTls:
    try:
        import trustme
    except ImportError:
        hint = "Install it: pip install 'trustme>=1.1'; or give a certificate with --tls-cert."
        raise refuse("SRV025", "--tls needs the package trustme, which is not installed", hint) from None
    ca, key, bundle = (folder / name for name in ("ca.pem", "ca-key.pem", "bundle.pem"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if ca.is_file() and key.is_file():
            authority = trustme.CA.from_pem(ca.read_bytes(), key.read_bytes())
        else:
            authority = trustme.CA(organization_name="videojob-mockserver")
            write_private(key, authority.private_key_pem.bytes())
            ca.write_bytes(authority.cert_pem.bytes())
        bundle.write_bytes(ca.read_bytes() + machine_certificates())
    except (OSError, ValueError) as error:
        hint = "--tls-dir is a folder that can be written; delete ca.pem and ca-key.pem in it to make new ones."
        raise refuse("SRV025", f"{folder} cannot be used for certificates: {error}", hint) from None
    context = _server_context()
    authority.issue_cert(*dict.fromkeys((*LOCAL_NAMES, *names))).configure_cert(context)
    return ServerTls(context, ca, bundle)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def machine_certificates() -> bytes:
    """Return the certificates that OpenSSL trusts by default, as PEM; empty where it has no file of them."""
    known = ssl.get_default_verify_paths().cafile or os.devnull
    try:
        return Path(known).read_bytes()
    except OSError:
        return b""


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def tls_context(ca: Path | None = None) -> ssl.SSLContext:
    """Build the TLS context of a client. Raises `MockError` SRV011 if the CA file cannot be used.

    Certificates and host names are always verified. `ca` adds certificates to those that the machine trusts.
    """
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if ca is None:
        return context
    try:
        context.load_verify_locations(ca)
    except ssl.SSLError:
        raise refuse("SRV011", f"{ca} holds no certificate that can be read", _CA_HINT) from None
    except OSError as error:
        raise refuse("SRV011", f"{ca} cannot be read: {error.strerror}", _CA_HINT) from None
    return context
