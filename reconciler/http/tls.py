"""TLS settings: certificates are always verified."""

from __future__ import annotations

import os
import ssl


def tls_context(*, secure: bool) -> ssl.SSLContext:
    """Return a context that always verifies; TLS 1.2 at least.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` name the user's own certificate authorities; nothing turns
    verification off. If `secure` is false (a loopback URL), none is loaded, which saves time.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not secure:
        return context
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or folder:
        context.load_verify_locations(cafile=file or None, capath=folder or None)
    else:
        import certifi

        context.load_verify_locations(cafile=certifi.where())
    return context
