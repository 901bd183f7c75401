"""Connections to PostgreSQL that are cut, lose answers, or change sessions as behind a pool."""

from __future__ import annotations

from types import SimpleNamespace

import psycopg
from psycopg.pq import TransactionStatus


class Meddled:
    """A connection before whose statements something happens; the rest is the real one's."""

    def __init__(self, real, before):
        self._real = real
        self._before = before

    def __getattr__(self, name):
        return getattr(self._real, name)

    def execute(self, statement, values=None):
        return self._before(self._real, statement, values)


class Cutter:
    """Ends the session on the server before the nth statement, or `after` it; counts them all.

    With `at`, whenever it is `armed`, at the next statement that ends so.
    """

    def __init__(self, connect, *, nth=0, at="", after=False):
        self._connect = connect
        self._nth = nth
        self._at = at
        self.armed = False
        self._after = after
        self.statements = []

    def __call__(self):
        return Meddled(self._connect(), self._execute)

    def _execute(self, db, statement, values):
        self.statements.append(str(statement).strip())
        mine = len(self.statements) == self._nth or (self.armed and statement.endswith(self._at))
        if mine:
            self.armed = False
        if mine and not self._after:
            self._cut(db)
        result = db.execute(statement, values)
        if mine and self._after:
            self._cut(db)
            db.close()
            raise psycopg.OperationalError("the answer was lost")
        return result

    def _cut(self, db):
        with self._connect() as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (db.info.backend_pid,))


class Pool:
    """What PgBouncer does in transaction mode: each transaction may get another session."""

    def __init__(self, connect, size=3):
        self._sessions = [connect() for _ in range(size)]
        self._turn = 0

    def __call__(self):
        return Pooled(self)

    def next(self):
        free = [
            each
            for each in self._sessions
            if each.info.transaction_status is TransactionStatus.IDLE
        ]
        self._turn += 1
        return free[self._turn % len(free)]

    def close(self):
        for each in self._sessions:
            each.close()


class Pooled:
    """One client's connection to a pool. The session's number is made up, as PgBouncer does."""

    closed = broken = False

    def __init__(self, pool):
        self._pool = pool
        self._session = None

    @property
    def info(self):
        session = self._current()
        return SimpleNamespace(backend_pid=-1, transaction_status=session.info.transaction_status)

    def _current(self):
        session = self._session
        if session is None or session.info.transaction_status is TransactionStatus.IDLE:
            self._session = session = self._pool.next()
        return session

    def __getattr__(self, name):
        return getattr(self._current(), name)

    def execute(self, statement, values=None):
        return self._current().execute(statement, values)

    def transaction(self):
        return self._current().transaction()

    def rollback(self):
        if self._session is not None:
            self._session.rollback()

    def close(self):
        self.rollback()
