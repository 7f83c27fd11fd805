"""How files reach each service, and that no storage gets a service's key."""

import base64
from pathlib import Path

import pytest

from tests.standin.faults import Fault
from tests.standin.ledger import Recorded
from tests.standin.messages import mapping
from tests.standin.service import DEFAULT_KEY, StandIn
from tripo_addon.api.catalog.pixazo import PIXAZO
from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.studio import STUDIO
from tripo_addon.api.catalog.tripo_v2 import TRIPO_V2
from tripo_addon.api.catalog.tripo_v3 import TRIPO_V3
from tripo_addon.api.errors import Kind, Rejected, ServiceFault, Transient
from tripo_addon.api.replies import FileRef
from tripo_addon.api.services.tripo_v3 import PRESIGN_ABOVE

from .customer import Customer
from .hosts import RawHost, always, reply
from .outcomes import fault_in
from .samples import model_file, picture

TRIPO = [TRIPO_V3, TRIPO_V2]
TRIPO_IDS = [row.id for row in TRIPO]


def puts(service: StandIn) -> tuple[Recorded, ...]:
    """Return what was uploaded to the storage."""
    return tuple(each for each in service.ledger.requests if each.role == "artifacts")


def storage_had_no_key(service: StandIn) -> bool:
    """Check that only the service got our key."""
    return not any(
        DEFAULT_KEY in f"{each.headers}{each.query}{each.path}" for each in puts(service)
    )


@pytest.mark.parametrize("row", TRIPO, ids=TRIPO_IDS)
def test_picture_is_uploaded_as_a_one_part_form(
    service: StandIn, customer: Customer, tmp_path: Path, row: Service
) -> None:
    path = picture(tmp_path / "Grandma at home.xyz", form="JPEG")
    file = customer.dialect(row).upload(path)
    (upload,) = service.ledger.uploads
    assert file == FileRef(format="jpg", token=upload.token)
    assert upload.content == path.read_bytes()
    (sent,) = service.ledger.requests
    assert sent.path == ("/v3/files" if row is TRIPO_V3 else "/v2/openapi/upload")
    size = path.stat().st_size
    assert sent.body == {"file": {"name": "image.jpg", "media_type": "image/jpeg", "bytes": size}}


def test_small_model_is_uploaded_to_v3_as_a_form(
    service: StandIn, customer: Customer, tmp_path: Path
) -> None:
    file = customer.dialect(TRIPO_V3).upload(model_file(tmp_path / "My secret.GLB"))
    (sent,) = service.ledger.requests
    assert file.format == "glb"
    assert mapping(sent.body) == {
        "file": {"name": "model.glb", "media_type": "model/gltf-binary", "bytes": 20}
    }


@pytest.mark.parametrize(("size", "presigned"), [(PRESIGN_ABOVE, False), (PRESIGN_ABOVE + 1, True)])
def test_large_model_is_put_into_the_storage_that_v3_names(
    service: StandIn, customer: Customer, tmp_path: Path, size: int, presigned: bool
) -> None:
    path = model_file(tmp_path / "model.glb", size=size)
    booked = customer.ask(TRIPO_V3, {"kind": "import_model", "source_file": path})
    (upload,) = service.ledger.uploads
    assert upload.path.stat().st_size == size
    assert booked.body == {"input": upload.token}
    paths = [each.path for each in service.ledger.requests if each.role == "api"]
    assert paths[0] == ("/v3/files/presign" if presigned else "/v3/files")
    if presigned:
        (put,) = puts(service)
        assert put.method == "PUT"
        assert put.headers["content-length"] == str(size)
        assert put.headers["content-type"] == "model/gltf-binary"
        assert "authorization" not in put.headers
        assert storage_had_no_key(service)


def test_model_for_v2_is_put_into_storage_with_temporary_keys(
    service: StandIn, customer: Customer, tmp_path: Path
) -> None:
    path = model_file(tmp_path / "model.glb", size=300_000)
    booked = customer.ask(TRIPO_V2, {"kind": "import_model", "source_file": path})
    (upload,) = service.ledger.uploads
    assert upload.content == path.read_bytes()
    token_request, put, *_ = service.ledger.requests
    assert (token_request.path, token_request.body) == (
        "/v2/openapi/upload/sts/token",
        {"format": "glb"},
    )
    assert (put.role, put.method, put.path) == ("artifacts", "PUT", f"/tripo-data/{upload.token}")
    assert put.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=")
    assert storage_had_no_key(service)
    place = {"bucket": "tripo-data", "key": upload.token}
    assert booked.body == {"type": "import_model", "file": {"type": "glb", "object": place}}


FILES_OF = [
    (TRIPO_V3, PRESIGN_ABOVE + 1, "/uploads/"),
    (TRIPO_V2, 1000, "/tripo-data/"),
]
STORAGE = pytest.mark.parametrize(
    ("row", "size", "room"), FILES_OF, ids=[row.id for row, *_ in FILES_OF]
)


