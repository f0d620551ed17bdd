"""The vendor's answers, good and bad, in the shapes that were recorded."""

from __future__ import annotations

from typing import Any

from sandbox.messages import HTML_TYPE, Response, json_response, raw_response

INVALID_KEY = "Invalid API key"
INVALID_STATE = "Invalid state"
ITEMS_NOT_ARRAY = "Items element should be of type array"
CLIENT_INVALID = "Client is invalid"
ITEMS_INVALID = "Invoice items is invalid"

# The Portuguese wording where one is known; every other message was only ever seen in English.
_PORTUGUESE = {
    "Name can't be blank": "Nome é um campo obrigatório",
    "Name has already been taken": "Nome não está disponível",
    "Fiscal is invalid": "Fiscal não é válido",
    "Due date must be later than date": "Vencimento deve ser igual ou posterior à data do documento",
    "Exemption reason must have a selected option": "Razão de isenção deve ter uma opção selecionada",
    "Amount must be less than or equal to": "Montante deve ser menor ou igual a",
}
NOT_FOUND_PAGE = (
    b"<!DOCTYPE html><html><head><title>The page you were looking for doesn't exist (404)</title></head>"
    b"<body><h1>The page you were looking for doesn't exist.</h1></body></html>"
)
ERROR_PAGE = (
    b"<!DOCTYPE html><html><head><title>We're sorry, but something went wrong (500)</title></head>"
    b"<body><h1>We're sorry, but something went wrong.</h1></body></html>"
)


class Refused(Exception):
    """A request ends here, with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def errors(status: int, *messages: str) -> Response:
    return json_response(status, {"errors": [{"error": message} for message in messages]})


def translated(message: str, language: str) -> str:
    if language != "pt":
        return message
    for english, portuguese in _PORTUGUESE.items():
        if message.startswith(english):
            return portuguese + message[len(english) :]
    return message


def unprocessable(messages: list[str], language: str) -> Refused:
    return Refused(errors(422, *[translated(message, language) for message in messages]))


def not_found() -> Refused:
    return Refused(raw_response(404))


def tax_not_found() -> Refused:
    return Refused(raw_response(404, b" "))


def no_such_page() -> Refused:
    return Refused(raw_response(404, NOT_FOUND_PAGE, HTML_TYPE))


def broken() -> Refused:
    return Refused(raw_response(500, ERROR_PAGE, HTML_TYPE))


def ok(value: Any) -> Response:
    return json_response(200, value)


def created(value: Any) -> Response:
    return json_response(201, value)


def done() -> Response:
    """A success that says nothing: status 200 and no body."""
    return raw_response(200)
