"""The one exception that becomes an answer of the API."""

from __future__ import annotations


class Refused(Exception):
    """A call that is answered with an error: HTTP status, stable code, a sentence for a developer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def document(self) -> dict[str, dict[str, str]]:
        return {"error": {"code": self.code, "message": self.message}}
