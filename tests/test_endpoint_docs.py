"""The page on the endpoint is true: its request gets the answer it shows."""

import json
import re

import pytest

from flows.settings import REPOSITORY, Settings
from tests.asking import ask, opened
from tests.place import Finished

PAGE = (REPOSITORY / "docs" / "endpoint.md").read_text(encoding="utf-8")


def test_the_request_shown_gets_the_answer_shown(finished: Finished) -> None:
    ((path, sent),) = re.findall(
        r"^curl \S* http://127.0.0.1:8000(\S+) .* -d '\n(.*?)'$", PAGE, re.DOTALL | re.MULTILINE
    )
    (shown,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    of = opened(Settings(models_store=finished.place.folder / "models_store"))
    answer, expected = ask(of, "POST", path, json=json.loads(sent)).json(), json.loads(shown)
    for given in (answer, expected):
        given["probability"] = given["predictions"][0].pop("probability")
    assert answer.pop("probability") == pytest.approx(expected.pop("probability"), abs=1e-4)
    assert answer == expected


def test_every_metric_is_named(finished: Finished) -> None:
    of = opened(Settings(models_store=finished.place.folder / "models_store"))
    exposed = ask(of, "GET", "/metrics").text
    names = {
        name for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", exposed, re.MULTILINE) if "_created" not in name
    }
    assert names and names <= set(re.findall(r"`(tidemill_\w+)`", PAGE))
