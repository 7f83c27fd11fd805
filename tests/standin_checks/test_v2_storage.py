"""Signed storage of v2: an object is put with temporary credentials, or not at all."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.standin.service import StandIn
from tests.standin.signatures import REGION

from .test_v2_bodies import Caller


@pytest.fixture
def caller(service: StandIn) -> Caller:
    return Caller(service.base_url)


def signed(grant: Mapping[str, str], content: bytes, region: str = REGION) -> dict[str, str]:
    """Return headers by AWS Signature Version 4, written from Amazon's description of it."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    payload = hashlib.sha256(content).hexdigest()
    headers = {
        "host": grant["s3_host"],
        "x-amz-content-sha256": payload,
        "x-amz-date": moment,
        "x-amz-security-token": grant["session_token"],
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{text}\n" for name, text in headers.items())
    path = f"/{grant['resource_bucket']}/{grant['resource_uri']}"
    request = f"PUT\n{path}\n\n{lines}\n{names}\n{payload}"
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    key = f"AWS4{grant['sts_sk']}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    mark = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={grant['sts_ak']}/{scope}"
    authorization = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={mark}"
    return {**headers, "authorization": authorization}


def put(grant: Mapping[str, str], content: bytes, headers: Mapping[str, str]) -> requests.Response:
    url = f"http://{grant['s3_host']}/{grant['resource_bucket']}/{grant['resource_uri']}"
    return requests.put(url, data=content, headers=headers, timeout=30)


def test_object_is_stored_with_only_its_signature(
    service: StandIn, caller: Caller, tiny_model: Path
) -> None:
    grant = caller.post("/upload/sts/token", {"format": "glb"}).json()["data"]
    content = tiny_model.read_bytes()
    good = signed(grant, content)
    spoiled: dict[str, dict[str, str]] = {
        "AccessDenied": {},
        "AuthorizationHeaderMalformed": caller.headers,
        "SignatureDoesNotMatch": {**good, "authorization": good["authorization"][:-1] + "x"},
        "InvalidToken": {**good, "x-amz-security-token": "another"},
        "InvalidAccessKeyId": signed({**grant, "sts_ak": "ASIANOBODY"}, content),
        "XAmzContentSHA256Mismatch": signed(grant, b"other bytes"),
    }
    codes = {name: put(grant, content, headers).text for name, headers in spoiled.items()}
    assert "AuthorizationHeaderMalformed" in codes.pop("AccessDenied")
    assert all(f"<Code>{name}</Code>" in text for name, text in codes.items()), codes
    wrong = put(grant, content, signed(grant, content, "us-east-1"))
    assert (wrong.status_code, "<Region>us-west-2</Region>" in wrong.text) == (400, True)
    assert not service.ledger.uploads[0].arrived

    early = {"object": {"bucket": grant["resource_bucket"], "key": grant["resource_uri"]}}
    assert caller.post("/task", {"type": "import_model", "file": early}).json()["code"] == 2019
    assert put(grant, content, good).status_code == 200
    assert service.ledger.uploads[0].content == content
    task = caller.task(caller.create("import_model", file=early))
    assert (task["status"], task["consumed_credit"]) == ("success", 0)
    assert caller.post("/upload/sts/token", {"format": "exe"}).json()["code"] == 2004
