"""Who waits for whom on SQLite: writers in order of arrival, readers for nobody."""

import sqlite3
import threading

import pytest
from django.db import connection

from lonja.config.sqlite.turns import Turn


def test_the_turn_goes_to_who_came_first():
    turn, order, arrived = Turn(), [], []

    def work(name):
        arrived.append(name)
        assert turn.take(10)
        order.append(name)
        turn.leave()

    assert turn.take(10)
    threads = []
    for name in range(6):
        threads.append(threading.Thread(target=work, args=(name,)))
        threads[-1].start()
        while len(turn._waiting) <= name:
            pass
    turn.leave()
    for thread in threads:
        thread.join()
    assert order == arrived == list(range(6))


def test_who_gives_up_leaves_the_queue():
    turn = Turn()
    assert turn.take(1)
    assert not turn.take(0.01)
    turn.leave()
    assert turn.take(0.01)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_a_page_is_read_while_somebody_else_writes(as_lucia):
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        connection.cursor().execute("PRAGMA busy_timeout=0")
        assert as_lucia.get("/facturas/").status_code == 200
    finally:
        other.execute("ROLLBACK")
        other.close()
        connection.close()
