"""A service may quote the key that it refuses, in any spelling: none of our texts contains it."""

import base64
import html
import json
import re
from urllib.parse import quote, unquote

import pytest

from tests.standin.faults import Fault
from tests.standin.service import StandIn
from tripo_addon.api.catalog import SERVICES
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import ServiceFault
from tripo_addon.api.http.addresses import refuse_key
from tripo_addon.api.http.transport import KeyForOrigin
from tripo_addon.api.redaction import Redaction

from .customer import connect

ROWS = pytest.mark.parametrize("row", SERVICES.values(), ids=SERVICES)
SENT_KEY = "k3y/+=&all"
ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in SENT_KEY)
QUOTED = {
    "plainly": json.dumps(SENT_KEY),
    "a letter escaped": f'"k\\u0033y{json.dumps(SENT_KEY[3:])[1:]}',
    "every letter escaped": f'"{ESCAPED}"',
    "in capitals": f'"{ESCAPED.upper().replace(chr(92) + "U", chr(92) + "u")}"',
    "slashes escaped": json.dumps(SENT_KEY).replace("/", "\\/"),
    "JSON in JSON": json.dumps(f'{{"told": "{ESCAPED}"}}'),
    "JSON in JSON in JSON": json.dumps(json.dumps(f'{{"told": "{ESCAPED}"}}')),
    "in an address": json.dumps(f"?key={quote(SENT_KEY, safe='')}"),
    "in an address in an address": json.dumps(quote(f"?key={quote(SENT_KEY, safe='')}")),
    "in small letters": json.dumps(quote(SENT_KEY, safe="").lower()),
    "every letter percent-encoded": json.dumps("".join(f"%{ord(each):02X}" for each in SENT_KEY)),
}


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


BASE64 = in_base64(SENT_KEY)
QUOTED |= {
    "in base64": json.dumps(BASE64),
    "in base64 behind a word": json.dumps(in_base64(f"Bearer {SENT_KEY}")),
    "as a name's password": json.dumps(in_base64(f"me:{SENT_KEY}\n")),
    "in base64 of addresses": json.dumps(base64.urlsafe_b64encode(SENT_KEY.encode()).decode()),
    "in base64 in an address": json.dumps(quote(BASE64, safe="")),
    "in base64 in JSON": json.dumps(json.dumps(BASE64).replace("/", "\\/")),
    "in hexadecimal": json.dumps(SENT_KEY.encode().hex()),
    "in hexadecimal capitals": json.dumps(SENT_KEY.encode().hex().upper()),
    "in HTML": json.dumps(html.escape(SENT_KEY)),
    "in HTML in HTML": json.dumps(html.escape(html.escape(SENT_KEY))),
    "every letter as an entity": json.dumps("".join(f"&#{ord(each)};" for each in SENT_KEY)),
    "as hexadecimal entities": json.dumps("".join(f"&#x{ord(each):X};" for each in SENT_KEY)),
    "as entities in an address": json.dumps(quote("".join(f"&#{ord(each)};" for each in SENT_KEY))),
    "as bytes of a program": json.dumps("".join(f"\\x{ord(each):02x}" for each in SENT_KEY)),
}
PLACES = ("code", "message", "suggestion", "request_id", "error", "detail", "failure_reason")


def reveals_key(text: str) -> bool:
    """Return whether a text contains the key, however often it was encoded."""
    for _ in range(4):
        text = unquote(
            re.sub(r"\\+(?:u00|x)([0-9a-fA-F]{2})", lambda hit: chr(int(hit[1], 16)), text)
        )
        text = html.unescape(text)
    text = text.replace("\\", "")
    raw = SENT_KEY.encode()
    packed = [base64.b64encode(bytes(start) + raw).decode()[2 * start : -4] for start in range(3)]
    forms = (SENT_KEY, raw.hex(), *packed)
    plain = text.replace("-", "+").replace("_", "/")
    return any(form in text or form in plain for form in forms) or raw.hex() in text.lower()


@pytest.mark.slow
@ROWS
@pytest.mark.parametrize("how", QUOTED)
def test_no_answer_brings_the_key_into_our_texts(service: StandIn, row: Service, how: str) -> None:
    """With any status, and anywhere in the body or the headers."""
    dialect = connect(row, service.base_url, SENT_KEY)
    quoted = QUOTED[how]
    body = "{" + "".join(f'"{place}": {quoted}, ' for place in PLACES) + f"{quoted}: 1}}"
    headers = {"X-Tripo-Trace-ID": json.loads(quoted)}
    assert reveals_key(quoted)
    for status in (200, 400, 401, 403, 404, 429, 500):
        service.fault(Fault(status=status, body=body, headers=headers))
        try:
            text = repr(dialect.look_up(["a"]))
        except ServiceFault as fault:
            text = fault.trouble.report() + repr(fault.trouble) + str(fault)
        assert not reveals_key(text)
    dialect.close()


SHORT = ("a", "key", "tsk_012")


@pytest.mark.parametrize("key", SHORT)
def test_too_short_key_removes_no_words(service: StandIn, key: str) -> None:
    assert refuse_key(TRIPO_V3, key) is not None
    redaction = Redaction([key, ""])
    words = f"a task of the key {key}, {base64.b64encode(key.encode()).decode()}"
    assert redaction.text(words) == words
    assert not redaction.stands_in(words)


def test_text_without_a_key_is_unchanged() -> None:
    redaction = Redaction([SENT_KEY, "tsk_0123456789abcdef"])
    for words in (
        "",
        "100 % of it",
        r"C:\users\me",
        "&amp; &lt;b&gt;",
        "tsk_0123",
        "%41%zz\\",
        "a" * 9,
    ):
        assert redaction.text(words) == words


def test_every_key_of_several_is_found_anywhere() -> None:
    one, two = "tsk_0123456789", "k3y/+=&all"
    redaction = Redaction([one, two, one + "longer"])
    text = f"{one} %74sk_0123456789 {html.escape(two)} {one}longer {two.encode().hex()}"
    assert redaction.text(text) == " ".join(["[key]"] * 5)


def test_cut_text_ends_in_no_part_of_a_key() -> None:
    auth = KeyForOrigin("https://api.example", "X-Key", f"Bearer {SENT_KEY}")
    for most in range(1, 40):
        for before in range(most + 2):
            cut = str(auth.received("." * before + SENT_KEY * 500, most))
            assert len(cut) <= most
            assert "k3" not in cut
