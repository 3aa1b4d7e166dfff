"""Find the record of someone who books, or make one."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg.types.numeric import Int2

from crypto import keyring
from crypto.normalise import normalise_email, normalise_phone, phonetic_name
from crypto.tokens import blind_token
from doctolib import audit, prepared
from doctolib.queues import LOCK, queue_for
from doctolib.tenancy.models import scope_organisation_id
from patients.enums import Insurance, TokenKind
from patients.models import Patient, PatientToken

# The row, and its queue: whoever books for a record has waited for those who do so at the same moment.
LINKED = f"""
this.id = (SELECT id FROM patients_patient WHERE person_id = $1 ORDER BY id LIMIT 1)
AND {LOCK.format("this.id::text")} IS NOT NULL"""
ALIKE = """
id IN (SELECT patient_id FROM patients_patienttoken WHERE kind = $1 AND token = $2) ORDER BY created_at LIMIT 20"""


@dataclass(frozen=True)
class Booker:
    """Who books: a patient account's person, with contact data whose phone was verified by SMS."""

    account_id: UUID
    person_id: UUID
    first_name: str
    last_name: str
    birth_date: date
    sex: str
    email: str
    phone: str  # E.164
    language: str = "de"
    insurance_kind: str = Insurance.STATUTORY
    known: bool | None = None  # says to have been here before; None: was not asked
    actor: str = ""


def tokens_of(*, first_name: str, last_name: str, birth_date: date, phone: str, email: str) -> dict[TokenKind, bytes]:
    """The blind tokens of a record. Needs the organisation's index key."""
    owner = scope_organisation_id()
    name = "|".join([phonetic_name(last_name), phonetic_name(first_name.split()[0] if first_name.split() else "")])
    found = {TokenKind.NAME_AND_BIRTH_DATE: blind_token("name-birth", f"{name}|{birth_date}", owner=owner)}
    if phone:
        found[TokenKind.PHONE] = blind_token("phone", phone, owner=owner)
    if email:
        found[TokenKind.EMAIL] = blind_token("email", normalise_email(email), owner=owner)
    return found


def record_of(booker: Booker) -> tuple[Patient, bool]:
    """The record that this person books with: the one linked before, one that is surely theirs, or a new one; queued
    for, until the end of the transaction.

    The second value tells whether it is surely theirs from before; False for a new one.

    From now on the clinic writes to them in the language of this booking. Runs in a booking scope. A name and a birth
    date are not a proof of identity: a record is linked only when its own phone equals the one that an SMS verified;
    otherwise a new record is made and marked as a possible duplicate.
    """
    linked = prepared.first(Patient, LINKED, [booker.person_id])
    if linked:
        _write_in(booker.language, linked)
        return linked, True
    with keyring.matching():
        tokens = tokens_of(
            first_name=booker.first_name,
            last_name=booker.last_name,
            birth_date=booker.birth_date,
            phone=booker.phone,
            email=booker.email,
        )
        same = _alike(tokens, booker.birth_date)
        sure = [record for record in same if record.person_id is None and _has_phone(record, booker.phone)]
    if sure:
        queue_for(sure[0].pk)
        if Patient.objects.filter(pk=sure[0].pk, person_id=None).update(person_id=booker.person_id):
            audit.record("patient.linked", sure[0], about=sure[0])
            _write_in(booker.language, sure[0])
            return sure[0], True
    return _create(booker, tokens, possible_duplicate_of=same[0].pk if same else None), False


def _write_in(language: str, record: Patient) -> None:
    if record.language != language:
        Patient.objects.filter(pk=record.pk).update(language=language)
        record.language = language
        audit.record("patient.language_changed", record, about=record)


def alike(*, first_name: str, last_name: str, birth_date: date) -> list[Patient]:
    """Records with this birth date and a name that sounds the same, the oldest first. In an organisation scope."""
    tokens = tokens_of(first_name=first_name, last_name=last_name, birth_date=birth_date, phone="", email="")
    return _alike(tokens, birth_date)


def create_patient(
    *,
    first_name: str,
    last_name: str,
    birth_date: date,
    sex: str = "unknown",
    phone: str = "",
    email: str = "",
    address: dict[str, str] | None = None,
    insurance: dict[str, str] | None = None,
) -> Patient:
    """A record made by staff. Runs in an organisation scope."""
    patient = Patient(
        name={"first_name": first_name, "last_name": last_name, "birth_date": birth_date.isoformat(), "sex": sex},
        contact={"phone": phone, "email": email, **(address or {})},
        insurance=insurance,
    )
    tokens = tokens_of(first_name=first_name, last_name=last_name, birth_date=birth_date, phone=phone, email=email)
    return _inserted(patient, tokens)


def unlink_person(person_id: UUID) -> None:
    """The record stays as it is and is no longer tied to a patient account. Runs in an organisation scope."""
    for record in Patient.objects.filter(person_id=person_id):
        Patient.objects.filter(pk=record.pk).update(person_id=None)
        audit.record("patient.unlinked", record, about=record)


def _has_phone(record: Patient, phone: str) -> bool:
    try:
        return normalise_phone(record.contact.get("phone", "")) == phone
    except ValueError:  # imported as it was
        return False


def _create(booker: Booker, tokens: dict[TokenKind, bytes], *, possible_duplicate_of: UUID | None) -> Patient:
    patient = Patient(
        person_id=booker.person_id,
        name={
            "first_name": booker.first_name,
            "last_name": booker.last_name,
            "birth_date": booker.birth_date.isoformat(),
            "sex": booker.sex,
        },
        contact={"phone": booker.phone, "email": booker.email},
        insurance={"kind": booker.insurance_kind},
        language=booker.language,
        possible_duplicate_of=possible_duplicate_of,
    )
    return _inserted(patient, tokens)


def _inserted(patient: Patient, tokens: dict[TokenKind, bytes]) -> Patient:
    with prepared.together():
        prepared.insert(
            patient, *(PatientToken(patient=patient, kind=kind, token=token) for kind, token in sorted(tokens.items()))
        )
        audit.record("patient.created", patient, about=patient)
    return patient


def _alike(tokens: dict[TokenKind, bytes], birth_date: date) -> list[Patient]:
    kind = TokenKind.NAME_AND_BIRTH_DATE
    found = prepared.fetch(Patient, ALIKE, [Int2(kind), tokens[kind]])
    return [record for record in found if record.name["birth_date"] == birth_date.isoformat()]
