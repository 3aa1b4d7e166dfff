"""What may be uploaded: PDF and pictures, known by their first bytes and not by what they are called.

Pictures are drawn anew (doctolib.pictures). A PDF is taken as it is; nobody opens it here.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

import filetype
from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from doctolib.pictures import BrokenFile, EmptyFile, TooLarge, TooManyPixels, UploadRefused, drawn_anew

__all__ = ["BrokenFile", "TooManyPixels"]  # raised by looked_at
ACCEPT = "application/pdf,image/jpeg,image/png"  # a phone offers its camera, and turns its own formats into JPEG
LONGEST_NAME = 100
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG"}  # MIME type, Pillow's name
PDF = "application/pdf"


class NotAccepted(UploadRefused):
    message = _("This kind of file is not accepted. Choose a PDF file or a photo (JPEG or PNG).")


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


def clean_name(name: str, extension: str) -> str:
    """A file's name without path, control characters and direction marks, with the extension of what it is."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in plain)
    stem = re.sub(r'[<>:"|?*]', "", PurePosixPath(plain.strip(" .")).stem).strip(" .")
    return f"{stem[:LONGEST_NAME] or 'document'}.{extension}"
