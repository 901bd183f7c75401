"""Buckets that misbehave as some object stores do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.errors import StateError
from reconciler.state.objects.bucket import Bucket, Listed, Stored


class Around:
    """A bucket that passes everything on; the others change one thing each."""

    def __init__(self, inner: Bucket) -> None:
        self.inner = inner
        self.place = inner.place

    def create(self, key: str, content: bytes) -> None:
        self.inner.create(key, content)

    def replace(self, key: str, content: bytes) -> None:
        self.inner.replace(key, content)

    def read(self, key: str) -> Stored | None:
        return self.inner.read(key)

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        return self.inner.listed(prefix, after)

    def delete(self, keys: Sequence[str]) -> None:
        self.inner.delete(keys)


class Overwriting(Around):
    """Ignores the condition that nothing of the name exists."""

    def create(self, key: str, content: bytes) -> None:
        self.inner.delete([key])
        self.inner.create(key, content)


class Lagging(Around):
    """Lists nothing that was put since it was made."""

    def __init__(self, inner: Bucket) -> None:
        super().__init__(inner)
        self._known = {each.key for each in inner.listed("")}

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        return [each for each in self.inner.listed(prefix, after) if each.key in self._known]


class LosingAnswers(Around):
    """Puts an object, and then does not say so, for the puts that it is told to."""

    def __init__(self, inner: Bucket, loses: Callable[[str], bool]) -> None:
        super().__init__(inner)
        self._loses = loses

    def create(self, key: str, content: bytes) -> None:
        self.inner.create(key, content)
        if self._loses(key):
            raise StateError("the connection was cut")


class Down(Around):
    """Does nothing from some moment on."""

    down = False
    asked = 0
    """How often, in vain or not."""

    def create(self, key: str, content: bytes) -> None:
        self._check()
        super().create(key, content)

    def read(self, key: str) -> Stored | None:
        self._check()
        return super().read(key)

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        self._check()
        return super().listed(prefix, after)

    def _check(self) -> None:
        self.asked += 1
        if self.down:
            raise StateError("the store cannot be reached")


class Aged(Around):
    """Says of everything that it was written so many seconds earlier."""

    age = 0.0

    def listed(self, prefix: str, after: str = "") -> list[Listed]:
        found = self.inner.listed(prefix, after)
        return [Listed(each.key, self._aged(each.key, each.written_at)) for each in found]

    def read(self, key: str) -> Stored | None:
        stored = self.inner.read(key)
        if stored is None:
            return None
        return Stored(stored.content, self._aged(key, stored.written_at))

    def _aged(self, key: str, written_at: float) -> float:
        return written_at if key.startswith("probe/") else written_at - self.age
