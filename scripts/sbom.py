"""Lists the third-party parts of the zips as a CycloneDX document, for vulnerability scanners."""
# The library's decorators hide its classes' attributes and arguments from type checkers.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportMissingImports=false

from __future__ import annotations

import tomllib
import uuid
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

import licenses
import same_bytes
import vendor

NAME = "sbom.cdx.json"
# The document's name is derived from its content.
_NAMESPACE = uuid.UUID("3b5f0c8e-6d0c-5c43-9d0e-0c8c2f0a7f11")


def write(zips: Sequence[Path], folder: Path) -> Path:
    """Write the document about the release in these zips, and return its path.

    It has no date: the same zips give the same document.
    """
    bom = _bom(zips)
    output = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    path = folder / NAME
    path.write_text(output.output_as_string(indent=2) + "\n", encoding="utf-8", newline="\n")
    return path


def _bom(zips: Sequence[Path]) -> Bom:
    manifest = tomllib.loads(vendor.MANIFEST.read_text(encoding="utf-8"))
    addon = Component(
        name=manifest["id"],
        version=manifest["version"],
        type=ComponentType.APPLICATION,
        bom_ref=manifest["id"],
        description=manifest["tagline"],
        licenses=[LicenseFactory().make_from_string("GPL-3.0-or-later")],
        components=[_file(path.name, same_bytes.sha256(path)) for path in zips],
    )
    files: dict[str, list[Component]] = defaultdict(list)
    for wheel in vendor.locked():
        files[wheel.pin].append(_file(wheel.file, wheel.sha256))
    wheels = [vendor.LOCK.parent / wheel.file for wheel in vendor.locked()]
    shipped = [_package(package, files) for package in licenses.packages(wheels)]
    bom = Bom(components=shipped)
    bom.serial_number = uuid.uuid5(_NAMESPACE, same_bytes.sums(zips))
    bom.metadata.component = addon
    bom.metadata.timestamp = None
    bom.register_dependency(addon, shipped)
    for package in shipped:
        crates = [part for part in package.components if part.type is ComponentType.LIBRARY]
        bom.register_dependency(package, crates)
    return bom


def _package(package: licenses.Package, files: dict[str, list[Component]]) -> Component:
    name = package.name.replace("_", "-").lower()
    purl = PackageURL("pypi", name=name, version=package.version)
    parts = [_part(part) for part in package.parts]
    return Component(
        name=name,
        version=package.version,
        bom_ref=purl.to_string(),
        description=package.summary,
        licenses=[LicenseFactory().make_from_string(package.license)],
        purl=purl,
        components=[*parts, *files[f"{name}=={package.version}"]],
    )


def _part(part: licenses.Part) -> Component:
    return Component(
        name=part.name,
        version=part.version,
        bom_ref=part.purl,
        licenses=[LicenseFactory().make_from_string(part.license)],
        purl=PackageURL.from_string(part.purl),
    )


def _file(name: str, sha256: str) -> Component:
    return Component(
        name=name,
        type=ComponentType.FILE,
        bom_ref=name,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
    )
