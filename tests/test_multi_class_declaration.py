"""Which targets have classes: texts always, whole numbers where it is declared, nothing else."""

from pathlib import Path
from typing import Any

import pytest

from flows.errors import DeclarationError
from tests.tiny import read


def target(manifest: dict[str, Any], folder: Path, name: str, **meta: object) -> bool:
    def change(source: dict[str, Any], exposure: dict[str, Any]) -> None:
        exposure["config"]["meta"].update(target=name, **meta)

    (classifier,) = read(manifest, folder, change).classifiers
    return classifier.is_multi_class


def test_a_text_has_classes_and_a_boolean_has_none(manifest: dict[str, Any], tmp_path: Path) -> None:
    assert target(manifest, tmp_path, "country")
    assert target(manifest, tmp_path, "country", multi_class=True)
    assert not target(manifest, tmp_path, "was_returned")


@pytest.mark.parametrize(
    ("name", "declared", "said"),
    [
        ("was_returned", True, "multi_class: true does not go with a target of type 'boolean'"),
        ("amount", True, "multi_class: true does not go with a target of type 'decimal"),
        ("country", False, "multi_class: false does not go with a target of type 'varchar'"),
        ("country", "yes", "multi_class: 'yes' is neither true nor false"),
    ],
)
def test_what_has_no_classes_cannot_be_declared_to(
    manifest: dict[str, Any], tmp_path: Path, name: str, declared: object, said: str
) -> None:
    with pytest.raises(DeclarationError, match=said):
        target(manifest, tmp_path, name, multi_class=declared)
