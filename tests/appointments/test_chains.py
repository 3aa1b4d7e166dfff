"""Several services in one visit: which times are found, booking all parts or none, moving and cancelling them."""

from datetime import timedelta
from itertools import pairwise, product

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from appointments.models import Appointment, Chain, Occupancy
from appointments.selectors.chains import Part, Step, _Search, chains
from appointments.selectors.series_dates import Times
from appointments.selectors.slots import Slot
from appointments.services import chains as services
from appointments.services.refusals_together import ChainBroken, DatesRefused, NotInSeries
from tests import factories

from .desk_series import BERLIN, MONDAY, NOW, USER, at, local, place

pytestmark = pytest.mark.django_db
NO_GAP, QUARTER = timedelta(), timedelta(minutes=15)


@pytest.fixture
def where(db):
    """Two calendars: ECG (10 minutes, every 10) from 8 to 9, doctor (20 minutes, every 20) from 8 to 10."""
    found = place()
    with found.scope():
        found.ecg = factories.calendar(name="EKG-Raum")
        found.doctor = factories.calendar(name="Dr. Kaya")
        factories.hours(found.ecg, weekdays=[1], starts="08:00", ends="09:00")
        factories.hours(found.doctor, weekdays=[1], starts="08:00", ends="10:00")
        found.recording = factories.reason(calendars=[found.ecg], name_de="EKG", duration=10, step=10)
        found.talk = factories.reason(calendars=[found.doctor], name_de="Gespräch", duration=20, step=20)
    return found


def steps(where) -> list[Step]:
    return [Step(where.recording.pk, (where.ecg.pk,)), Step(where.talk.pk, (where.doctor.pk,))]


def find(where, *, gap=NO_GAP, of=None, last=MONDAY, **options):
    with where.scope():
        return chains(steps=of or steps(where), first_day=MONDAY, last_day=last, gap=gap, now=NOW, **options)


def clocks(found) -> list[list[str]]:
    return [[part.starts_at.astimezone(BERLIN).strftime("%H:%M") for part in chain] for chain in found]


def test_one_part_follows_the_other_without_a_gap(where):
    assert clocks(find(where)) == [["08:10", "08:20"], ["08:30", "08:40"], ["08:50", "09:00"]]


def test_a_gap_lets_more_times_fit_and_the_shortest_wait_is_taken(where):
    assert clocks(find(where, gap=QUARTER)) == [
        ["08:00", "08:20"],
        ["08:10", "08:20"],
        ["08:20", "08:40"],
        ["08:30", "08:40"],
        ["08:40", "09:00"],
        ["08:50", "09:00"],
    ]


def test_what_is_taken_and_when_the_patient_is_elsewhere_does_not_fit(where):
    with where.scope():
        factories.busy(where.doctor, at("08:40"), at("09:00"))
    busy = Times(at("08:25"), at("08:30"))

    assert clocks(find(where, own=[busy])) == [["08:50", "09:00"]]


def test_three_parts_and_a_calendar_that_comes_twice_with_its_buffer(where):
    with where.scope():
        after = factories.reason(calendars=[where.ecg], name_de="Nachmessung", duration=10, step=10, buffer_before=5)
    found = find(where, of=[*steps(where), Step(after.pk, (where.ecg.pk,))])
    assert clocks(found) == [["08:10", "08:20", "08:40"]]

    again = find(where, of=[Step(where.recording.pk, (where.ecg.pk,)), Step(after.pk, (where.ecg.pk,))], gap=QUARTER)
    assert clocks(again)[0] == ["08:00", "08:20"]  # ten minutes later the buffer would be in the way


def test_of_several_calendars_the_one_that_ends_first(where):
    with where.scope():
        other = factories.calendar(name="Dr. Öz")
        factories.hours(other, weekdays=[1], starts="08:10", ends="10:00")
        factories.offer(other, where.talk)
    found = find(where, of=[steps(where)[0], Step(where.talk.pk, (where.doctor.pk, other.pk))])

    assert [chain[1].slot.calendar_id for chain in found][:2] == [other.pk, where.doctor.pk]


def test_at_most_as_many_as_asked_for_and_never_too_wide_a_question(where):
    assert len(find(where, gap=QUARTER, most=2)) == 2
    for wrong in (
        {"of": steps(where)[:1]},
        {"of": steps(where) * 3},
        {"gap": timedelta(minutes=61)},
        {"last": MONDAY + timedelta(days=31)},
    ):
        with pytest.raises(ValueError):
            find(where, **wrong)


def test_a_search_costs_as_many_queries_for_a_month_as_for_a_day(where):
    def queries(days: int) -> int:
        with where.scope(), CaptureQueriesContext(connections["pool"]) as found:
            chains(steps=steps(where), first_day=MONDAY, last_day=MONDAY + timedelta(days=days), gap=NO_GAP, now=NOW)
        return len(found)

    queries(1)
    assert queries(30) == queries(0)


BEGIN = at("08:00")


def part(calendar: int, reason: int, start: int, minutes: int) -> Part:
    starts_at = BEGIN + timedelta(minutes=start)
    return Part(Slot(calendar, reason, starts_at), starts_at + timedelta(minutes=minutes))


def search_of(times: list[set[int]], lengths: list[int], gap: int, calendars: list[int], buffer: int = 0) -> _Search:
    """Free times of each step as minutes after eight; the step's number is its reason."""
    free = [
        [part(calendar, step, start, length) for start in sorted(starts)]
        for step, (starts, length, calendar) in enumerate(zip(times, lengths, calendars, strict=True))
    ]
    after = timedelta(minutes=buffer)
    return _Search(free, timedelta(minutes=gap), (), dict.fromkeys(range(len(times)), (timedelta(), after)))


