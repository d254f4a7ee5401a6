"""Finds the numbers below 0 that an xlsx may show as dates or times: a cell names one of its styles by its place.

A format may only look like one of a time, as `0 "USD"` does: what a cell is, its reader says.
"""

import re

# The formats that have a number and no code: 14 to 22 and, in some languages, up to 58 are of dates and times.
WITHOUT_CODE = range(14, 59)
NO_NUMBER = re.compile(rb"(?!)")


def negative_time(styles: bytes) -> re.Pattern[bytes]:
    """Return what finds, behind the start of a cell, a number below 0 in such a format, as its group."""
    codes = {_value(each, b"numFmtId"): _value(each, b"formatCode") for each in _elements(styles, b"numFmt")}
    _, _, listed = styles.partition(b"cellXfs")
    used = (_value(each, b"numFmtId") for each in _elements(listed.partition(b"cellXfs")[0], b"xf"))
    places = [b"%d" % place for place, code in enumerate(used) if _is_time(code, codes)]
    if not places:
        return NO_NUMBER
    formula = rb"(?:<(?:\w+:)?f[\s/>][^<]*(?:</(?:\w+:)?f>\s*)?)?"
    head = rb"""\ss\s*=\s*["'](?:%s)["'][^<>]*>\s*""" % b"|".join(places)
    return re.compile(head + formula + rb"<(?:\w+:)?v>\s*(-[^<\s]+)\s*<")


def _elements(content: bytes, name: bytes) -> list[bytes]:
    return re.findall(rb"<(?:\w+:)?" + name + rb"(?=[\s/>])[^>]*>", content)


def _value(element: bytes, name: bytes) -> bytes:
    found = re.search(rb"\s" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", element)
    return (found[1] or found[2] or b"") if found else b""


def _is_time(code: bytes, codes: dict[bytes, bytes]) -> bool:
    if code in codes:
        return bool(re.search(rb"[dmyhs]", codes[code], re.IGNORECASE))
    return code.isdigit() and int(code) in WITHOUT_CODE
