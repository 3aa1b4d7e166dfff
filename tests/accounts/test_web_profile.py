"""Web profiles: drafts, photos, publishing, discarding."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import Level, UserKind
from accounts.models import Practitioner, ProfileDraft, ProfilePhoto, PublishedProfile, Unit
from doctolib.audit.models import AuditEvent
from doctolib.tenancy.scopes import visitor_scope
from tests import factories, pro
from tests.documents import pdf, picture

pytestmark = pytest.mark.django_db
CLINIC = "/settings/profile/clinic/"
WORDS = {"text_de": "Am Wasser.", "text_en": "", "directions_de": "Bus 7.", "languages": ["de", "tr"]}


@pytest.fixture
def clinic():
    return pro.clinic()


def photo(size=(300, 400), **options) -> SimpleUploadedFile:
    return SimpleUploadedFile("foto.jpg", picture(size=size, **options), "image/jpeg")


def actions(clinic) -> list[str]:
    with clinic.scope():
        return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def drafts(clinic) -> list[tuple]:
    with clinic.scope():
        return list(
            ProfileDraft.objects.order_by("pk").values_list("unit_id", "practitioner_id", "text_de", "languages")
        )


def published(clinic) -> list[tuple]:
    """Text and whether it is the current one, the newest first."""
    with clinic.scope():
        return list(PublishedProfile.objects.values_list("text_de", "is_current"))


def seen_by_visitors(clinic) -> tuple[list[str], int]:
    """Texts and number of photos that the database shows to anybody."""
    with visitor_scope(clinic.organisation):
        return list(PublishedProfile.objects.values_list("text_de", flat=True)), ProfilePhoto.objects.count()


def write(clinic, path=CLINIC, **words):
    return clinic.client.post(path, {**WORDS, **words})


def publish(clinic, path=CLINIC):
    return clinic.client.post(f"{path}publish/")


# Drafts --------------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_nobody_else_sees_it(clinic):
    answer = write(clinic)

    assert (answer.status_code, answer["Location"]) == (303, CLINIC)
    assert drafts(clinic) == [(None, None, "Am Wasser.", "de tr")]
    assert (published(clinic), seen_by_visitors(clinic)) == ([], ([], 0))
    assert actions(clinic) == ["profile.draft_changed"]


def test_visitors_may_not_even_ask_for_drafts(clinic):
    from django.db import ProgrammingError

    write(clinic)

    with pytest.raises(ProgrammingError, match="permission denied"), visitor_scope(clinic.organisation):
        ProfileDraft.objects.exists()


def test_a_draft_that_is_changed_is_still_one(clinic):
    write(clinic)
    write(clinic, text_de="Am Meer.")

    assert drafts(clinic) == [(None, None, "Am Meer.", "de tr")]


def test_what_changes_nothing_makes_no_draft(clinic):
    write(clinic), publish(clinic)

    write(clinic)

    assert drafts(clinic) == []
    assert actions(clinic) == ["profile.draft_changed", "profile.published"]


def test_the_text_from_before_there_were_profiles_is_where_one_begins(clinic):
    clinic.organisation.profile_de = "Alter Text."
    clinic.organisation.save()

    shown = clinic.client.get(CLINIC).content.decode()

    assert "Alter Text." in shown


def test_a_text_that_is_too_long_is_refused_and_not_lost(clinic):
    answer = write(clinic, hours_de="x" * 501)

    assert (answer.status_code, "x" * 501 in answer.content.decode(), drafts(clinic)) == (422, True, [])


def test_each_unit_and_person_has_a_draft_of_its_own(clinic):
    with clinic.scope():
        unit, person = Unit.objects.get(), Practitioner.objects.get()

    write(clinic, f"/settings/profile/unit-{unit.pk}/", text_de="Herz.", languages=[])
    write(clinic, f"/settings/profile/person-{person.pk}/", text_de="Ich.")

    assert drafts(clinic) == [(unit.pk, None, "Herz.", ""), (None, person.pk, "Ich.", "")]


def test_a_draft_is_discarded_after_a_question(clinic):
    write(clinic), publish(clinic), write(clinic, text_de="Verworfen.")

    question = clinic.client.get(f"{CLINIC}discard/")
    answer = clinic.client.post(f"{CLINIC}discard/")

    assert (question.status_code, answer.status_code) == (200, 303)
    assert (drafts(clinic), published(clinic)) == ([], [("Am Wasser.", True)])
    assert actions(clinic)[-1] == "profile.draft_discarded"


# Publishing ----------------------------------------------------------------------------------------------------------


def test_publishing_shows_it_to_everybody_and_says_who_did(clinic):
    write(clinic)

    answer = publish(clinic)

    assert (answer.status_code, drafts(clinic)) == (303, [])
    assert seen_by_visitors(clinic) == (["Am Wasser."], 0)
    with clinic.scope():
        assert PublishedProfile.objects.get().published_by == clinic.professional.pk
    assert actions(clinic) == ["profile.draft_changed", "profile.published"]
    assert "Ute Empfang" in clinic.client.get(CLINIC).content.decode()


def test_former_versions_stay_for_the_clinic_and_go_from_the_web(clinic):
    write(clinic), publish(clinic)
    write(clinic, text_de="Am Meer."), publish(clinic)

    assert published(clinic) == [("Am Meer.", True), ("Am Wasser.", False)]
    assert seen_by_visitors(clinic)[0] == ["Am Meer."]


def test_publishing_twice_is_answered_clearly(clinic):
    write(clinic), publish(clinic)

    answer = publish(clinic)

    assert (answer.status_code, "Es gibt keinen Entwurf" in answer.content.decode()) == (409, True)
    assert published(clinic) == [("Am Wasser.", True)]


def test_search_engines_and_the_directory_get_what_is_published(clinic):
    write(clinic)
    clinic.organisation.refresh_from_db()
    before = clinic.organisation.profile_de
    publish(clinic)

    clinic.organisation.refresh_from_db()
    entry = clinic.organisation.directory.get()
    assert (before, clinic.organisation.profile_de, entry.languages) == ("", "Am Wasser.", ["de", "tr"])


# Photos --------------------------------------------------------------------------------------------------------------


def upload(clinic, file, path=CLINIC):
    return clinic.client.post(f"{path}photo/", {"photo": file})


def photos(clinic) -> list[tuple[int, int, bool]]:
    with clinic.scope():
        return list(ProfilePhoto.objects.values_list("width", "height", "is_public"))


def test_a_photo_is_drawn_anew_and_in_the_draft_alone(clinic):
    answer = upload(clinic, photo(comment=b"Praxis Dr. Geheim"))

    with clinic.scope():
        content = bytes(ProfileDraft.objects.get().photo.content)
    assert answer.status_code == 303
    assert (photos(clinic), seen_by_visitors(clinic)) == ([(300, 400, False)], ([], 0))
    assert content.startswith(b"\xff\xd8\xff") and b"Geheim" not in content


def test_webp_and_png_become_jpeg_and_big_ones_smaller(clinic):
    upload(clinic, SimpleUploadedFile("a.webp", picture("WEBP", size=(2000, 1000)), "image/webp"))

    assert photos(clinic) == [(1600, 800, False)]


@pytest.mark.parametrize(
    ("file", "status", "words"),
    [
        (lambda: pdf(), 422, "Wählen Sie ein Foto"),
        (lambda: SimpleUploadedFile("x.jpg", b"\xff\xd8\xff\xe0 broken", "image/jpeg"), 422, "beschädigt"),
        (lambda: SimpleUploadedFile("x.jpg", b"", "image/jpeg"), 422, "leer"),
        (lambda: SimpleUploadedFile("x.svg", b"<svg onload='x()'/>", "image/svg+xml"), 422, "Wählen Sie ein Foto"),
        (lambda: photo(size=(150, 400)), 422, "zu klein"),
        (lambda: SimpleUploadedFile("x.jpg", b"\xff\xd8\xff" + b"0" * 10 * 1024**2, "image/jpeg"), 413, "10 MB"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(clinic, file, status, words):
    answer = upload(clinic, file())

    assert (answer.status_code, words in answer.content.decode(), photos(clinic)) == (status, True, [])


def test_only_the_photo_of_the_published_profile_is_public(clinic):
    upload(clinic, photo()), publish(clinic)
    upload(clinic, photo(size=(500, 500)))

    assert sorted(photos(clinic)) == [(300, 400, True), (500, 500, False)]
    assert seen_by_visitors(clinic)[1] == 1


def test_photos_that_nobody_needs_are_gone(clinic):
    upload(clinic, photo()), upload(clinic, photo(size=(500, 500)))
    assert photos(clinic) == [(500, 500, False)]
    publish(clinic)
    clinic.client.post(f"{CLINIC}photo/remove/")
    assert photos(clinic) == [(500, 500, True)]

    publish(clinic)

    assert (photos(clinic), published(clinic)) == ([], [("", True), ("", False)])


def test_discarding_a_draft_keeps_the_published_photo(clinic):
    upload(clinic, photo()), publish(clinic), upload(clinic, photo(size=(500, 500)))

    clinic.client.post(f"{CLINIC}discard/")

    assert photos(clinic) == [(300, 400, True)]


def test_what_a_photo_shows_is_part_of_the_draft(clinic):
    upload(clinic, photo())

    clinic.client.post(f"{CLINIC}photo/text/", {"photo_text_de": "Der Eingang", "photo_text_en": "The entrance"})

    with clinic.scope():
        draft = ProfileDraft.objects.get()
    assert (draft.photo_text_de, draft.photo_text_en, draft.photo_id is not None) == (
        "Der Eingang",
        "The entrance",
        True,
    )


def test_a_photo_file_is_for_administrators_here(clinic):
    upload(clinic, photo())
    with clinic.scope():
        path = f"/settings/profile/photos/{ProfilePhoto.objects.get().pk}.jpg"
    colleague = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)

    answer = clinic.client.get(path)

    assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        200,
        "image/jpeg",
        "nosniff",
    )
    clients = [pro.client_of(colleague), pro.clinic().client, pro.client_of(None)]
    assert [client.get(path).status_code for client in clients] == [403, 404, 302]


# Who may -------------------------------------------------------------------------------------------------------------


def test_only_administrators_write_and_strangers_find_nothing(clinic):
    with clinic.scope():
        colleague = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
        factories.right(clinic.calendar, colleague, Level.FULL)
        paths = [
            f"/settings/profile/unit-{Unit.objects.get().pk}/",
            f"/settings/profile/person-{Practitioner.objects.get().pk}/",
        ]
    write(clinic, paths[0])
    posts = [
        f"{path}{part}"
        for path in paths
        for part in ("", "photo/", "photo/remove/", "photo/text/", "publish/", "discard/")
    ]
    clients = {"colleague": pro.client_of(colleague), "stranger": pro.clinic().client, "nobody": pro.client_of(None)}

    found = {name: {client.post(path).status_code for path in posts} for name, client in clients.items()}

    assert found == {"colleague": {403}, "stranger": {404}, "nobody": {302}}
    assert (len(drafts(clinic)), published(clinic)) == (1, [])


@pytest.mark.parametrize("key", ["unit-0", "unit-", "person-99999999999999999999", "ward-1", "clinic-1"])
def test_profiles_of_nobody_are_not_found(clinic, key):
    assert clinic.client.get(f"/settings/profile/{key}/").status_code == 404
