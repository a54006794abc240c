from app.kit.errors import NotFound, NotPossible, NotValid


class ProductNotFound(NotFound):
    code = "catalogue.product_not_found"
    text = "There is no such product."


class CategoryNotFound(NotFound):
    code = "catalogue.category_not_found"
    text = "There is no such category."


class AttributeNotFound(NotFound):
    code = "catalogue.attribute_not_found"
    text = "There is no such attribute."


class OfferNotFound(NotFound):
    code = "catalogue.offer_not_found"
    text = "There is no such offer."


class ImportRunNotFound(NotFound):
    code = "catalogue.import_run_not_found"
    text = "There is no such import."


class ExportRunNotFound(NotFound):
    code = "catalogue.export_run_not_found"
    text = "There is no such export."


class ImportRunClosed(NotPossible):
    code = "catalogue.import_run_closed"
    text = "This import has ended; nothing more can be written to it."


class ImportRunOvertaken(NotPossible):
    """The guard of a batch: the run's position is not where this process left it."""

    code = "catalogue.import_run_overtaken"
    text = "Another process is importing this file already. It goes on there; look at its report."


class BatchDisturbed(NotPossible):
    """Somebody else made one of these products at the same moment: the unit is to be rolled back and taken one by
    one. No face ever shows it."""

    code = "catalogue.batch_disturbed"
    text = "Somebody else is saving one of these products. Try again."


class SlugTaken(NotPossible):
    code = "catalogue.slug_taken"
    text = "The address “%(slug)s” (%(locale)s) belongs to another page."


class SkuTaken(NotPossible):
    code = "catalogue.sku_taken"
    text = "The SKU “%(sku)s” belongs to another product."


class CategoryUnknown(NotValid):
    """A category that is named in a command or a document does not exist."""

    code = "catalogue.category_unknown"
    text = "There is no category “%(category)s”."


class CategoryInCircle(NotValid):
    code = "catalogue.category_in_circle"
    text = "The category “%(category)s” cannot lie below itself."


class ProductNotValid(NotValid):
    """`field` is the path of the first field that is wrong, `reason` says how; `problems` has them all."""

    code = "catalogue.product_not_valid"
    text = "%(field)s: %(reason)s"


class CategoryNotValid(NotValid):
    code = "catalogue.category_not_valid"
    text = "%(field)s: %(reason)s"


class PictureUnknown(NotValid):
    """A picture is named by an asset that does not exist here."""

    code = "catalogue.picture_unknown"
    text = "There is no picture “%(asset)s”."


class MappingNotValid(NotValid):
    """A mapping file is wrong: `field` is the path of the entry."""

    code = "catalogue.mapping_not_valid"
    text = "The mapping file is wrong at “%(field)s”: %(reason)s"


class ArchiveNotReadable(NotValid):
    code = "catalogue.archive_not_readable"
    text = "This ZIP archive is damaged or packed in a way that cannot be read. Unpack it and bring the file itself."


class ArchiveOfMany(NotValid):
    code = "catalogue.archive_of_many"
    text = "A ZIP archive must hold exactly one file; this one holds %(count)s."


class ArchiveTooLarge(NotValid):
    code = "catalogue.archive_too_large"
    text = "This ZIP archive unpacks to too much (at most %(limit)s MB, and not far more than it is)."


class ArchiveProtected(NotValid):
    code = "catalogue.archive_protected"
    text = "This ZIP archive is protected by a password. Unpack it and bring the file itself."


class MappingMissing(NotValid):
    code = "catalogue.mapping_missing"
    text = "The format “mapped” needs a mapping file."


class CurrencyRefused(NotValid):
    """The prices of a file are in another currency than the tenant's, and the mapping states no conversion."""

    code = "catalogue.currency_refused"
    text = (
        "The prices of this file are in %(from_currency)s and the price list is in %(to_currency)s. State a fixed"
        " conversion in the mapping file, or bring a file with prices in %(to_currency)s."
    )
