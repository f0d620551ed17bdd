"""What a fault makes of an answer. Pure: the waiting and the cutting of connections is the carrier's."""

from __future__ import annotations

from typing import Any

from sandbox import jsontext
from sandbox.faults import BIG_BODY_BYTES, Fault
from sandbox.messages import HTML_TYPE, JSON_TYPE, Response, raw_response

HTML_GARBAGE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon</body></html>"


def answer_without_acting(fault: Fault) -> Response:
    """For the faults that stop a request before the vendor has seen it."""
    if fault.kind == "redirect":
        answer = Response(fault.status or 302, {"Location": fault.location or "/"})
    elif fault.kind == "error_before":
        answer = _given(fault, default_status=503)
    else:
        answer = Response(0)
    answer.fault = fault
    return answer


def disguised(fault: Fault, true_answer: Response) -> Response:
    """The answer that leaves the house after the vendor has acted."""
    if fault.kind == "error_after":
        answer = _given(fault, default_status=500)
    elif fault.kind == "status":
        answer = Response(fault.status or 500, {**true_answer.headers, **fault.headers}, true_answer.body)
    elif fault.kind == "garbage":
        answer = _garbage(fault)
    elif fault.kind == "big":
        padding = b'{"padding":"' + b"x" * (BIG_BODY_BYTES - 14) + b'"}'
        answer = raw_response(fault.status or true_answer.status, padding)
    elif fault.answers:
        answer = true_answer
    else:
        answer = Response(0)
    answer.fault = fault
    return answer


def _given(fault: Fault, *, default_status: int) -> Response:
    body = b"" if fault.body is None else _bytes(fault.body)
    kind = JSON_TYPE if fault.body is None or not isinstance(fault.body, str) else HTML_TYPE
    return Response(fault.status or default_status, {"Content-Type": kind, **fault.headers}, body)


def _garbage(fault: Fault) -> Response:
    if fault.body is None:
        return Response(fault.status or 200, {"Content-Type": HTML_TYPE, **fault.headers}, HTML_GARBAGE)
    return Response(fault.status or 200, {"Content-Type": JSON_TYPE, **fault.headers}, _bytes(fault.body))


def _bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else jsontext.dumps(body)
