"""Predict with a deployed version that is there and not to be trusted: it scores nothing and says why."""

import pytest

from flows import predict, store
from flows.settings import Settings
from tests.people import LEAVING, RUN


def spoil_the_statement(settings: Settings) -> None:
    statement = settings.models_store / "leaving" / "deployment.json"
    statement.write_text(statement.read_text().replace('"version": 1', '"version": 2'))


def spoil_the_linked_version(settings: Settings) -> None:
    folder = settings.models_store / "leaving"
    (folder / "deployment.json").unlink()
    (folder / "versions" / "1" / "manifest.json").write_text("{}")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(spoil_the_statement, "deployment.json: is not leaving's"), (spoil_the_linked_version, "manifest.json: ")],
)
def test_a_deployed_version_that_is_not_trusted_is_not_called_none(
    own_leaving: Settings, spoil: object, why: str
) -> None:
    assert callable(spoil)
    spoil(own_leaving)
    summary = predict.predict(own_leaving, LEAVING, RUN)
    assert (summary.version, summary.rows_scored) == (None, 0)
    assert summary.refusal and why in summary.refusal and "not trusted" in summary.refusal
    assert summary.said == f"refused ({summary.refusal})"


def test_before_the_first_deployment_nothing_is_wrong(own_leaving: Settings) -> None:
    folder = own_leaving.models_store / "leaving"
    (folder / "deployment.json").unlink()
    (folder / "deployed").unlink()
    summary = predict.predict(own_leaving, LEAVING, RUN)
    assert (summary.refusal, summary.said) == (None, "nothing is deployed yet")
    assert store.why_not_trusted(own_leaving, "leaving") is None
