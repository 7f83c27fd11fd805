from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tripo_addon.blender.session.package_origin import origin_of


@pytest.mark.parametrize(
    ("folder", "manifest", "bringer"),
    [
        ("extensions/user_default/odd", 'name = "Odd Tools"', "Odd Tools"),
        ("scripts/addons/odd_tools", "", "odd_tools"),
        ("somewhere/else", "", ""),
    ],
)
def test_owner_of_a_package_in_a_private_folder_is_named(
    folder: str, manifest: str, bringer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"odd_package_{len(folder)}"
    package = tmp_path / folder / "lib" / module
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "0.3"\n', encoding="utf-8")
    if manifest:
        (tmp_path / folder / "blender_manifest.toml").write_text(manifest, encoding="utf-8")
    monkeypatch.syspath_prepend(package.parent)

    unloaded = origin_of(module, module)
    import_module(module)
    loaded = origin_of(module, module)

    assert (unloaded.version, loaded.version) == ("", "0.3")
    assert {unloaded.bringer, loaded.bringer} == {bringer}
    assert {unloaded.place, loaded.place} == {str(package / "__init__.py")}
