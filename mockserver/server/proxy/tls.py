"""Explanations of TLS errors towards the upstream."""

from typing import NamedTuple

from aiohttp import ClientConnectorCertificateError, ClientSSLError


class TlsProblem(NamedTuple):
    """The reason why TLS failed, and how to fix it."""

    reason: str
    hint: str


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
