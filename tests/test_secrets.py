"""Secrets of an address stand in no line that is printed, and in no name of a file that is written."""

import re
from pathlib import Path

import pytest

from flows.commands.compare import Outputs, compare_files
from flows.comparing.wishes import read_wishes
from flows.declaration.options import check_place
from flows.errors import DeclarationError, TidemillError
from flows.read import read_files
from tests.servers import web

ADDRESSES = (
    "http://mill:s3cret@127.0.0.1:1/a.csv",
    "http://127.0.0.1:1/a.csv?token=s3cret",
    "http://[127.0.0.1:1/a.csv?token=s3cret",
    "ftp://mill:s3cret@127.0.0.1:1/a.csv",
    "postgresql://mill:s3/cret@127.0.0.1:1/shop",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("as_json", [True, False])
def test_read_names_an_address_without_user_and_query(
    address: str, as_json: bool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["table=orders"] if address.startswith("postgresql") else []
    with pytest.raises(TidemillError):
        read_files([address], None, as_json, options, None)
    printed = caplog.text + "".join(capsys.readouterr())
    assert "127.0.0.1" in printed
    assert not re.search("s3/?cret|mill:", printed)


def test_a_file_written_by_read_is_not_named_by_the_query_of_its_address(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with web(tmp_path) as port:
        read_files([f"http://127.0.0.1:{port}/a.csv?token=s3cret"], tmp_path / "out", False, [], None)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.csv.csv", "a.csv.rejected.jsonl"}


def test_compare_names_an_address_without_user_and_query(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DeclarationError) as raised:
        compare_files(
            ADDRESSES[0], str(tmp_path / "a.csv"), read_wishes(None, None, [], []), Outputs(False, None, None)
        )
    assert "s3cret" not in str(raised.value)


def test_a_database_without_table_or_query_is_an_error_of_the_call(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(TidemillError):
        read_files(["sqlite:////shop.db"], None, False, [], None)
    assert "--option table=NAME" in caplog.text


@pytest.mark.parametrize(
    "location",
    [
        "FTP://mill:s3cret@host/a.csv",
        "postgresql://mill:s3/cret@host/shop",
        "postgresql://host/shop?user=mill&password=s3cret",
    ],
)
def test_a_password_written_into_a_location_is_an_error_however_it_is_written(location: str) -> None:
    with pytest.raises(DeclarationError, match="holds a password"):
        check_place("here", location, {"table": "orders"})


@pytest.mark.parametrize(
    "location", ["postgresql://mill:${PASSWORD}@host/shop", "postgresql://host/shop?password=${PASSWORD}"]
)
def test_a_password_named_in_a_location_is_none_written(location: str) -> None:
    check_place("here", location, {"table": "orders"})
