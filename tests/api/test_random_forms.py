"""Random forms: what our rules accept also passes the service's tables, at the price shown.

The tables and the price lists are the stand-in's, which know nothing of our catalog.
"""

import pytest

from tripo_addon.api.catalog.service_types import Service
from tripo_addon.api.catalog.task_kinds import TaskKind
from tripo_addon.api.prices import estimate

from .customer import ALL_KIND_IDS, ALL_KINDS
from .random_forms import through, written

FORMS_PER_KIND = 250
# Prices that are not published: the service, the kind, and the version unless it is all of them.
UNPUBLISHED = {
    ("tripo-v3", "decimate_mesh", "v3.0"),
    ("tripo-v2", "refine_model", ""),
    ("tripo-v2", "edit_image", "z_image"),
    ("pixazo", "image_to_model", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize(("row", "kind"), ALL_KINDS, ids=ALL_KIND_IDS)
def test_forms_our_rules_accept_match_the_tables_at_the_price_shown(
    row: Service, kind: TaskKind
) -> None:
    for values in through(row, kind, FORMS_PER_KIND):
        shown = estimate(row, kind, values)
        for each in written(row, kind, values):
            assert each.checked.ignored == (), each.body
            if shown is not None:
                assert shown == each.credits, each.body
        assert (shown is None) is not_published(row, kind, str(values.get("model", ""))), values


def not_published(row: Service, kind: TaskKind, model: str) -> bool:
    """Return whether no price may be shown: none is published, or the service quotes it."""
    version = row.model(kind, model)
    retired = version is not None and bool(version.retired)
    return row.quotes or retired or (row.id, kind.value, model) in UNPUBLISHED
