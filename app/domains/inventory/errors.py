from app.kit.errors import NotPossible, NotValid


class InsufficientStock(NotPossible):
    code = "inventory.insufficient_stock"
    text = "There is not enough of an item in stock: %(available)s left."


class StockNotValid(NotValid):
    code = "inventory.stock_not_valid"
    text = "The stock must be a whole number from 0 to 1,000,000, and not less than the %(reserved)s pieces promised."


class ReservationGone(NotPossible):
    code = "inventory.reservation_gone"
    text = "The items are not held any more."
