"""TLS towards the upstream: the trusted certificates, and explanations of TLS errors.

Certificates and host names are always verified. `--ca FILE` adds certificates to those that the machine trusts.
"""

import ssl
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import ClientConnectorCertificateError, ClientSSLError

from mockserver.errors import refuse

_CA_HINT: Final = "--ca FILE trusts an additional authority; FILE has PEM certificates, `-----BEGIN CERTIFICATE-----`."


class TlsProblem(NamedTuple):
    """The reason why TLS failed, and how to fix it."""

    reason: str
    hint: str


def tls_context(ca: Path | None = None) -> ssl.SSLContext:
    """Build the TLS context for the upstream. Raises `MockError` SRV011 if the CA file cannot be used."""
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


def explain_tls_error(error: Exception) -> TlsProblem | None:
    """Explain an error of an HTTP client if it comes from TLS; None for other errors."""
    if isinstance(error, ClientConnectorCertificateError):
        cause = error.certificate_error
        reason = getattr(cause, "verify_message", "") or str(cause)
        hint = "The upstream needs another certificate."
        if "issuer" in reason or "self" in reason:
            hint = "mockserver proxy --ca FILE trusts a private authority; FILE is its certificate, in PEM."
        elif "mismatch" in reason:
            hint = "--upstream must name the host as its certificate does."
        return TlsProblem(f"its certificate is not trusted: {reason.rstrip('.')}", hint)
    if isinstance(error, ClientSSLError):
        reason = getattr(error.os_error, "reason", "") or str(error)
        detail = f"no TLS connection can be made: {reason.replace('_', ' ').lower()}"
        return TlsProblem(detail, "Does the upstream speak https there, and not http?")
    return None
