"""The shape of a tenant's document (`tenants/<slug>/tenant.toml`). An unknown key is refused with its line."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from app.domains.pricing.schemas import PromotionSchema
from app.kit.documents import Translated, Whole
from app.kit.i18n import UnknownLanguage, check_language

MODELS = ("own_retail", "brand_mall", "open_market", "cross_border")
LAYOUTS = {
    "hero": ("split", "full", "poster", "stack"),
    "collection": ("grid", "rail", "mosaic", "list", "index"),
    "story": ("side", "letter", "wide"),
    "banner": ("inset", "strip", "card"),
    "trust": ("row", "cards", "list"),
    "categories": ("tiles", "circles", "index"),
}
"""The kinds of sections of a front page, and how each may be laid out; the first is the usual way."""
DESIGN = {
    "header": ("bar", "centred", "stacked", "rail"),
    "card": ("raised", "ruled", "plain", "captioned", "ticket"),
    "heading": ("plain", "serif_italic", "capitals", "numbered", "ornamented", "ribbon"),
    "motion": ("calm", "lively", "none"),
    "backdrop": ("none", "paper", "grid", "dots", "weave"),
    "picture_ratio": ("square", "portrait", "landscape"),
}
"""What a brand chooses beside its tokens."""
SHAPES = ("soft", "sharp", "arch", "plain", "scallop")
MOST_FONTS = 4
ICONS = ("escrow", "delivery", "return", "support")
ROLES = ("owner", "merchandiser", "fulfilment")
COLOURS = (
    "surface surface_raised surface_sunken ink ink_muted line accent accent_ink accent_soft positive warning danger"
)
_FONTS = re.compile(r"[\w\s,.'\"-]{1,400}")
TOKENS: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(COLOURS.split(), re.compile(r"#[0-9a-fA-F]{6}")),
    "radius": re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?px"),
    "density": re.compile(r"0\.8[5-9]|0\.9[0-9]?|1(\.[01][0-9]?|\.20?)?"),
    "shape": re.compile("|".join(SHAPES)),
    "font_body": _FONTS,
    "font_display": _FONTS,
}
"""Theme tokens by name, and what their values look like."""
AMOUNT = validate.Regexp(r"\d{1,12}(\.\d{1,4})?", error='An amount such as "45.00" is needed.')


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class TenantSectionSchema(_Strict):
    market = fields.String(required=True, validate=validate.Regexp(r"[a-z]{2}"))
    operating_model = fields.List(fields.String(validate=validate.OneOf(MODELS)), required=True)


class PartnerSchema(_Strict):
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z][a-z0-9-]{1,39}"))
    name = fields.String(required=True)


class LegalEntitySchema(_Strict):
    name = fields.String(required=True)
    registration = fields.String(required=True)
    address = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class DesignSchema(_Strict):
    header = fields.String(validate=validate.OneOf(DESIGN["header"]))
    card = fields.String(validate=validate.OneOf(DESIGN["card"]))
    heading = fields.String(validate=validate.OneOf(DESIGN["heading"]))
    motion = fields.String(validate=validate.OneOf(DESIGN["motion"]))
    backdrop = fields.String(validate=validate.OneOf(DESIGN["backdrop"]))
    picture_ratio = fields.String(validate=validate.OneOf(DESIGN["picture_ratio"]))


class FontSchema(_Strict):
    """A web font of the house's own: a WOFF2 file of the folder, with the licence that lets it be served."""

    family = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z0-9][A-Za-z0-9 -]{0,59}"))
    file = fields.String(required=True)
    weight = fields.String(load_default="400", validate=validate.Regexp(r"[1-9]00( [1-9]00)?"))
    style = fields.String(load_default="normal", validate=validate.OneOf(("normal", "italic")))
    unicode_range = fields.String(validate=validate.Regexp(r"U\+[0-9A-Fa-f?-]{1,13}(, ?U\+[0-9A-Fa-f?-]{1,13}){0,60}"))
    licence = fields.String(required=True)


