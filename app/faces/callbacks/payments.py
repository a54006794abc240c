"""Messages of payment providers: verified and kept by payments, then handed to the flow of their purpose."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.domains.orders.flows import payment as orders
from app.domains.payments import flows as payments
from app.kit.web import scope

blueprint = Blueprint("callbacks_payments", __name__)


@blueprint.post("/callbacks/payments/<gateway>")
def receive(gateway: str) -> Response:
    """204 when the message is applied, also when it was before. 4xx when it is not the provider's: nothing is
    written. 5xx when it could not be applied now: the provider sends it again."""
    system = scope().as_system()
    notice = payments.receive_webhook(system, gateway, dict(request.headers), request.get_data(cache=False))
    if not notice.is_applied and notice.attempt is not None and notice.attempt.purpose == orders.PURPOSE:
        orders.complete_order(system, notice.attempt.id, notice)
    return Response(status=204)