def follows(chain, gap: int, buffer: int) -> bool:
    waits = [other.starts_at - one.ends_at for one, other in pairwise(chain)]
    apart = all(
        later.starts_at - one.ends_at >= timedelta(minutes=buffer)
        for number, one in enumerate(chain)
        for later in chain[number + 1 :]
        if later.slot.calendar_id == one.slot.calendar_id
    )
    return apart and all(timedelta() <= wait <= timedelta(minutes=gap) for wait in waits)


steps_of_times = st.integers(2, 4).flatmap(
    lambda count: st.tuples(
        st.lists(st.sets(st.integers(0, 24).map(lambda n: n * 5), max_size=12), min_size=count, max_size=count),
        st.lists(st.sampled_from([5, 10, 15, 20]), min_size=count, max_size=count),
        st.integers(0, 60),
        st.permutations(range(1, count + 1)),
    )
)


@given(steps_of_times)
def test_any_search_finds_for_each_beginning_the_visit_that_ends_first(asked):
    """Against a slow twin that tries everything."""
    search = search_of(*asked)
    best: dict = {}
    for chain in filter(lambda chain: follows(chain, asked[2], 0), product(*search.free)):
        best.setdefault(chain[0].starts_at, []).append(chain[-1].ends_at)

    found = {chain[0].starts_at: chain[-1].ends_at for chain in search.found(most=100)}
    assert found == {start: min(ends) for start, ends in best.items()}


@given(steps_of_times, st.integers(0, 15))
def test_any_visit_that_is_found_keeps_buffers_in_one_calendar_and_the_gap(asked, buffer):
    times, lengths, gap, calendars = asked
    one_calendar = [min(calendar, 2) for calendar in calendars]
    for chain in search_of(times, lengths, gap, one_calendar, buffer).found(most=100):
        assert follows(chain, gap, buffer)


def slots(where, first="08:10", second="08:20") -> list[Slot]:
    return [
        Slot(where.ecg.pk, where.recording.pk, at(first)),
        Slot(where.doctor.pk, where.talk.pk, at(second)),
    ]


def book(where, wanted=None, gap=NO_GAP, patient=None) -> Chain:
    with where.scope():
        return services.book_chain(
            patient=patient or where.patient, slots=wanted or slots(where), gap=gap, user_id=USER, now=NOW
        )


def test_all_parts_are_booked_with_one_message(where):
    made = book(where)

    assert where.times() == ["Mon 23.11. 08:10", "Mon 23.11. 08:20"]
    assert where.told() == ["appointment.chain_booked"]
    with where.scope():
        rows = Appointment.objects.filter(chain=made).order_by("starts_at")
        assert list(rows.values_list("calendar_id", flat=True)) == [where.ecg.pk, where.doctor.pk]


def test_one_part_that_is_lost_refuses_all(where):
    with where.scope():
        factories.busy(where.doctor, at("08:20"), at("08:40"))

    with pytest.raises(DatesRefused) as refused:
        book(where)

    assert [(local(each.starts_at), each.state) for each in refused.value.dates] == [("Mon 23.11. 08:20", "taken")]
    assert (where.times(), where.told()) == ([], [])


def test_two_parts_that_need_the_same_room_at_once_are_refused(where):
    """Each by itself finds the room; its buffers meet."""
    with where.scope():
        room = factories.room()
        for reason in (where.recording, where.talk):
            factories.requirement(reason, [room])
        type(where.talk).objects.filter(pk=where.recording.pk).update(buffer_after=10)

    with pytest.raises(DatesRefused):
        book(where)

    with where.scope():
        assert (Chain.objects.count(), Occupancy.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [("08:10", "09:00", QUARTER), ("08:30", "08:20", QUARTER), ("08:10", "08:20", timedelta(minutes=61))],
)
def test_parts_that_do_not_follow_each_other_are_no_visit(where, first, second, gap):
    with pytest.raises(ChainBroken):
        book(where, slots(where, first, second), gap)
    assert where.times() == []


def of(where, made) -> list[Appointment]:
    with where.scope():
        return list(Appointment.objects.filter(chain=made).order_by("starts_at"))


def test_all_parts_move_together(where):
    made = book(where)
    rows = of(where, made)

    with where.scope():
        new = dict(zip([each.pk for each in rows], slots(where, "08:30", "08:40"), strict=True))
        services.move_chain(chain=made, new=new, user_id=USER, now=NOW)

    assert where.times() == ["Mon 23.11. 08:30", "Mon 23.11. 08:40"]
    assert where.told() == ["appointment.chain_booked", "appointment.chain_moved"]
    with where.scope():
        assert Occupancy.objects.count() == 2


def test_all_parts_are_cancelled_together_and_only_parts_of_this_visit(where):
    with where.scope():
        grace = factories.patient()
    made, other = book(where), book(where, slots(where, "08:30", "08:40"), patient=grace)

    with where.scope():
        assert services.cancel_chain(chain=made, ids=[each.pk for each in of(where, made)], user_id=USER, now=NOW) == 2
    with pytest.raises(NotInSeries), where.scope():
        services.cancel_chain(chain=made, ids=[each.pk for each in of(where, other)], user_id=USER, now=NOW)

    assert where.times() == []
    assert {each.status for each in of(where, other)} == {"booked"}
