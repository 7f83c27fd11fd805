from .conftest import Perform


def test_panel_uses_the_selection_of_its_viewport(perform: Perform) -> None:
    seen = perform("shown_selection")["seen"]
    selected = {name: facts["selected"] for name, facts in seen.items()}
    assert [name for name, names in selected.items() if names] == [
        *("selected", "meshes again", "local view", "selected again", "undone"),
    ]
    for name, facts in seen.items():
        assert ("Cube" in facts["words"]) == bool(facts["selected"]), (name, facts["words"])
