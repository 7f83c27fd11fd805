"""Keys, base URLs and web addresses of pictures, checked by their form alone."""

import pytest

from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.http.addresses import (
    is_loopback,
    refuse_address,
    refuse_key,
    refuse_picture_address,
    refuse_proxy,
)
from tripo_addon.api.rules import Refusal

PREFIX = "This is not a Tripo key: it would start with tsk_"
SHORT = "The key is too short: copy all of its characters"
CHARACTER = "The key contains an invalid character; paste it again"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "Tripo needs an API key: enter it in the add-on's preferences"),
        (
            "tcli_0123",
            "This is a Client ID, not a key: the key starts with tsk_ (the console has both)",
        ),
        ("sk_0123", PREFIX),
        ("TSK_0123", PREFIX),
        (" tsk_0123", PREFIX),
        ("Bearer tsk_0123", PREFIX),
        ("tsk_01 23", CHARACTER),
        ("tsk_0123\n", CHARACTER),
        ("tsk_0123\r\nX-Other: 1", CHARACTER),
        ("tsk_0123\t", CHARACTER),
        ("tsk_ключ", CHARACTER),
        ("tsk_0123\u200b", CHARACTER),
        ("tsk_•••", CHARACTER),
        ("tsk_0\\23", CHARACTER),
        ("tsk_", SHORT),
        ("tsk_012", SHORT),
    ],
)
def test_malformed_key_is_refused_with_a_reason(key: str, sentence: str) -> None:
    assert refuse_key(TRIPO_V3, key) == Refusal("key", sentence)


def test_well_formed_key_is_accepted_without_further_checks() -> None:
    assert refuse_key(TRIPO_V3, "tsk_standin") is None
    assert refuse_key(TRIPO_V3, "tsk_AZaz09-_.~+/=") is None


@pytest.mark.parametrize(
    "address",
    [
        *(region.base_url for region in TRIPO_V3.regions),
        "https://gateway.example/tripo/",
        "https://gateway.example:8443",
        "HTTPS://Gateway.Example",
        "https://127.0.0.1:8000",
        "http://127.0.0.1:8000",
        "http://127.8.8.8",
        "http://localhost:8000",
        "http://LOCALHOST",
        "http://[::1]:8000",
    ],
)
def test_https_and_loopback_urls_are_accepted(address: str) -> None:
    assert refuse_address(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://openapi.tripo3d.ai",
        "http://192.168.1.5:8000",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://0.0.0.0",
        "http://[::2]",
        "ftp://openapi.tripo3d.ai",
        "ws://127.0.0.1",
    ],
)
def test_other_schemes_and_hosts_are_refused(address: str) -> None:
    refusal = Refusal("address", "The base URL must start with https://")
    assert refuse_address(address) == refusal


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "openapi.tripo3d.ai",
        "https://",
        "https:///v3",
        "https://[::1",
        "https://host:abc",
        "https://host:99999",
        "https://host:0",
        "https://user@host",
        "https://user:password@host",
        "https://:password@host",
        "https://@host",
        "https://host?",
        "https://host?key=1",
        "https://host#",
        "https://host#top",
        "https://ho st",
        "https://ho\nst",
        " https://host",
        "https://host ",
        "https://good.example\\@evil.example",
        "https://bücher.example",
        "javascript:alert(1)",
        "file:///etc/hosts",
    ],
)
def test_invalid_url_is_refused(address: str) -> None:
    assert refuse_address(address) == Refusal("address", "The base URL is not a web address")


def test_only_loopback_addresses_are_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.1.2.3", "::1")))
    assert not any(map(is_loopback, ("", "127.example", "128.0.0.1", "10.0.0.1", "::", "[::1]")))


LOCAL_BOUNDS, THERE = "http://127.0.0.1:8000", "https://gateway.example"
PUBLIC = "The service cannot reach this address: the image must be on the public web"


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost/a.png",
        "http://127.0.0.1:8000/a.png",
        "http://[::1]/a.png",
        "http://10.1.2.3/a.png",
        "http://192.168.0.4/a.png",
        "http://172.16.0.1/a.png",
        "http://169.254.1.1/a.png",
        "http://[fd00::1]/a.png",
        "http://nas/a.png",
        "http://nas.local/a.png",
        "http://printer.lan/a.png",
        "https://wiki.internal/a.png",
        "https://app.localhost/a.png",
    ],
)
def test_picture_on_a_private_network_needs_a_local_service(
    address: str,
) -> None:
    assert refuse_picture_address("image", address, THERE) == Refusal("image", PUBLIC)
    assert refuse_picture_address("image", address, LOCAL_BOUNDS) is None


@pytest.mark.parametrize(
    "address",
    ["https://example.com/a.png", "http://1.1.1.1/a.png", "https://bücher.example/ä.jpg?a=b#c"],
)
def test_picture_on_the_public_web_is_accepted(address: str) -> None:
    assert refuse_picture_address("image", address, THERE) is None


@pytest.mark.parametrize("address", ["", "http://", "https:///a.png", "http://[::1", "a.png"])
def test_invalid_picture_url_is_refused(address: str) -> None:
    refusal = Refusal("front", "This is not the web address of an image")
    assert refuse_picture_address("front", address, THERE) == refusal


@pytest.mark.parametrize(
    "address",
    ["", "http://proxy.example:8080", "proxy:3128", "https://me:p%40ss@[::1]:80/", "10.0.0.1"],
)
def test_proxy_is_accepted_with_and_without_a_scheme(address: str) -> None:
    assert refuse_proxy(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://[::1",
        "http://.:80",
        f"http://{'a' * 64}.example",
        "http:proxy:80",
        "http://me:pa#ss@proxy:80",
        '"http://proxy:80"',
        "htp://proxy:80",
        "://proxy",
        "a proxy:80",
        "proxy:99999",
        "proxy:port",
    ],
)
def test_malformed_proxy_is_refused_before_sending(address: str) -> None:
    assert refuse_proxy(address) == "its address is malformed"
