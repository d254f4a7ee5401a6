"""Reads a request's body: bounded by the bytes that arrive, and JSON that says one thing only."""

import json
from typing import Any

import orjson
from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from flows.endpoint.limits import Limits


async def read(request: Request, limits: Limits) -> bytes:
    """Return the body.

    Raises
    ------
    HTTPException
        415 when it is not declared as plain JSON, 413 when it is larger than the limit, whatever its headers say.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "the body has to be JSON: send `Content-Type: application/json`")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "the body has to be sent without a Content-Encoding")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limits.body_bytes:
        raise _too_large(limits)
    try:
        return await _received(request, limits)
    except ClientDisconnect as gone:
        raise HTTPException(
            408, "the client went away, or kept the endpoint waiting, before its body was whole"
        ) from gone


async def _received(request: Request, limits: Limits) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limits.body_bytes:
            raise _too_large(limits)
    return bytes(received)


def _too_large(limits: Limits) -> HTTPException:
    return HTTPException(
        413, f"the body is larger than {limits.body_bytes:,} bytes; send fewer rows a time, or raise --max-body-bytes"
    )


def parse(content: bytes) -> Any:
    """Read strict JSON: no NaN, no Infinity, no lone surrogates, and no object with a name twice.

    Raises
    ------
    HTTPException
        422 when it is anything else.
    """
    try:
        value = orjson.loads(content)
        # orjson keeps the last of two equal names; who sends both does not say which one is meant.
        json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, [{"loc": ["body"], "msg": f"no JSON: {error}", "type": "json_invalid"}]) from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:50]!a} stands twice in one object")
