"""What a person sees of drift: the page with its pictures, and `tidemill drift`."""

import re

import pytest

from flows import warehouse
from flows.commands import show
from flows.drift import page
from flows.errors import DeclarationError
from flows.settings import REPOSITORY, Settings
from tests.people import publish_people, turn
from tests.test_drift_measures import change, watched


def test_the_page_and_the_command_show_what_was_measured_last(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_people(settings)
    turn(settings)
    watched(settings)
    change(settings, "update marts.people set age = age + 30, city = '<Rome>'")
    assert watched(settings, run="run-2").alarms
    shown = settings.report_file("leaving").read_text()
    for said in ("Population stability index", "Scores then and now", "not measured yet", "alarm", "&lt;Rome&gt;"):
        assert said in shown
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)|url\((?!["']?#)|@import|<script|<Rome""", shown)
    with warehouse.read_warehouse(settings) as connection:
        points = page._points(connection, "leaving")
        (query,) = re.findall(r"```sql\n(.*?)```", (REPOSITORY / "docs" / "drift.md").read_text(), re.DOTALL)
        assert len(connection.execute(query.replace("churn", "leaving")).fetchall()) == 12
    assert page.render("leaving", points) == page.render("leaving", points) == shown.encode()
    monkeypatch.setattr(show, "Settings", lambda: settings)
    show.show_drift(None)
    printed = capsys.readouterr().out
    assert printed.index("true") < printed.index("false")
    assert "age feature" in printed and str(settings.report_file("leaving")) in printed
    with pytest.raises(DeclarationError, match=r"classifier 'leavin' is measured .* \(has: leaving\); did you mean"):
        show.show_drift("leavin")
