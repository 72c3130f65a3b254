"""Sessions in the database, read with the query that every page makes written once."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as RowStore
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField
from django.utils import timezone

from lonja.accounts.prepared import Prepared, Slot

_open_session = Prepared(
    lambda: Session.objects.filter(
        session_key=Slot("key"), expire_date__gt=Slot("now", DateTimeField())
    )
)


class SessionStore(RowStore):
    def _get_session_from_db(self) -> Any:
        try:
            return _open_session.get(key=self.session_key, now=timezone.now())
        except Session.DoesNotExist:
            self._session_key = None
            return None
