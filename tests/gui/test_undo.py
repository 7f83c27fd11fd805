from .conftest import Perform

NAME = "A small wooden chest"


def test_each_arrival_is_one_named_undo_step(
    perform: Perform,
) -> None:
    report = perform("undo")
    none, one, two = report["arrived"]
    assert brought(none, one) >= {f"objects {NAME}", f"meshes {NAME}", f"collections {NAME}"}
    assert any(block.startswith("images ") for block in brought(none, one))
    assert len(brought(one, two)) == len(brought(none, one))
    assert not brought(one, none)
    assert not brought(two, one)
    assert report["undo"] == [one, none]
    assert report["redo"] == [one, two]
    cube, first, second = (["Cube"] * 2, [NAME] * 2, [f"{NAME}.001"] * 2)
    assert report["selected"] == [cube, first, second]
    assert report["selected again"] == [first, cube, first, second]
    steps = report.log.partition("Steps of undo:")[2]
    assert f"name='Tripo: Add {NAME}'" in steps
    assert f"name='Tripo: Add {NAME}.001'" in steps
    report.picture("redone")


def brought(before: list[str], after: list[str]) -> set[str]:
    """Return the new data-blocks."""
    return set(after) - set(before)
