"""What Twilio tells: the fate of a text, and a text that came back."""

from uuid import UUID

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseNotFound,
)
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from doctolib.hosts import address
from doctolib.outbox.enums import Outcome
from doctolib.outbox.receipts import record_receipt
from integrations.twilio.replies import answer

OUTCOMES = {
    "accepted": Outcome.ACCEPTED,
    "queued": Outcome.ACCEPTED,
    "sending": Outcome.ACCEPTED,
    "sent": Outcome.ACCEPTED,
    "delivered": Outcome.DELIVERED,
    "read": Outcome.DELIVERED,
    "undelivered": Outcome.FAILED,
    "failed": Outcome.FAILED,
}


@csrf_exempt  # the signature says who it is
@require_POST
def receipt(request: HttpRequest, owner: str, message_id: UUID) -> HttpResponse:
    """The status of one text. 403 without Twilio's signature over this address and these values; 404 for a message that
    is not there; a status that we do not know is taken and changes nothing."""
    if not is_signed(request):
        return HttpResponseForbidden()
    outcome = OUTCOMES.get(request.POST.get("MessageStatus", ""))
    if outcome and not record_receipt(
        owner, message_id, provider_id=request.POST.get("MessageSid", ""), outcome=outcome
    ):
        return HttpResponseNotFound()
    return HttpResponse(status=204)


@csrf_exempt  # the signature says who it is
@require_POST
def message(request: HttpRequest) -> HttpResponse:
    """A text from a patient, answered in Twilio's own words (TwiML). 403 without Twilio's signature, 400 without an id
    or a number. Twilio has answered by itself what it took for the end of all texts (``OptOutType``)."""
    if not is_signed(request):
        return HttpResponseForbidden()
    sid, number, text = (request.POST.get(name, "") for name in ("MessageSid", "From", "Body"))
    if not sid or not number:
        return HttpResponseBadRequest()
    response = MessagingResponse()
    said = answer(sid=sid, number=number, text=text, now=timezone.now())
    if said and "OptOutType" not in request.POST:  # else Twilio has answered, and would refuse to send ours
        response.message(said)
    return HttpResponse(str(response), content_type="text/xml")


def is_signed(request: HttpRequest) -> bool:
    """Whether Twilio signed this request: our public address and what was posted, with the account's token."""
    token = getattr(settings, "TWILIO_AUTH_TOKEN", "")
    signature = request.headers.get("X-Twilio-Signature", "")
    uri = address("www", request.get_full_path())
    return bool(token) and RequestValidator(token).validate(uri, request.POST, signature)
