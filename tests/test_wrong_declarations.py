"""Wrong declarations: each is one error with file, key and remedy, whatever was written there."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from flows import declaration
from flows.declaration.classifiers import GATE_CHECKS
from flows.declaration.sources import source_of_file
from flows.errors import DeclarationError
from tests.tiny import read


def column(source: Any, name: str) -> Any:
    return source["columns"][name]["config"]["meta"]


def gate(**settings: Any) -> Callable[[Any, Any], None]:
    return lambda source, exposure: exposure["config"]["meta"].update(gate=settings)


WRONG = {
    "unknown key under external": (
        lambda source, exposure: source["external"].update(locatoin="x"),
        r"models/models.yml: source shop.orders: external: unknown key 'locatoin' .*did you mean 'location'",
    ),
    "unknown key under meta": (
        lambda source, exposure: source["config"]["meta"].update(shedule="0 2 * * *"),
        r"config.meta: unknown key 'shedule' .*did you mean 'schedule'",
    ),
    "unknown reader option": (
        lambda source, exposure: source["external"]["options"].update(delimeter=";"),
        r"external.options: unknown key 'delimeter' .*did you mean 'delimiter'",
    ),
    "no location": (
        lambda source, exposure: source["external"].pop("location"),
        r"source shop.orders: 'location' is missing",
    ),
    "unknown policy": (
        lambda source, exposure: source["config"]["meta"].update(on_change="replaced"),
        r"config.meta.on_change: 'replaced' is not allowed .*did you mean 'replace'",
    ),
    "a share above one": (
        lambda source, exposure: source["config"]["meta"].update(max_rejected=5),
        r"config.meta.max_rejected: '5' is not a share between 0 and 1",
    ),
    "no cron expression": (
        lambda source, exposure: source["config"]["meta"].update(schedule="nightly"),
        r"config.meta.schedule: 'nightly' is not a cron schedule",
    ),
    "a raw table with another name": (
        lambda source, exposure: source.update(identifier="orders"),
        r"set `schema: raw` and `identifier: shop__orders`",
    ),
    "a target that is no column": (
        lambda source, exposure: exposure["config"]["meta"].update(target="was_retuned"),
        r"exposure returns: target 'was_retuned' is not a column of orders .*did you mean 'was_returned'",
    ),
    "no key": (
        lambda source, exposure: exposure["config"]["meta"].pop("key"),
        r"exposure returns: 'key' is missing",
    ),
    "the target among the features": (
        lambda source, exposure: exposure["config"]["meta"].update(features=["amount", "was_returned"]),
        r"feature 'was_returned' cannot be learned from",
    ),
    "a date as feature": (
        lambda source, exposure: exposure["config"]["meta"].update(time_column=None),
        r"feature 'placed_on' has type 'date'.*listing `features`",
    ),
    "two training tables": (
        lambda source, exposure: exposure["depends_on"]["nodes"].append("model.tiny.orders"),
        r"depends_on names 2 nodes; name the one mart",
    ),
    "an unknown gate setting": (
        lambda source, exposure: exposure["config"]["meta"].update(gate={"min_events": 3}),
        r"config.meta.gate: unknown key 'min_events' .*did you mean 'minimum_events'",
    ),
    "one alias instead of a list": (
        lambda source, exposure: column(source, "order_id").update(aliases="Bestellnummer"),
        r"column order_id: config.meta.aliases: 'Bestellnummer' is not a list.*write \[Bestellnummer\]",
    ),
    "a column of Tidemill's own": (
        lambda source, exposure: source["columns"]["order_id"].update(name="_File_id"),
        r"column _File_id: every raw table has this column.*another name",
    ),
    "a schedule that is a number": (
        lambda source, exposure: source["config"]["meta"].update(schedule=5),
        r"config.meta.schedule: '5' is not a cron schedule",
    ),
    "options that are no mapping": (
        lambda source, exposure: source["external"].update(options=[";"]),
        r"external.options: '\[';'\]' stands where names with values belong",
    ),
    "a header row that is no number": (
        lambda source, exposure: source["external"]["options"].update(header_row="x"),
        r"external.options.header_row: 'x' is not a whole number from 0 on",
    ),
    "widths that are no numbers": (
        lambda source, exposure: source["external"]["options"].update(widths=[10, "x"]),
        r"external.options.widths: 'x' is not a whole number from 1 on",
    ),
    "a header row before the first": (
        lambda source, exposure: source["external"]["options"].update(header_row=-1),
        r"external.options.header_row: '-1' is not a whole number from 0 on",
    ),
    "a quote of two characters": (
        lambda source, exposure: source["external"]["options"].update(quote="<>"),
        r"external.options.quote: '<>' is not one character within a line; write '' where",
    ),
    "an empty delimiter": (
        lambda source, exposure: source["external"]["options"].update(delimiter=""),
        r"external.options.delimiter: '' is no delimiter",
    ),
    "an unknown encoding": (
        lambda source, exposure: source["external"]["options"].update(encoding="latin-x"),
        r"external.options.encoding: 'latin-x' is no encoding of files",
    ),
    "a quote that is the delimiter": (
        lambda source, exposure: source["external"]["options"].update(quote=";"),
        r"external.options.quote: ';' stands in the delimiter ';' too; mend one of them",
    ),
    "an escape within the delimiter": (
        lambda source, exposure: source["external"]["options"].update(delimiter="||", escape="|"),
        r"external.options.escape: '\|' stands in the delimiter '\|\|' too",
    ),
    "an escape that ends the line": (
        lambda source, exposure: source["external"]["options"].update(escape="\n"),
        r"external.options.escape: '\\n' is not one character within a line; write '' where",
    ),
    "a source as training table": (
        lambda source, exposure: exposure["depends_on"].update(nodes=["source.tiny.shop.orders"]),
        r"exposure returns: depends_on must name a model of schema marts",
    ),
    "one feature instead of a list": (
        lambda source, exposure: exposure["config"]["meta"].update(features="amount"),
        r"config.meta.features: 'amount' is not a list",
    ),
    "an estimator that is a number": (
        lambda source, exposure: exposure["config"]["meta"].update(estimator=3),
        r"config.meta.estimator: '3' is not a text",
    ),
    "params that are no mapping": (
        lambda source, exposure: exposure["config"]["meta"].update(params="C"),
        r"config.meta.params: 'C' stands where names with values belong",
    ),
    "an empty gate": (
        lambda source, exposure: exposure["config"]["meta"].update(gate=None),
        r"config.meta.gate: nothing stands where names with values belong",
    ),
    "a gate that is a number": (
        lambda source, exposure: exposure["config"]["meta"].update(gate=3),
        r"config.meta.gate: '3' stands where names with values belong",
    ),
    "a confidence in percent": (gate(confidence=95), r"gate.confidence: '95' does not lie between 0.5 and 1"),
    "a held-out share in percent": (gate(holdout_share=25), r"gate.holdout_share: '25' does not lie between 0 and 1"),
    "everything held out": (gate(holdout_share=1), r"gate.holdout_share: '1' does not lie between 0 and 1"),
    "a number in words": (gate(minimum_events="ten"), r"gate.minimum_events: 'ten' is not a whole number from 1 on"),
    "a round": (gate(bootstrap_rounds=1), r"gate.bootstrap_rounds: '1' is not a whole number from 100 on"),
    "an entity that is no column": (
        gate(entity="custmer"),
        r"config.meta.gate.entity: 'custmer' is not a column of orders \(has: order_id, amount",
    ),
    "a slice that is no column": (
        gate(slices=["contry"]),
        r"config.meta.gate.slices: 'contry' is not a column of orders .*did you mean 'country'",
    ),
    "an unknown reason to refresh": (
        gate(refresh_on=["ages"]),
        r"config.meta.gate.refresh_on: 'ages' is not allowed \(has: age, drift, schema\); did you mean 'age'",
    ),
    "a seed below zero": (gate(seed=-1), r"gate.seed: '-1' is not a whole number from 0 on"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_names_file_key_and_remedy(case: str, manifest: dict[str, Any], tmp_path: Path) -> None:
    change, message = WRONG[case]
    with pytest.raises(DeclarationError, match=message):
        read(manifest, tmp_path, change)


@pytest.mark.parametrize("codec", ["undefined", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "a\0"])
def test_a_codec_that_is_no_encoding_of_files_is_refused(codec: str) -> None:
    with pytest.raises(DeclarationError, match=r"read: --option: external.options.encoding: .* no encoding of files"):
        source_of_file({"encoding": codec}, None)


def test_every_setting_of_the_gate_has_its_check() -> None:
    assert set(GATE_CHECKS) == {field.name for field in fields(declaration.Gate)}
