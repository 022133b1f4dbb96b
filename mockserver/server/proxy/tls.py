"""Whom a proxy takes for its upstream: the certificates that are trusted, and what is said where one does not hold.

Certificates are always checked, names too. What `--ca FILE` adds is trusted beside what the machine trusts.
"""

import ssl
from pathlib import Path

from aiohttp import ClientConnectorCertificateError, ClientSSLError

from mockserver.errors import refuse

_CA_HINT = "--ca FILE trusts the authority in it, too; it wants certificates in PEM, `-----BEGIN CERTIFICATE-----`."


def tls_context(ca: Path | None = None) -> ssl.SSLContext:
    """What a connection to the upstream is checked by. Raises `MockError` (SRV011) where the file is of no use."""
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


def explain_tls_error(error: Exception) -> tuple[str, str]:
    """(what is wrong with the upstream's TLS, how to mend it); both empty where that is not what is wrong."""
    if isinstance(error, ClientConnectorCertificateError):
        cause = error.certificate_error
        why = getattr(cause, "verify_message", "") or str(cause)
        return f"its certificate is not trusted: {why.rstrip('.')}", _certificate_hint(why)
    if isinstance(error, ClientSSLError):
        reason = (getattr(error.os_error, "reason", "") or str(error)).replace("_", " ").lower()
        return f"no TLS connection can be made: {reason}", "Is it https that is spoken there, and not http?"
    return "", ""


def _certificate_hint(reason: str) -> str:
    if "issuer" in reason or "self" in reason:
        return "mockserver proxy --ca FILE trusts a private authority; FILE is its certificate, in PEM."
    if "mismatch" in reason:
        return "--upstream must name the host as its certificate does."
    return "The upstream needs another certificate."
