"""What is refused before a pixel is decoded, and what a picture becomes."""

from __future__ import annotations

import resource

import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domains.media.errors import (
    BrokenPicture,
    PictureTooHeavy,
    PictureTooLarge,
    UnsafeVector,
    UnsupportedPicture,
    UntrustedVector,
)
from app.domains.media.rules.inspect import LARGEST_BYTES, Facts, inspect, sniff
from app.domains.media.rules.render import Rendered, render
from app.domains.media.rules.sizes import rendition_kind, rendition_widths
from app.domains.media.types import Picture, Rendition, RenditionFormat
from app.kit.errors import Problem
from tests.domains.media.drawings import SEE_THROUGH_SVG, SVG, jpeg, photograph, png_that_declares, see_through_png


def test_the_type_is_read_off_the_bytes() -> None:
    image = photograph(40, 30)
    for content, content_type in (
        (jpeg(40, 30), "image/jpeg"),
        (image.pngsave_buffer(), "image/png"),
        (image.webpsave_buffer(), "image/webp"),
        (image.heifsave_buffer(compression="av1"), "image/avif"),
        (image.gifsave_buffer(), "image/gif"),
    ):
        assert inspect(content) == Facts(content_type, 40, 30)


@pytest.mark.parametrize("content", [b"", b"GIF", b"%PDF-1.7", b"<html><svg2></html>", b"BM" + b"\x00" * 60, b"MZ"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(UnsupportedPicture):
        sniff(content)


def test_a_picture_is_as_wide_as_it_is_seen() -> None:
    assert inspect(jpeg(300, 200, orientation=6)) == Facts("image/jpeg", 200, 300)


def test_a_bomb_is_refused_by_its_header_without_its_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for width, height in ((30_000, 30_000), (20_000, 2), (2, 20_000), (7_000, 7_000)):
        with pytest.raises(PictureTooLarge):
            inspect(png_that_declares(width, height))
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 100_000, "30,000 × 30,000 pixels would take 2.7 GB"
    with pytest.raises(PictureTooLarge):
        inspect(SVG.replace(b"1200", b"90000"), trusted_vector=True)


def test_a_file_of_too_many_bytes_is_refused_unread() -> None:
    with pytest.raises(PictureTooHeavy):
        inspect(b"\xff\xd8\xff" + b"\x00" * LARGEST_BYTES)


def test_a_damaged_file_is_refused() -> None:
    for content in (b"\xff\xd8\xff\xe0broken", b"\x89PNG\r\n\x1a\nbroken", b"RIFF\x00\x00\x00\x00WEBPbroken"):
        with pytest.raises(BrokenPicture):
            inspect(content)


def test_a_file_that_ends_half_way_is_refused_when_it_is_decoded() -> None:
    image = photograph(900, 900)
    for whole in (jpeg(), image.pngsave_buffer(), image.webpsave_buffer(), image.heifsave_buffer(compression="av1")):
        cut = whole[: len(whole) // 2]
        with pytest.raises(BrokenPicture):
            facts = inspect(cut)
            list(render(cut, facts.content_type, facts.width))


def test_a_drawing_is_taken_only_from_those_we_trust() -> None:
    with pytest.raises(UntrustedVector):
        inspect(SVG)
    with pytest.raises(UntrustedVector):
        inspect(b"\xef\xbb\xbf \n" + SVG)
    assert inspect(SVG, trusted_vector=True) == Facts("image/svg+xml", 1200, 900)


@pytest.mark.parametrize(
    "evil",
    [
        b"<script>alert(1)</script>",
        b"<svg:script/>",
        b'<image href="https://example.com/a.png"/>',
        b'<image xlink:href="file:///etc/passwd"/>',
        b'<rect onload="x()"/>',
        b"<foreignObject/>",
        b'<rect style="fill:url(http://example.com/#a)"/>',
        b"<style>@import 'a.css';</style>",
    ],
)
def test_not_even_a_trusted_drawing_may_reach_out(evil: bytes) -> None:
    with pytest.raises(UnsafeVector):
        inspect(SVG.replace(b"</svg>", evil + b"</svg>"), trusted_vector=True)


def test_entities_of_a_drawing_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + SVG.split(b"\n", 2)[2]
    with pytest.raises(UnsafeVector):
        inspect(bomb, trusted_vector=True)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x10\x00\x00\x00WEBPVP8 ", b"<svg "]
    ).flatmap(lambda head: st.binary(max_size=120).map(lambda tail: head + tail))
)
def test_no_bytes_whatever_break_the_inspection(content: bytes) -> None:
    try:
        facts = inspect(content, trusted_vector=True)
    except Problem:
        return
    assert facts.width > 0 and facts.height > 0


# -- renditions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "widths"),
    [(1, (1,)), (320, (320,)), (500, (320, 500)), (1280, (320, 640, 960, 1280)), (5000, (320, 640, 960, 1280))],
)
def test_pictures_are_never_enlarged(width: int, widths: tuple[int, ...]) -> None:
    assert rendition_widths(width) == widths
    assert rendition_widths(width, is_vector=True) == (320, 640, 960, 1280)


