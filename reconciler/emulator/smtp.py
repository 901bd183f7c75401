"""An SMTP server for the provider emulators that have one: STARTTLS, a login, and mails.

It implements as much of RFC 5321, 3207 and 4954 as programs need to submit mail. The emulator of a
provider decides which logins are right, and what happens to a mail.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import socket
import tempfile
import threading
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from reconciler.emulator.authority import server_context

if TYPE_CHECKING:
    import ssl
    from email.message import EmailMessage
    from types import TracebackType

_MOST_BYTES = 1024 * 1024
_PATH = re.compile(r"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)
_READY_SECONDS = 30.0


class Refused(Exception):
    """Raised to answer a command with an error reply."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}")


class MailHost(Protocol):
    """A provider emulator that takes mail by SMTP."""

    def serve_smtp(self, host: str, port: int) -> None:
        """Take note of the server's address, which clients are told."""

    def log_in(self, username: str, password: str) -> bool:
        """Tell whether this is the login of some account."""
        ...

    def recipient(self, address: str) -> None:
        """Accept a recipient; raises `Refused`."""

    def mail(self, username: str, recipients: list[str], mail: EmailMessage) -> str:
        """Take a mail and return its id; raises `Refused`."""
        ...


class SmtpServer:
    """Serves one mail host from a thread; the port is bound from the start (0: any free one).

    Raises `OSError` when the port is taken. `authority` is the file that clients have to trust.
    """

    def __init__(self, mail_host: MailHost, *, port: int = 0, host: str = "127.0.0.1") -> None:
        self._mail_host = mail_host
        self._socket = socket.create_server((host, port))
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory(prefix="reconciler-emulator-")
        self._tls, self.authority = server_context(Path(self._folder.name))
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="emulated smtp", daemon=True)
        mail_host.serve_smtp(host, self.port)

    def __enter__(self) -> Self:
        """Start serving, and wait until connections are accepted."""
        self._thread.start()
        self._ready.wait(_READY_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop at once."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_READY_SECONDS)
        self._folder.cleanup()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        serving = asyncio.start_server(self._client, sock=self._socket, limit=_MOST_BYTES)
        server = self._loop.run_until_complete(serving)
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Conversation(self._mail_host, self._tls, reader, writer).talk()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # the client is gone, or does not speak SMTP
        finally:
            writer.close()


class _Conversation:
    """One connection with a client."""

    def __init__(
        self,
        mail_host: MailHost,
        tls: ssl.SSLContext,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._host = mail_host
        self._tls = tls
        self._reader = reader
        self._writer = writer
        self._secure = False
        self._username = ""
        self._recipients: list[str] = []

    async def talk(self) -> None:
        await self._say("220 emulator ESMTP")
        while True:
            line = (await self._reader.readline()).decode("ascii", "replace")
            if not line:
                return
            verb, _, rest = line.strip().partition(" ")
            try:
                if not await self._answer(verb.upper(), rest):
                    return
            except Refused as no:
                await self._say(str(no))

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    async def _answer(self, verb: str, rest: str) -> bool:
        """Answer one command; false when it was the last."""
        match verb:
            case "EHLO" | "HELO":
                offer = "AUTH PLAIN LOGIN" if self._secure else "STARTTLS"
                await self._say("250-emulator", f"250 {offer}")
            case "STARTTLS":
                await self._say("220 go ahead")
                await self._writer.start_tls(self._tls)
                self._secure = True
            case "AUTH":
                await self._authenticate(rest)
            case "MAIL" | "RCPT":
                await self._envelope(verb, rest)
            case "DATA":
                await self._data()
            case "RSET" | "NOOP":
                self._recipients.clear()
                await self._say("250 ok")
            case "QUIT":
                await self._say("221 bye")
                return False
            case _:
                raise Refused(502, "command not implemented")
        return True

    async def _authenticate(self, rest: str) -> None:
        if not self._secure:
            raise Refused(530, "5.7.0 must issue a STARTTLS command first")
        way, _, first = rest.partition(" ")
        if way.upper() == "PLAIN":
            words = _decoded(first or await self._asked("")).split("\0")
            username, password = words[-2:] if len(words) == 3 else ("", "")
        elif way.upper() == "LOGIN":
            username = _decoded(first or await self._asked("Username:"))
            password = _decoded(await self._asked("Password:"))
        else:
            raise Refused(504, "5.5.4 unrecognized authentication type")
        if not self._host.log_in(username, password):
            raise Refused(535, "5.7.8 authentication credentials invalid")
        self._username = username
        await self._say("235 2.7.0 accepted")

    async def _asked(self, words: str) -> str:
        await self._say(f"334 {base64.b64encode(words.encode()).decode()}")
        return (await self._reader.readline()).decode("ascii", "replace").strip()

    async def _envelope(self, verb: str, rest: str) -> None:
        found = _PATH.match(rest)
        if not self._username:
            raise Refused(530, "5.7.0 authentication required")
        if found is None:
            raise Refused(501, "5.5.4 syntax error")
        if verb == "MAIL":
            self._recipients.clear()
        else:
            self._host.recipient(found[1])
            self._recipients.append(found[1])
        await self._say("250 2.1.0 ok")

    async def _data(self) -> None:
        if not self._recipients:
            raise Refused(503, "5.5.1 no recipient")
        await self._say("354 go ahead")
        data = (await self._reader.readuntil(b"\r\n.\r\n"))[:-3]
        parsed = message_from_bytes(data.replace(b"\r\n..", b"\r\n."), policy=policy.default)
        known = self._host.mail(self._username, self._recipients, cast("Any", parsed))
        self._recipients = []
        await self._say(f"250 2.0.0 queued as {known}")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused(501, "5.5.2 cannot decode") from None