@STORAGE
@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Fault(status=403, body="<Error/>"), Kind.SERVICE),
        (Fault(status=500, body="<Error/>"), Kind.SERVICE),
        (Fault(cut="before"), Kind.OFFLINE),
        (Fault(cut="after"), Kind.OFFLINE),
    ],
    ids=["403", "500", "cut before", "cut after"],
)
def test_storage_error_is_transient(
    service: StandIn,
    customer: Customer,
    tmp_path: Path,
    row: Service,
    size: int,
    room: str,
    trouble: Fault,
    kind: Kind,
) -> None:
    path = model_file(tmp_path / "model.glb", size=size)
    ordered = {"status": trouble.status, "cut": trouble.cut, "headers": trouble.headers}
    service.fault(Fault(method="PUT", path=room, **ordered))
    fault: ServiceFault = fault_in(lambda: customer.dialect(row).upload(path))
    assert (type(fault), fault.trouble.kind) == (Transient, kind)
    assert storage_had_no_key(service)
    assert customer.dialect(row).upload(path).format == "glb"


@STORAGE
def test_storage_redirect_is_not_followed(
    service: StandIn, customer: Customer, tmp_path: Path, row: Service, size: int, room: str
) -> None:
    path = model_file(tmp_path / "model.glb", size=size)
    with RawHost(always(reply(200))) as other:
        away = {"Location": f"{other.url}/elsewhere"}
        service.fault(Fault(method="PUT", path=room, status=307, headers=away))
        assert type(fault_in(lambda: customer.dialect(row).upload(path))) is Transient
        assert other.requests == []


FILE_TAKERS = pytest.mark.parametrize(
    "row", [TRIPO_V3, TRIPO_V2, STUDIO], ids=[*TRIPO_IDS, STUDIO.id]
)


@FILE_TAKERS
def test_too_large_model_is_refused_before_sending(
    service: StandIn, customer: Customer, tmp_path: Path, row: Service
) -> None:
    path = model_file(tmp_path / "model.glb", size=row.max_model_bytes + 1_000_000)
    fault = fault_in(lambda: customer.dialect(row).upload(path))
    assert (type(fault), fault.trouble.kind) == (Rejected, Kind.FILE)
    assert fault.trouble.detail == "model.glb has 151 MB; the limit is 150 MB"
    assert service.ledger.requests == ()


@FILE_TAKERS
def test_missing_or_special_file_is_refused_without_its_folder(
    service: StandIn, customer: Customer, tmp_path: Path, row: Service
) -> None:
    (tmp_path / "notes.png").write_text("not a picture")
    for name in ("notes.png", "gone.png", "gone.glb", ""):
        path = tmp_path / name
        fault = fault_in(lambda p=path: customer.dialect(row).upload(p))
        assert (type(fault), fault.trouble.kind) == (Rejected, Kind.FILE)
        assert str(tmp_path.parent) not in fault.trouble.report()
    assert [each for each in service.ledger.requests if "sts/token" not in each.path] == []


def test_pictures_for_studio_are_sent_inside_the_request(
    service: StandIn, customer: Customer
) -> None:
    image = customer.pictures["image"]
    file = customer.dialect(STUDIO).upload(image)
    assert file == FileRef(format="png", path=image)
    assert service.ledger.requests == ()
    booked = customer.ask(STUDIO, {"kind": "image_to_model", "model": "3.1", "image": image})
    encoded = base64.b64encode(image.read_bytes()).decode()
    assert booked.body["image"] == f"data:image/png;base64,{encoded}"
    views = {name: customer.pictures[name] for name in ("front", "back")}
    booked = customer.ask(STUDIO, {"kind": "multiview_to_model", "model": "p1", **views})
    uris = [base64.b64encode(path.read_bytes()).decode() for path in views.values()]
    assert booked.body["images"] == [{"image": f"data:image/png;base64,{uri}"} for uri in uris]


def test_models_for_studio_are_sent_as_form_parts(service: StandIn, customer: Customer) -> None:
    customer.ask(
        STUDIO,
        {
            "kind": "texture_model",
            "source_file": customer.model_file,
            "image": customer.pictures["image"],
            "style_image": customer.address,
            "texture_quality": "detailed",
            "pbr": False,
            "texture_seed": 7,
        },
    )
    (sent,) = service.ledger.sent("POST", "/v1/")
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    size = customer.pictures["image"].stat().st_size
    assert sent.body == {
        "model": {"name": "model.glb", "media_type": "model/gltf-binary", "bytes": 20},
        "image": {"name": "image.png", "media_type": "image/png", "bytes": size},
        "style_image_url": customer.address,
        "texture_quality": "detailed",
        "pbr": "false",
        "texture_seed": "7",
    }


def test_pixazo_takes_no_file_and_nothing_is_sent(service: StandIn, customer: Customer) -> None:
    fault = fault_in(lambda: customer.dialect(PIXAZO).upload(customer.pictures["image"]))
    assert (type(fault), fault.trouble.kind) == (Rejected, Kind.OFFER)
    assert "image.png is not on the public web" in fault.trouble.sentence
    assert service.ledger.requests == ()
