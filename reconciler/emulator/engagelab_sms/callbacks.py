"""Posting receipts to the callback that the console has set, signed as *Callback* has it.

`X-CALLBACK-ID: timestamp={t};nonce={n};username={u};signature={s}`, where the signature is the
hexadecimal HMAC-SHA256 of `{t}{n}{u}` under the secret. The page of the callback shows the form of
the header; the form of the body is that of the provider's OTP product.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable

from reconciler.emulator.engagelab_sms.accounts import Row
from reconciler.emulator.engagelab_sms.receipts import Callback, Receipts

_SECONDS = 3.0
"""Within which a callback has to answer 200."""


class Courier:
    """Brings receipts to the callback, once each, whatever that answers."""

    def __init__(self, receipts: Receipts, now: Callable[[], float]) -> None:
        self._receipts = receipts
        self._now = now
        self._running: set[asyncio.Task[int]] = set()
        self.nonce: Callable[[], str] = lambda: secrets.token_hex(8)

    def wake(self) -> None:
        """Go, in the background, and wait for what is due later; needs a running event loop."""
        if self._receipts.callback is None or self._running:
            return
        task = asyncio.ensure_future(self._until_done())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def deliver(self) -> int:
        """Post what is due, and return how many that were."""
        callback = self._receipts.callback
        if callback is None:
            return 0
        count = 0
        for key, row in self._receipts.due(self._now()):
            self._receipts.forget(key)
            await self._post(callback, {"total": 1, "rows": [row]})
            count += 1
        return count

    async def answers(self, callback: Callback) -> bool:
        """Whether a callback takes an empty object as it should: "return 200 within 3 seconds"."""
        return await self._post(callback, {}) == 200

    async def _until_done(self) -> int:
        count = await self.deliver()
        while (due := self._receipts.next(self._now())) is not None:
            await asyncio.sleep(due - self._now())
            count += await self.deliver()
        return count

    async def _post(self, callback: Callback, body: Row) -> int | None:
        """Return the status that it was answered with; None where it was not."""
        import httpx  # here, for whoever has no callback has no use for it

        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            try:
                answer = await client.post(callback.url, json=body, headers=self._headers(callback))
            except (httpx.HTTPError, httpx.InvalidURL):
                return None
        return answer.status_code

    def _headers(self, callback: Callback) -> dict[str, str]:
        if not callback.username:
            return {}
        timestamp, nonce, name = str(int(self._now())), self.nonce(), callback.username
        signature = signed(callback.secret, timestamp, nonce, name)
        value = f"timestamp={timestamp};nonce={nonce};username={name};signature={signature}"
        return {"X-CALLBACK-ID": value}


def signed(secret: str, timestamp: str, nonce: str, username: str) -> str:
    """The signature of a callback."""
    text = f"{timestamp}{nonce}{username}".encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