def renditions(content: bytes, *, trusted_vector: bool = False) -> dict[tuple[str, int], Rendered]:
    facts = inspect(content, trusted_vector=trusted_vector)
    return {(made.format, made.width): made for made in render(content, facts.content_type, facts.width)}


def opened(made: Rendered) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(made.content, "")


def test_a_photograph_comes_in_three_formats_without_its_place() -> None:
    made = renditions(jpeg(1500, 1000))
    assert set(made) == {(kind, width) for kind in ("webp", "avif", "jpeg") for width in (320, 640, 960, 1280)}
    for (kind, width), rendition in made.items():
        image = opened(rendition)
        assert (image.width, image.height) == (width, rendition.height) == (width, round(width * 2 / 3))
        assert not [name for name in image.get_fields() if "exif" in name or "xmp" in name or "iptc" in name], kind
        assert sniff(rendition.content) == f"image/{kind}"
    assert len(made["avif", 1280].content) < len(made["jpeg", 1280].content)


def test_a_turned_photograph_stands_upright() -> None:
    made = renditions(jpeg(600, 400, orientation=6))
    assert {width for _, width in made} == {320, 400}
    assert opened(made["jpeg", 400]).height == 600


def test_what_can_be_seen_through_stays_so() -> None:
    made = renditions(see_through_png())
    assert {kind for kind, _ in made} == {"webp", "avif", "png"}
    assert opened(made["png", 320]).hasalpha() and opened(made["webp", 640]).hasalpha()
    solid = photograph(400, 400).bandjoin(255).pngsave_buffer()
    assert {kind for kind, _ in renditions(solid)} == {"webp", "avif", "jpeg"}, "nothing shows through"


def test_sixteen_bits_become_eight() -> None:
    deep = (photograph(400, 400).cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    for content in (deep.pngsave_buffer(), deep.bandjoin(65_535).cast("ushort").pngsave_buffer()):
        made = renditions(content)
        assert {kind for kind, _ in made} == {"webp", "avif", "jpeg"}
        corner = opened(made["jpeg", 320]).getpoint(310, 10)
        assert abs(corner[0] - 247) < 8 and corner[1] < 16


def test_a_drawing_is_drawn_at_every_width() -> None:
    made = renditions(SVG, trusted_vector=True)
    assert {width for _, width in made} == {320, 640, 960, 1280}
    middle = opened(made["jpeg", 1280]).getpoint(640, 480)
    corner = opened(made["jpeg", 1280]).getpoint(5, 5)
    assert all(abs(value - 0xEE) < 6 for value in corner) and middle != corner
    assert {kind for kind, _ in renditions(SEE_THROUGH_SVG, trusted_vector=True)} == {"webp", "avif", "png"}


def test_a_grey_and_a_cmyk_picture_become_srgb() -> None:
    grey = photograph(64, 64)[0].copy(interpretation="b-w").jpegsave_buffer()
    cmyk = photograph(64, 64).colourspace("cmyk").jpegsave_buffer()
    for content in (grey, cmyk):
        for rendition in renditions(content).values():
            assert opened(rendition).interpretation in ("srgb", "b-w")


# -- what a face needs -----------------------------------------------------------------------------------------

SHA = "ab" * 32


def picture(*kinds: RenditionFormat) -> Picture:
    made = tuple(
        Rendition(kind, width, width, f"pictures/ab/{SHA}/{width}.{kind}", 100)
        for width in (320, 640)
        for kind in kinds
    )
    return Picture("med_1", 1200, 1200, made)


def address(path: str) -> str:
    return "/media/" + path.rpartition("/")[2]


def test_a_face_writes_sources_best_first_and_one_fallback() -> None:
    found = picture("webp", "avif", "jpeg")
    assert found.sources(address) == (
        ("image/avif", "/media/320.avif 320w, /media/640.avif 640w"),
        ("image/webp", "/media/320.webp 320w, /media/640.webp 640w"),
    )
    fallbacks = [found.fallback(width) for width in (1, 321, 9999)]
    assert [fallback and (fallback.width, fallback.content_type) for fallback in fallbacks] == [
        (320, "image/jpeg"),
        (640, "image/jpeg"),
        (640, "image/jpeg"),
    ]
    assert found.is_ready


def test_a_picture_without_renditions_has_nothing_to_show() -> None:
    waiting = picture()
    assert not waiting.is_ready and waiting.sources(address) == () and waiting.fallback() is None


def test_only_paths_of_renditions_are_served() -> None:
    assert rendition_kind(f"pictures/ab/{SHA}/640.webp") == "webp"
    for path in (
        f"originals/ab/{SHA}.jpg",
        f"pictures/ab/{SHA}/640.svg",
        f"pictures/ab/{SHA}/0640.webp",
        f"pictures/ab/{SHA}/../{SHA}/640.webp",
        f"pictures/ab/{SHA}/640.webp\n",
        f"/pictures/ab/{SHA}/640.webp",
        "",
    ):
        assert rendition_kind(path) is None, path
