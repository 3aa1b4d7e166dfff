"""Pictures drawn anew: that leaves out where and when a photo was taken, and whatever hides behind its end.

Pillow opens a PNG with a ZIP appended without a word. Here are also the refusals of all uploads.
"""

import threading
import warnings
from io import BytesIO

import filetype
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
LONGEST_EDGE = 4096  # pixels that are kept: a letter page at 300 dpi has 3508
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}  # MIME type, Pillow's name
# One picture at a time in a process: 50 million pixels take 200 MB while they are drawn.
_drawing = threading.Lock()


class UploadRefused(Exception):
    """The file is not taken; ``message`` says why, ``status`` is HTTP's."""

    message: Promise | str = _("This file could not be uploaded.")
    status = 422


class TooLarge(UploadRefused):
    message = _("The file is too large. It may have 10 MB at most.")
    status = 413


class EmptyFile(UploadRefused):
    message = _("The file is empty. Choose another file.")


class BrokenFile(UploadRefused):
    message = _("The file is damaged and cannot be opened. Take the photo again, or choose another file.")


class TooManyPixels(UploadRefused):
    message = _("The picture has too many pixels. Take it with a lower resolution.")


def decoder_of(content: bytes) -> str | None:
    """Pillow's name of the kind of picture that the first bytes tell; None for anything else."""
    return PICTURES.get(filetype.guess_mime(content) or "")


def drawn_anew(content: bytes, decoder: str, *, longest_edge: int = LONGEST_EDGE) -> bytes:
    """The picture as a plain JPEG: upright, without metadata, at most ``longest_edge`` pixels wide or high.

    Raises BrokenFile; TooManyPixels before anything is decoded.
    """
    with _drawing, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
        try:
            picture = Image.open(BytesIO(content), formats=[decoder])
            if picture.width * picture.height > MOST_PIXELS:
                raise TooManyPixels
            picture.draft("RGB", (longest_edge, longest_edge))  # a JPEG is decoded smaller at once
            picture.load()
            return _jpeg(ImageOps.exif_transpose(picture), longest_edge)
        except Image.DecompressionBombError:
            raise TooManyPixels from None
        except (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError):
            raise BrokenFile from None  # what Pillow raises for files that are not what they say


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a picture of ours."""
    return Image.open(BytesIO(jpeg), formats=["JPEG"]).size


def _jpeg(picture: Image.Image, longest_edge: int) -> bytes:
    picture.thumbnail((longest_edge, longest_edge))
    paper = Image.new("RGB", picture.size, "white")  # new: nothing of the file's own information comes along
    if picture.has_transparency_data:
        see_through = picture.convert("RGBA")
        paper.paste(see_through, mask=see_through)
    else:
        paper.paste(picture.convert("RGB"))
    out = BytesIO()
    paper.save(out, "JPEG", quality=88)
    return out.getvalue()
