"""Give a document's file out: to keep, never to be shown inside one of our pages."""

import logging
from itertools import chain

from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header

from patients.services.documents import FileMissing, OpenFile

logger = logging.getLogger(__name__)


def file_response(file: OpenFile) -> StreamingHttpResponse:
    """Streams outside of any scope. The first chunk is opened before the answer begins, so a file that does not open is
    an error page and no empty file; one that breaks off later ends the connection short of its length.

    Raises Http404 when the storage has lost it, CannotOpen.
    """
    chunks = file.chunks()
    try:
        first = next(chunks)
    except FileMissing:
        logger.error("the file of document %s is missing", file.id)
        raise Http404 from None
    response = StreamingHttpResponse(chain([first], chunks), content_type=file.type)
    response.headers["Content-Length"] = str(file.size)
    response.headers["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
