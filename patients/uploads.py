"""What may be uploaded: PDF and pictures, known by their first bytes and not by what they are called.

Pictures are drawn anew: that leaves out where and when a photo was taken, and whatever hides behind its end (Pillow
opens a PNG with a ZIP appended without a word). A PDF is taken as it is; nobody opens it here.
"""

import re
import threading
import unicodedata
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

import filetype
from django.conf import settings
from django.core.files.base import File
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

ACCEPT = "application/pdf,image/jpeg,image/png"  # a phone offers its camera, and turns its own formats into JPEG
MOST_PIXELS = 50_000_000
LONGEST_EDGE = 4096  # pixels that are kept: a letter page at 300 dpi has 3508
LONGEST_NAME = 100
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG"}  # MIME type, Pillow's name
PDF = "application/pdf"
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


class NotAccepted(UploadRefused):
    message = _("This kind of file is not accepted. Choose a PDF file or a photo (JPEG or PNG).")


class BrokenFile(UploadRefused):
    message = _("The file is damaged and cannot be opened. Take the photo again, or choose another file.")


class TooManyPixels(UploadRefused):
    message = _("The picture has too many pixels. Take it with a lower resolution.")


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """A file that was looked at and may be kept."""

    name: str
    type: str
    content: bytes

    @property
    def details(self) -> dict[str, str | int]:
        return {"name": self.name, "type": self.type, "size": len(self.content)}


def looked_at(file: File) -> Upload:
    """The file as it may be kept. Raises UploadRefused with words for whoever sent it."""
    content = file.read(settings.UPLOAD_LIMIT + 1)
    if len(content) > settings.UPLOAD_LIMIT:
        raise TooLarge
    if not content:
        raise EmptyFile
    kind = filetype.guess_mime(content)
    if kind == PDF:
        return Upload(clean_name(file.name or "", "pdf"), PDF, content)
    if kind in PICTURES:
        return Upload(clean_name(file.name or "", "jpg"), "image/jpeg", drawn_anew(content, PICTURES[kind]))
    raise NotAccepted


def drawn_anew(content: bytes, decoder: str) -> bytes:
    """The picture as a plain JPEG: upright, without metadata, at most LONGEST_EDGE pixels wide or high.

    Raises BrokenFile; TooManyPixels before anything is decoded.
    """
    with _drawing, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
        try:
            picture = Image.open(BytesIO(content), formats=[decoder])
            if picture.width * picture.height > MOST_PIXELS:
                raise TooManyPixels
            picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))  # a JPEG is decoded smaller at once
            picture.load()
            return _jpeg(ImageOps.exif_transpose(picture))
        except Image.DecompressionBombError:
            raise TooManyPixels from None
        except (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError):
            raise BrokenFile from None  # what Pillow raises for files that are not what they say


def _jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    paper = Image.new("RGB", picture.size, "white")  # new: nothing of the file's own information comes along
    if picture.has_transparency_data:
        see_through = picture.convert("RGBA")
        paper.paste(see_through, mask=see_through)
    else:
        paper.paste(picture.convert("RGB"))
    out = BytesIO()
    paper.save(out, "JPEG", quality=88)
    return out.getvalue()


def clean_name(name: str, extension: str) -> str:
    """A file's name without path, control characters and direction marks, with the extension of what it is."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in plain)
    stem = re.sub(r'[<>:"|?*]', "", PurePosixPath(plain.strip(" .")).stem).strip(" .")
    return f"{stem[:LONGEST_NAME] or 'document'}.{extension}"
