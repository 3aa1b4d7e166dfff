"""Charts: where bars and lines lie, scales, labels, and what the template makes of them."""

import pytest
from django.template.loader import render_to_string

from doctolib.charts import Series, Words, lines, stacked_bars, ticks


def words(labels: list[str], **fields) -> Words:
    values = {"id": "chart-x", "title": "Termine", "description": "Viele.", "label": "Monat", "short": labels}
    return Words(labels=labels, number=lambda value: f"{value:g}", **{**values, **fields})


def series(name: str, *values: float | None) -> Series:
    return Series(name, values, ["keine" if value is None else f"{value:g} Stück" for value in values])


@pytest.mark.parametrize(
    ("highest", "whole", "expected"),
    [
        (0, True, [0, 1]),
        (3, True, [0, 1, 2, 3]),
        (4, True, [0, 1, 2, 3, 4]),
        (9, True, [0, 5, 10]),
        (1234, True, [0, 500, 1000, 1500]),
        (1, False, [0, 0.5, 1]),
        (0.07, False, [0, 0.02, 0.04, 0.06, 0.08]),
    ],
)
def test_a_scale_has_few_round_steps_and_reaches_the_highest_value(highest, whole, expected):
    assert ticks(highest, whole=whole) == pytest.approx(expected)


def test_bars_stand_on_each_other():
    chart = stacked_bars(words(["Mai", "Juni"]), [series("online", 1, 0), series("Klinik", 3, 2)])

    boxes = [(each.name, [(box.y, box.height) for box in each.boxes]) for each in chart.drawn]
    # 200 units high for 4: 50 each, from 212 upwards; nothing is drawn for 0
    assert boxes == [("online", [("162", "50")]), ("Klinik", [("12", "150"), ("112", "100")])]
    assert [(tick.at, tick.text) for tick in chart.up] == [
        ("212", "0"),
        ("162", "1"),
        ("112", "2"),
        ("62", "3"),
        ("12", "4"),
    ]
    assert chart.rows == [("Mai", ["1 Stück", "3 Stück"]), ("Juni", ["0 Stück", "2 Stück"])]


def test_a_line_has_a_gap_where_there_is_no_value():
    chart = lines(words(["a", "b", "c", "d"]), [series("x", 1, 1, None, 2)], whole=True)

    assert chart.drawn[0].paths == ["127,112 269,112"]
    assert [(spot.x, spot.y) for spot in chart.drawn[0].spots] == [("127", "112"), ("269", "112"), ("553", "12")]
    assert chart.rows[2] == ("c", ["keine"])


def test_labels_do_not_run_into_each_other():
    labels = [f"{day}.11." for day in range(1, 31)]

    shown = lines(words(labels), [series("x", *[1] * 30)]).across

    assert [tick.text for tick in shown] == labels[::3]


def test_nothing_to_show_is_a_chart_without_bars():
    chart = stacked_bars(words([]), [series("x")])

    assert (chart.drawn[0].boxes, chart.rows, [tick.text for tick in chart.up]) == ([], [], ["0", "1"])


def test_the_template_escapes_names_and_writes_no_style():
    chart = lines(words(["<b>"], title="<i>"), [series("<u>", 0.5), series("y", 0.25)])

    html = render_to_string("components/chart.html", {"chart": chart})

    assert [tag in html for tag in ("<b>", "<i>", "<u>", "style=")] == [False] * 4
    assert html.count("&lt;u&gt;") == 2  # legend and table
    assert 'points="0,6 24,6"' in html and 'cx="340" cy="45.3"' in html
