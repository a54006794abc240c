from app.kit.errors import NotFound, NotValid


class AssetNotFound(NotFound):
    code = "media.asset_not_found"
    text = "There is no such picture."


class PictureNotFound(NotFound):
    code = "media.picture_not_found"
    text = "There is no such picture."


class UnsupportedPicture(NotValid):
    code = "media.unsupported_picture"
    text = "This file is not a picture that can be used: JPEG, PNG, WebP, AVIF or GIF."


class UntrustedVector(NotValid):
    """SVG is a document with links and scripts; it is taken from shipped tenants only, never from an upload."""

    code = "media.untrusted_vector"
    text = "SVG drawings cannot be uploaded. Save it as PNG or WebP."


class UnsafeVector(NotValid):
    code = "media.unsafe_vector"
    text = "This drawing holds %(found)s, which a picture may not."


class PictureTooHeavy(NotValid):
    code = "media.picture_too_heavy"
    text = "This file has %(megabytes)s MB; at most %(limit)s MB are allowed."


class PictureTooLarge(NotValid):
    code = "media.picture_too_large"
    text = "This picture measures %(width)s × %(height)s pixels; at most %(limit)s megapixels are allowed."


class BrokenPicture(NotValid):
    code = "media.broken_picture"
    text = "This picture is damaged and cannot be read."


class UnsupportedFont(NotValid):
    code = "media.unsupported_font"
    text = "This file is not a web font that can be used: WOFF2 only."


class FontTooHeavy(NotValid):
    code = "media.font_too_heavy"
    text = "This font has %(kilobytes)s kB; at most %(limit)s kB are allowed. Cut it to the letters that are needed."
