from app.kit.errors import NotFound, NotValid


class TenantFolderNotFound(NotFound):
    code = "provisioning.folder_not_found"
    text = "There is no folder tenants/%(slug)s with a tenant.toml."


class SlugNotValid(NotValid):
    code = "provisioning.slug_not_valid"
    text = "“%(slug)s” cannot name a tenant: 2 to 40 lower-case letters, digits and hyphens, and none of %(reserved)s."


class FileMissing(NotValid):
    code = "provisioning.file_missing"
    text = "The file %(file)s is not in the tenant's folder."


class MarketChanged(NotValid):
    code = "provisioning.market_changed"
    text = "A tenant sells in exactly one market: %(before)s cannot become %(after)s. Make another tenant."


class UploadGone(NotFound):
    code = "provisioning.upload_gone"
    text = "This file is not kept any more. Choose it again."


class RegistrationNotValid(NotValid):
    code = "provisioning.registration_not_valid"
    text = "%(registration)s is no valid %(kind)s: check its digits."


class ExportGone(NotFound):
    code = "provisioning.export_gone"
    text = "This file is not kept any more. Export again."


class RowRefused(NotValid):
    """The database itself would not take a product; the others go on."""

    code = "provisioning.row_refused"
    text = "This product could not be saved. Check its values, or leave it out."


class HomeAreaNotKnown(NotValid):
    code = "provisioning.home_area_not_known"
    text = "“%(area)s” is no area of this market: legal_entity.address.country_area decides which taxes are charged."
