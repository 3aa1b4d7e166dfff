"""What may be uploaded, and what becomes of a picture."""

import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from doctolib import pictures
from patients.uploads import BrokenFile, EmptyFile, NotAccepted, TooLarge, TooManyPixels, clean_name, looked_at
from tests.documents import PDF, pdf, photo, picture


def sent(content: bytes, name: str = "file.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def is_red(image: Image.Image, at: tuple[int, int]) -> bool:
    red, green, blue = image.convert("RGB").getpixel(at)
    return red > 200 and green < 60 and blue < 60


def test_a_pdf_is_taken_as_it_is():
    upload = looked_at(pdf())

    assert (upload.name, upload.type, upload.content) == ("Überweisung.pdf", "application/pdf", PDF)


@pytest.mark.parametrize(
    ("format", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "P")]
)
def test_a_picture_becomes_a_plain_jpeg(format, mode):
    content = BytesIO()
    Image.open(BytesIO(picture("PNG"))).convert(mode).save(content, format)

    upload = looked_at(sent(content.getvalue(), "Foto.png"))

    image = opened(upload.content)
    assert (upload.name, upload.type, image.format, image.mode, image.size) == (
        "Foto.jpg", "image/jpeg", "JPEG", "RGB", (60, 40),
    )  # fmt: skip


def test_what_is_transparent_becomes_white():
    content = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(content, "PNG")

    assert opened(looked_at(sent(content.getvalue())).content).getpixel((5, 5)) == (255, 255, 255)


def test_a_photo_loses_place_time_and_comments_and_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter: its left side is up
    exif[0x010F] = "Fairphone"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # latitude
    content = picture(exif=exif, comment=b"Praxis Dr. Geheim", icc_profile=b"profile" * 30)

    upload = looked_at(sent(content))

    image = opened(upload.content)
    assert image.size == (40, 60)
    assert is_red(image, (20, 10)) and not is_red(image, (20, 50))
    assert dict(image.getexif()) == {} and set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for trace in (b"Fairphone", b"Geheim", b"Exif", b"profile"):
        assert trace in content or trace == b"Exif"
        assert trace not in upload.content


def test_what_hides_behind_a_picture_is_gone():
    """Pillow opens both without a word, so the pixels are drawn anew."""
    for content in (picture("PNG") + b"PK\3\4hidden", picture() + b"PK\3\4hidden", picture("PNG")[:-3] + b"xyz"):
        upload = looked_at(sent(content))

        assert b"hidden" not in upload.content
        assert opened(upload.content).size == (60, 40)


def test_text_in_a_png_is_gone():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "Dr. Geheim")

    assert b"Geheim" not in looked_at(sent(picture("PNG", pnginfo=info))).content


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_picture_that_was_cut_is_broken(format):
    content = picture(format, size=(400, 300), **({"quality": 95} if format == "JPEG" else {"compress_level": 0}))

    for length in (len(content) // 2, 60, 30):
        with pytest.raises(BrokenFile):
            looked_at(sent(content[:length]))


def test_a_picture_that_is_only_a_beginning_is_broken():
    for content in (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n" + bytes(40), b"\xff\xd8\xff" + b"\xda" * 500):
        with pytest.raises(BrokenFile):
            looked_at(sent(content))


def bomb(width: int, height: int) -> bytes:
    """A PNG that says to be huge, in a hundred bytes."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(100))) + part(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 10_000), (50_000_001, 1)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch, size):
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("decoded"))

    with pytest.raises(TooManyPixels):
        looked_at(sent(bomb(*size)))


def test_a_large_picture_is_made_smaller():
    upload = looked_at(sent(picture(size=(5000, 1000))))

    assert opened(upload.content).size == (4096, 819)


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"MZ" + bytes(100),
        b"just text",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
    ],
    ids=["gif", "zip", "svg", "html", "exe", "text", "heic"],
)
def test_other_kinds_are_not_accepted_whatever_they_are_called(content):
    with pytest.raises(NotAccepted):
        looked_at(sent(content, "referral.pdf"))


def test_an_empty_file_is_refused():
    with pytest.raises(EmptyFile):
        looked_at(sent(b""))


def test_a_file_at_the_limit_passes_and_one_byte_more_does_not(settings):
    settings.UPLOAD_LIMIT = 1000

    assert len(looked_at(sent(PDF.ljust(1000))).content) == 1000
    with pytest.raises(TooLarge):
        looked_at(sent(PDF.ljust(1001)))


def test_pictures_are_drawn_one_after_the_other(monkeypatch):
    """A process has the memory for one: 50 million pixels take 200 MB."""
    locked = []
    real = pictures._jpeg
    monkeypatch.setattr(pictures, "_jpeg", lambda *of: (locked.append(pictures._drawing.locked()), real(*of))[1])

    looked_at(photo())

    assert (locked, pictures._drawing.locked()) == ([True], False)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Befund.PDF", "Befund.pdf"),
        ("C:\\Users\\ada\\Brief.doc", "Brief.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("Über weisung.pdf", "Über weisung.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a  Set-Cookie x.pdf"),
        ("fdp\u202egnp.exe", "fdp gnp.pdf"),
        ('a"b<c>.pdf', "abc.pdf"),
        ("", "document.pdf"),
        ("...", "document.pdf"),
        (".pdf", "pdf.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(name, clean):
    assert clean_name(name, "pdf") == clean
