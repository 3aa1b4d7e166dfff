import appointments.models.reasons
import django.contrib.postgres.fields
import django.db.models.deletion
import doctolib.tenancy.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_travel"),
        ("appointments", "0003_availability"),
    ]

    operations = [
        migrations.CreateModel(
            name="BookingRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation_id",
                    models.UUIDField(default=doctolib.tenancy.models.scope_organisation_id, editable=False),
                ),
                (
                    "most_a_day",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Visits of one person on one day.", null=True
                    ),
                ),
                (
                    "no_shows",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Visits missed in a year after which a patient may only book by phone.",
                        null=True,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation_id",
                    models.UUIDField(default=doctolib.tenancy.models.scope_organisation_id, editable=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("text", "Text"), ("yes_no", "Yes or no"), ("choice", "One of several answers")],
                        default="text",
                        max_length=6,
                    ),
                ),
                ("text_de", models.CharField(max_length=200)),
                ("text_en", models.CharField(blank=True, max_length=200)),
                (
                    "options_de",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                (
                    "options_en",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("is_required", models.BooleanField(default=True)),
                ("position", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["position", "id"],
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="calendarreason",
            name="most_a_day",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Visits for this reason in this calendar on one local day.", null=True
            ),
        ),
        migrations.AddField(
            model_name="occupancy",
            name="reason",
            field=doctolib.tenancy.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="appointments.visitreason",
            ),
        ),
        migrations.AddField(
            model_name="occupancy",
            name="site",
            field=doctolib.tenancy.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.site",
            ),
        ),
        migrations.AddField(
            model_name="openinghours",
            name="every_weeks",
            field=models.PositiveSmallIntegerField(default=1, help_text="Counted from the week of the first day."),
        ),
        migrations.AddField(
            model_name="openinghours",
            name="late_hours",
            field=models.PositiveSmallIntegerField(default=24),
        ),
        migrations.AddField(
            model_name="openinghours",
            name="late_share",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="openinghours",
            name="on_holidays",
            field=models.BooleanField(default=False, help_text="Open on public holidays as well."),
        ),
        migrations.AddField(
            model_name="openinghours",
            name="site",
            field=doctolib.tenancy.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="Empty for the calendar's own.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.site",
            ),
        ),
        migrations.AddField(
            model_name="openinghoursreason",
            name="share",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of the block's time, in percent, that visits for this reason may take.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="requirement",
            name="quantity",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="age_from",
            field=models.PositiveSmallIntegerField(blank=True, help_text="Years on the day of the visit.", null=True),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="age_until",
            field=models.PositiveSmallIntegerField(blank=True, help_text="Years, this one included.", null=True),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="audience",
            field=models.CharField(
                choices=[
                    ("anyone", "New and known patients"),
                    ("new", "New patients only"),
                    ("known", "Known patients only"),
                ],
                default="anyone",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="cancel_until",
            field=models.PositiveIntegerField(default=0, help_text="Minutes before the visit."),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="capacity",
            field=models.PositiveSmallIntegerField(
                default=1, help_text="Patients at one time; more than one is a group."
            ),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="follow_up",
            field=doctolib.tenancy.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="appointments.visitreason",
            ),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="follow_up_from",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="follow_up_until",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="horizon_unit",
            field=models.CharField(
                choices=[("days", "Days"), ("weeks", "Weeks"), ("months", "Calendar months")],
                default="days",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="insurances",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("statutory", "Statutory insurance"),
                        ("private", "Private insurance"),
                        ("self", "Self-payer"),
                    ],
                    max_length=10,
                ),
                default=appointments.models.reasons.all_insurances,
                help_text="Who may book.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="most_live",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Coming appointments for this reason that one person may have.", null=True
            ),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="most_moves",
            field=models.PositiveSmallIntegerField(blank=True, help_text="Moves of one appointment.", null=True),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="move_until",
            field=models.PositiveIntegerField(default=0, help_text="Minutes before the visit."),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="only_as_follow_up",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="opens_at",
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="price",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Euros, shown to those who pay themselves.",
                max_digits=8,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="referral",
            field=models.CharField(
                choices=[
                    ("none", "No referral needed"),
                    ("bring", "Bring a referral"),
                    ("upload", "Upload a referral before the visit, or bring it"),
                ],
                default="none",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="visitreason",
            name="seen_within",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Months since the last visit at most, for known patients.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="visitreason",
            name="horizon",
            field=models.PositiveSmallIntegerField(default=90),
        ),
        migrations.AddConstraint(
            model_name="openinghours",
            constraint=models.CheckConstraint(condition=models.Q(("every_weeks__gte", 1)), name="hours_weeks"),
        ),
        migrations.AddConstraint(
            model_name="openinghours",
            constraint=models.CheckConstraint(condition=models.Q(("late_share__lte", 100)), name="hours_late_share"),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1), ("quantity__lte", 4)), name="requirement_quantity"
            ),
        ),
        migrations.AddConstraint(
            model_name="visitreason",
            constraint=models.CheckConstraint(condition=models.Q(("capacity__gt", 0)), name="reason_takes_someone"),
        ),
        migrations.AddConstraint(
            model_name="visitreason",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("age_from__isnull", True),
                    ("age_until__isnull", True),
                    ("age_from__lte", models.F("age_until")),
                    _connector="OR",
                ),
                name="reason_ages",
            ),
        ),
        migrations.AddConstraint(
            model_name="visitreason",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("follow_up__isnull", True),
                    models.Q(("follow_up_from__isnull", False), ("follow_up_until__gte", models.F("follow_up_from"))),
                    _connector="OR",
                ),
                name="reason_follow_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingrules",
            constraint=models.UniqueConstraint(
                fields=("organisation_id", "id"), name="appointments_bookingrules_in_organisation"
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingrules",
            constraint=models.UniqueConstraint(fields=("organisation_id",), name="booking_rules_once"),
        ),
        migrations.AddField(
            model_name="question",
            name="reason",
            field=doctolib.tenancy.models.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="questions",
                to="appointments.visitreason",
            ),
        ),
        migrations.AddIndex(
            model_name="question",
            index=models.Index(fields=["organisation_id", "reason"], name="question_of_reason"),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                fields=("organisation_id", "id"), name="appointments_question_in_organisation"
            ),
        ),
    ]