class BrandSchema(_Strict):
    name = Translated(required=True)
    tagline = Translated(required=True)
    logo = fields.String(required=True)
    mark = fields.String(required=True)
    tokens = fields.Dict(keys=fields.String(validate=validate.OneOf(sorted(TOKENS))), values=fields.String())
    design = fields.Nested(DesignSchema)
    fonts = fields.List(fields.Nested(FontSchema), validate=validate.Length(max=MOST_FONTS))

    @validates_schema
    def tokens_are_css(self, data: dict[str, Any], **_: Any) -> None:
        for name, value in data.get("tokens", {}).items():
            if not TOKENS[name].fullmatch(value):
                raise ValidationError({"tokens": {name: [f"“{value}” is no value for {name}."]}})


def _language(value: str) -> None:
    try:
        check_language(value)
    except UnknownLanguage as error:
        raise ValidationError(str(error)) from None


class StorefrontSchema(_Strict):
    default_locale = fields.String(required=True)
    locales = fields.List(fields.String(validate=_language), required=True, validate=validate.Length(min=1))
    domains = fields.List(fields.String(validate=validate.Regexp(r"[a-z0-9.-]{3,253}")), load_default=list)

    @validates_schema
    def default_is_listed(self, data: dict[str, Any], **_: Any) -> None:
        if data["default_locale"] != data["locales"][0]:
            raise ValidationError("The default language is the first of `locales`.", "default_locale")


class TrustItemSchema(_Strict):
    icon = fields.String(required=True, validate=validate.OneOf(ICONS))
    title = Translated(required=True)
    text = Translated(required=True)


class SectionSchema(_Strict):
    kind = fields.String(required=True, validate=validate.OneOf(tuple(LAYOUTS)))
    layout = fields.String()
    title = Translated()
    text = Translated()
    label = Translated()
    picture = fields.String()
    link = fields.String(validate=validate.Regexp(r"/[^\s\"'<>\\]*", error="A link begins with a slash."))
    category = fields.String()
    categories = fields.List(fields.String())
    products = fields.List(fields.String())
    limit = Whole()
    items = fields.List(fields.Nested(TrustItemSchema))

    @validates_schema
    def layout_fits(self, data: dict[str, Any], **_: Any) -> None:
        known = LAYOUTS.get(data.get("kind", ""), ())
        if "layout" in data and known and data["layout"] not in known:
            raise ValidationError({"layout": [f"One of: {', '.join(known)}."]})


class HomeSchema(_Strict):
    sections = fields.List(fields.Nested(SectionSchema), required=True)


class DeliveryMethodSchema(_Strict):
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z][a-z0-9-]{0,39}"))
    name = Translated(required=True)
    price = fields.String(required=True, validate=AMOUNT)
    free_from = fields.String(validate=AMOUNT)
    min_days = Whole(required=True)
    max_days = Whole(required=True)
    tax_category = fields.String()


class DeliverySchema(_Strict):
    methods = fields.List(fields.Nested(DeliveryMethodSchema), required=True, validate=validate.Length(min=1))


class PaymentSchema(_Strict):
    gateways = fields.List(fields.String(), required=True, validate=validate.Length(min=1))


class StaffSchema(_Strict):
    email = fields.Email(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class PageSchema(_Strict):
    title = Translated(required=True)
    text = Translated(required=True)


class CatalogueSchema(_Strict):
    categories = fields.String(required=True)
    products = fields.String(required=True)


class TenantDocumentSchema(_Strict):
    """The whole document."""

    tenant = fields.Nested(TenantSectionSchema, required=True)
    partner = fields.Nested(PartnerSchema, required=True)
    legal_entity = fields.Nested(LegalEntitySchema, required=True)
    brand = fields.Nested(BrandSchema, required=True)
    storefront = fields.Nested(StorefrontSchema, required=True)
    home = fields.Nested(HomeSchema, required=True)
    delivery = fields.Nested(DeliverySchema, required=True)
    payment = fields.Nested(PaymentSchema, required=True)
    staff = fields.List(fields.Nested(StaffSchema), load_default=list)
    pages = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[a-z][a-z0-9_]{0,39}")), values=fields.Nested(PageSchema)
    )
    catalogue = fields.Nested(CatalogueSchema)
    promotions = fields.List(fields.Nested(PromotionSchema))
