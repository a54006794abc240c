from app.kit.errors import Broken, NotFound, NotPossible


class SlugTaken(NotPossible):
    code = "tenancy.slug_taken"
    text = "The name %(slug)s is taken."


class HostTaken(NotPossible):
    code = "tenancy.host_taken"
    text = "The host %(host)s belongs to another tenant."


class TenantNotFound(NotFound):
    code = "tenancy.tenant_not_found"
    text = "There is no tenant %(tenant)s."


class MarketNotFound(NotFound):
    code = "tenancy.market_not_found"
    text = "There is no market pack %(market)s."


class NotBeingBuilt(Broken):
    code = "tenancy.not_being_built"
    text = "The tenant %(tenant)s is not being built."
