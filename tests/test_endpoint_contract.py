"""What the endpoint promises to clients and operators: its OpenAPI document, its token, its health and its metrics."""

import socket
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode

from flows.endpoint import access
from flows.endpoint.app import application
from flows.errors import DeclarationError, TidemillError
from flows.settings import Settings
from tests.asking import PATH, ask, opened, predict

ROW = {"age": 30.5, "city": "Ulm"}
TOKEN = "a-token-that-is-long-enough"


def test_the_openapi_document_is_true(leaving: Settings) -> None:
    app = application(opened(leaving))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [each.ok() for each in schema.get_all_operations()]
    assert [each.label for each in operations] == ["POST /classifiers/leaving/predict", "GET /health", "GET /metrics"]
    for operation in operations:
        _try(operation, GenerationMode.POSITIVE)
    # The others take nothing that could be wrong.
    _try(operations[0], GenerationMode.NEGATIVE)


def _try(operation: Any, mode: GenerationMode) -> None:
    @hypothesis_settings(
        max_examples=25,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def valid(case: Any) -> None:
        case.call_and_validate()

    valid()


def test_the_document_names_kinds_ranges_and_categories(leaving: Settings) -> None:
    schemas = ask(opened(leaving), "GET", "/openapi.json").json()["components"]["schemas"]
    row = schemas["leaving_row"]
    assert row["required"] == ["age", "city"] and list(row["properties"]) == ["age", "city", "person_id"]
    assert row["properties"]["age"]["description"].endswith("seen in training: 10 to 89")
    assert row["properties"]["city"]["description"] == "a text or null; seen in training: 'Bonn', 'Ulm'"
    assert schemas["leaving_batch"]["properties"]["rows"]["maxItems"] == 1000


def test_with_a_token_nothing_is_told_without_it(leaving: Settings) -> None:
    of = opened(leaving, token=TOKEN)
    requests = (("POST", PATH), ("GET", "/metrics"), ("GET", "/openapi.json"), ("GET", "/nowhere"))
    for brought in (None, TOKEN, "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer é"):
        headers = {"authorization": brought.encode()} if brought else {}
        for method, path in requests:
            refused = ask(of, method, path, headers=headers)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert ask(of, "GET", "/health", headers=headers).json() == {"status": "ok"}
    known = {"authorization": f"bearer {TOKEN}"}
    assert ask(of, "POST", PATH, headers=known, json={"rows": [ROW]}).status_code == 200
    assert ask(of, "GET", "/health", headers=known).json()["classifiers"]["leaving"]["version"] == 1
    document = ask(of, "GET", "/openapi.json", headers=known).json()
    assert document["paths"][PATH]["post"]["security"] == [{"token": []}] and "401" in str(document)


def test_the_token_is_compared_in_constant_time(leaving: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    compare = access.hmac.compare_digest
    monkeypatch.setattr(access.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or compare(a, b))
    ask(opened(leaving, token=TOKEN), "GET", "/metrics", headers={"authorization": "Bearer wrong"})
    assert compared == [(b"wrong", TOKEN.encode())]


def test_elsewhere_than_on_loopback_it_starts_only_with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(access.VARIABLE, raising=False)
    assert access.token("127.0.0.1", is_local=True) is None
    with pytest.raises(DeclarationError, match=r"--host 0.0.0.0 can be reached from other machines; set TIDE"):
        access.token("0.0.0.0", is_local=False)
    monkeypatch.setenv(access.VARIABLE, "short")
    with pytest.raises(DeclarationError, match="less than 16 characters"):
        access.token("0.0.0.0", is_local=False)
    monkeypatch.setenv(access.VARIABLE, TOKEN)
    assert access.token("0.0.0.0", is_local=False) == TOKEN == access.token("127.0.0.1", is_local=True)
    monkeypatch.setenv(access.VARIABLE, f"{TOKEN} \n")
    assert access.token("0.0.0.0", is_local=False) == TOKEN
    for unsendable in ("ä" * 20, f"{TOKEN}\x7f{TOKEN}", f"{TOKEN}\udcff"):
        monkeypatch.setenv(access.VARIABLE, unsendable)
        with pytest.raises(DeclarationError, match="characters that no header carries"):
            access.token("0.0.0.0", is_local=False)


def test_a_host_that_is_no_name_is_refused_in_words() -> None:
    with pytest.raises(TidemillError, match="cannot listen at"):
        access.bound("a" * 70, 0)


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)])
def test_what_is_loopback_is_asked_of_the_bound_socket(host: str, expected: bool) -> None:
    with access.bound(host, 0) as listening:
        assert access.is_loopback(listening) is expected


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """asyncio sets TCP_NODELAY only on sockets that say they are TCP."""
    with access.bound("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_taken_port_or_unknown_host_is_named() -> None:
    with access.bound("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(TidemillError, match=rf"cannot listen at 127.0.0.1:{port} .* try another --port"):
            access.bound("127.0.0.1", port)
    with pytest.raises(TidemillError, match=r"cannot listen at no.such.host.invalid:1"):
        access.bound("no.such.host.invalid", 1)


def test_metrics_count_requests_rows_warnings_and_the_version(leaving: Settings) -> None:
    of = opened(leaving)
    predict(of, ROW, ROW | {"city": "Rome"})
    predict(of, {}, expect=422)
    for name in ("a", "b"):
        ask(of, "POST", f"/classifiers/{name}/predict", json={})
    exposed = ask(of, "GET", "/metrics")
    assert exposed.headers["content-type"].startswith("text/plain")
    for line in (
        'tidemill_requests_total{classifier="leaving",status="200"} 1.0',
        'tidemill_requests_total{classifier="leaving",status="422"} 1.0',
        'tidemill_requests_total{classifier="",status="404"} 2.0',
        'tidemill_rows_total{classifier="leaving"} 2.0',
        'tidemill_warnings_total{classifier="leaving",kind="unseen_category"} 1.0',
        'tidemill_served_version{classifier="leaving"} 1.0',
        'tidemill_reload_failures_total{classifier="leaving"} 0.0',
        'tidemill_request_seconds_count{classifier="leaving"} 2.0',
    ):
        assert line in exposed.text.splitlines()


def test_no_get_changes_anything(leaving: Settings) -> None:
    of = opened(leaving)
    board, files = of.serving.board, _files(leaving)
    for path in ("/health", "/metrics", "/openapi.json", PATH, "/"):
        assert ask(of, "GET", path).status_code in (200, 404, 405)
    assert of.serving.board is board and _files(leaving) == files


def _files(settings: Settings) -> list[tuple[str, int]]:
    return sorted((str(path), path.lstat().st_ctime_ns) for path in settings.models_store.rglob("*"))


def test_before_anything_is_deployed_health_says_what_to_do(settings: Settings) -> None:
    of = opened(settings)
    answered = ask(of, "GET", "/health")
    assert answered.status_code == 503 and "`tidemill run` trains and deploys" in answered.json()["reason"]
    assert ask(of, "POST", PATH, json={"rows": [ROW]}).json()["detail"].endswith("here (has: none is deployed)")
    assert ask(of, "GET", "/openapi.json").json()["paths"].keys() == {"/health", "/metrics"}
    assert not settings.models_store.exists()
