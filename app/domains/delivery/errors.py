from app.kit.errors import NotValid


class MethodNotOffered(NotValid):
    code = "delivery.method_not_offered"
    text = "Choose one of the delivery methods."
