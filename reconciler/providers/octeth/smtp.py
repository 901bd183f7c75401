"""Logs in at a domain's SMTP server as programs do, and sends one mail there."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Final, TypeVar

from msgspec import Struct

from reconciler.errors import NotSent, OutcomeUnknown, Rejected, reason
from reconciler.http.tls import tls_context
from reconciler.model.secret import Secret
from reconciler.providers.octeth.kinds import SINK

_SECONDS: Final = 15.0
"""How long each step of the session may take."""
_IMPLICIT_TLS: Final = 465

T = TypeVar("T")


class Access(Struct, frozen=True, kw_only=True):
    """Where and how to log in."""

    host: str
    port: int
    username: str
    password: Secret


def access_of(delivered: Callable[[str], Secret | None]) -> Access | None:
    """Read from the object's sink how to log in; `None` if a part is missing."""
    found = [delivered(f"{SINK}.{part}") for part in ("host", "port", "username", "password")]
    host, port, username, password = found
    if host is None or port is None or username is None or password is None:
        return None
    if not port.reveal().isdecimal():
        return None
    return Access(
        host=host.reveal(),
        port=int(port.reveal()),
        username=username.reveal(),
        password=password,
    )


async def log_in(access: Access) -> None:
    """Log in, over TLS, and out again.

    Raises:
        NotSent: The server cannot be reached, or has no STARTTLS.
        Rejected: The server refuses the login.
    """
    await asyncio.to_thread(_with_session, access, lambda _: None)


async def send(access: Access, mail: EmailMessage) -> None:
    """Send one mail.

    Raises:
        NotSent: The server cannot be reached, or has no STARTTLS: nothing was sent.
        Rejected: The server refused the login, or the mail.
        OutcomeUnknown: The connection broke after the mail was on its way.
    """

    def deliver(server: smtplib.SMTP) -> None:
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise Rejected(_reply_text(*next(iter(error.recipients.values())))) from None
        except smtplib.SMTPResponseException as error:
            raise Rejected(_reply_text(error.smtp_code, error.smtp_error)) from None
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown(f"the connection broke: {reason(error)}") from None

    await asyncio.to_thread(_with_session, access, deliver)


def _with_session(access: Access, work: Callable[[smtplib.SMTP], T]) -> T:
    with _session(access) as server:
        return work(server)


@contextmanager
def _session(access: Access) -> Iterator[smtplib.SMTP]:
    server = _logged_in(access)
    try:
        yield server
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()


def _logged_in(access: Access) -> smtplib.SMTP:
    where = f"{access.host}:{access.port}"
    try:
        with contextlib.ExitStack() as opened:
            server = opened.enter_context(contextlib.closing(_connected(access)))
            if access.port != _IMPLICIT_TLS:
                server.starttls(context=tls_context(secure=True))
            server.login(access.username, access.password.reveal())
            opened.pop_all()
    except smtplib.SMTPAuthenticationError as error:
        raise Rejected(f"{where} refuses the login: {_reply_text(*error.args)}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"{where} cannot be used: {reason(error)}") from None
    return server


def _connected(access: Access) -> smtplib.SMTP:
    if access.port == _IMPLICIT_TLS:
        context = tls_context(secure=True)
        return smtplib.SMTP_SSL(access.host, access.port, timeout=_SECONDS, context=context)
    return smtplib.SMTP(access.host, access.port, timeout=_SECONDS)


def _reply_text(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"
