"""A paid request has a connection of its own: a pooled one may have been closed unnoticed."""

import socket

from tripo_addon.api.services.tripo_v3 import connect
from tripo_addon.api.tasks import TextToModel

from .hosts import RawHost, RawRequest, success


def test_paid_request_uses_a_connection_of_its_own() -> None:
    def answer(connection: socket.socket, request: RawRequest) -> None:
        data = (
            {"task_id": "task-1"}
            if request.line.startswith("POST")
            else {"balance": 5, "frozen": 0}
        )
        connection.sendall(success(data))

    with RawHost(answer) as host:
        dialect = connect(host.url, "tsk_of_the_test")
        dialect.balance()
        assert dialect.submit(TextToModel(model="v3.1-20260211", prompt="a chest"), ()) == "task-1"
        dialect.balance()
        dialect.close()
        used = {request.line.split()[0]: request.connection for request in host.requests}
        free = [request.connection for request in host.requests if request.line.startswith("GET")]
    assert free == [0, 0]
    assert used["POST"] != 0
