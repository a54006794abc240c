from app.kit.errors import NotFound


class SellerNotFound(NotFound):
    code = "sellers.seller_not_found"
    text = "There is no such seller."
