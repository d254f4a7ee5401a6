"""Which drift is an alarm: read from an exposure's meta, or refused with file, key and remedy."""

import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.declaration.declared import DriftLimits
from flows.declaration.drifting import DRIFT_CHECKS
from flows.errors import DeclarationError
from flows.settings import REPOSITORY
from tests.tiny import read


def test_limits_are_read_and_the_others_have_their_defaults(manifest: dict[str, Any], tmp_path: Path) -> None:
    limits = {"drift": {"psi": 0.3, "p_value": 0.001}}
    (classifier,) = read(manifest, tmp_path, lambda _, exposure: exposure["config"]["meta"].update(limits)).classifiers
    assert classifier.drift == DriftLimits(psi=0.3, p_value=0.001)


@pytest.mark.parametrize(
    ("drift", "message"),
    [
        ({"psy": 0.3}, r"exposure returns: config.meta.drift: unknown key 'psy'.*did you mean 'psi'"),
        ({"psi": 0}, r"config.meta.drift.psi: '0' is not a number above 0"),
        ({"missing": 5}, r"config.meta.drift.missing: '5' does not lie between 0 and 1"),
        ({"p_value": 1}, r"config.meta.drift.p_value: '1' does not lie between 0 and 1"),
        (None, r"config.meta.drift: nothing stands where names with values belong"),
    ],
)
def test_a_wrong_limit_names_key_and_remedy(drift: Any, message: str, manifest: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=message):
        read(manifest, tmp_path, lambda source, exposure: exposure["config"]["meta"].update({"drift": drift}))


def test_every_limit_has_its_check_and_the_page_shows_the_defaults() -> None:
    assert set(DRIFT_CHECKS) == {each.name for each in fields(DriftLimits)}
    page = (REPOSITORY / "docs" / "drift.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert yaml.safe_load(block) == {"drift": asdict(DriftLimits())}
