"""Tells which numbers, written as text, no float keeps.

A program that writes a float may give 15, 16 or 17 digits of it: `0.10000000000000001` is 0.1. A whole number is taken
at its word, because it may be a key.
"""

import re
from decimal import Decimal
from math import isfinite

# With fewer digits a text comes back from a float as it was.
LONG_NUMBER = re.compile(rb">[-+]?(?=[\d.]{16})\d*\.?\d*(?:[eE][-+]?\d+)?<")
NUMBER = re.compile(r"[-+]?(?=[\d.]{16})(\d*\.?\d*)(?:[eE][-+]?\d+)?")
FLOAT_DIGITS = (16, 17)


def own_text(text: str) -> str | None:
    """Return a long number as it is written, without exponent, if a float made of it would be another number."""
    if not (match := NUMBER.fullmatch(text)) or not isfinite(number := float(text)):
        return None
    if number == 0:
        return text if match[1].strip("0.") else None
    if text == repr(number):
        return None
    said = Decimal(text)
    kept = [Decimal(repr(number))]
    if said != said.to_integral_value():
        kept += [Decimal(f"{number:.{digits}g}") for digits in FLOAT_DIGITS]
    if said in kept:
        return None
    return format(said, "f") if "e" in text.lower() else text.removeprefix("+")
