"""Uploaded files stay in memory: only ciphertext touches a disk (docs/documents.md)."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest


class MemoryOnlyUploadHandler(FileUploadHandler):
    """Keeps at most settings.UPLOAD_LIMIT bytes of a request's files, counted while they are read.

    What goes beyond is read and thrown away, so that the browser gets a page as an answer and not a broken connection;
    ``too_large`` tells the view. The proxy ends a request that is far too large.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.total = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.total += len(raw_data)
        if self.total > settings.UPLOAD_LIMIT:
            self.file = BytesIO()
            self.request.upload_too_large = True  # type: ignore[union-attr]
            raise SkipFile
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


def too_large(request: HttpRequest) -> bool:
    """Whether a file of this request was thrown away for its size."""
    request.FILES  # noqa: B018  reading it is what parses the request
    return getattr(request, "upload_too_large", False)
