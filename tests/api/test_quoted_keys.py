"""A service may quote the key that it refuses, in any spelling: it is in none of our words."""

import json
import re
from urllib.parse import quote, unquote

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.records import Service
from tripo_addon.api.errors import ServiceFault

from .counter import connect

ROWS = pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)
ASKED_WITH = "k3y/+=&all"
ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in ASKED_WITH)
QUOTED = {
    "plainly": json.dumps(ASKED_WITH),
    "a letter escaped": f'"k\\u0033y{json.dumps(ASKED_WITH[3:])[1:]}',
    "every letter escaped": f'"{ESCAPED}"',
    "in capitals": f'"{ESCAPED.upper().replace(chr(92) + "U", chr(92) + "u")}"',
    "slashes escaped": json.dumps(ASKED_WITH).replace("/", "\\/"),
    "JSON in JSON": json.dumps(f'{{"told": "{ESCAPED}"}}'),
    "JSON in JSON in JSON": json.dumps(json.dumps(f'{{"told": "{ESCAPED}"}}')),
    "in an address": json.dumps(f"?key={quote(ASKED_WITH, safe='')}"),
    "in an address in an address": json.dumps(quote(f"?key={quote(ASKED_WITH, safe='')}")),
    "in small letters": json.dumps(quote(ASKED_WITH, safe="").lower()),
    "every letter percent-encoded": json.dumps("".join(f"%{ord(each):02X}" for each in ASKED_WITH)),
}
PLACES = ("code", "message", "suggestion", "request_id", "error", "detail", "failure_reason")


def gives_away(text: str) -> bool:
    """Whether the key can be read out of a text, however often it was wrapped."""
    for _ in range(4):
        text = unquote(re.sub(r"\\+u([0-9a-fA-F]{4})", lambda hit: chr(int(hit[1], 16)), text))
    return ASKED_WITH in text.replace("\\", "")


@ROWS
@pytest.mark.parametrize("how", QUOTED)
def test_no_answer_brings_the_key_into_our_words(service: StandIn, row: Service, how: str) -> None:
    """Whatever the status, and wherever in the body or the headers it stands."""
    dialect = connect(row, service.base_url, ASKED_WITH)
    quoted = QUOTED[how]
    body = "{" + "".join(f'"{place}": {quoted}, ' for place in PLACES) + f"{quoted}: 1}}"
    headers = {"X-Tripo-Trace-ID": json.loads(quoted)}
    assert gives_away(quoted)
    for status in (200, 400, 401, 403, 404, 429, 500):
        service.fault(Fault(status=status, body=body, headers=headers))
        try:
            said = repr(dialect.look_up(["a"]))
        except ServiceFault as fault:
            said = fault.trouble.report() + repr(fault.trouble) + str(fault)
        assert not gives_away(said)
    dialect.close()
