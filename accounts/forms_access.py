"""What administrators type about access: zones, and how long a session may rest."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessZone
from accounts.models.organisations import IDLE_MINUTES
from accounts.networks import HostBitsSet, NotANetwork, read_network
from accounts.services.zones import ZoneDetails
from doctolib.forms import CheckboxesField, CheckboxField, Form, RadioField

MOST_NETWORKS = 50
EVERYBODY, CHOSEN = "everybody", "chosen"


class NetworksField(forms.CharField):
    """Networks, one a line, as ``read_network`` writes them, each once."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 5, "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off", "dir": "ltr"}
        super().__init__(widget=forms.Textarea(attrs=attrs), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(value)

    def clean(self, value: Any) -> tuple[str, ...]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_NETWORKS:
            message = _("A zone can have %(most)d networks.")
            raise ValidationError(message, code="many", params={"most": MOST_NETWORKS})
        return tuple(dict.fromkeys(map(_network, lines)))


class ZoneForm(Form):
    name = forms.CharField(
        max_length=60,
        label=_("Name of the place"),
        error_messages={"required": _("Enter a name, like “Main building”.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    networks = NetworksField(
        label=_("Networks"),
        help_text=_("One a line: an address, like 203.0.113.7, or a network, like 203.0.113.0/24 or 2001:db8::/48."),
        error_messages={"required": _("Enter at least one network.")},
    )
    binds = RadioField(
        label=_("Who has to come from here?"),
        choices=[(EVERYBODY, _("All professionals")), (CHOSEN, _("Some professionals"))],
        hints={CHOSEN: _("The others are not bound by this zone.")},
        error_messages={"required": _("Choose for whom the zone is.")},
    )
    members = CheckboxesField(
        label=_("Which professionals?"),
        help_text=_("Only where the zone is for some."),
        error_messages={"required": _("Choose at least one professional.")},
    )

    def __init__(
        self, *args: Any, professionals: list[tuple[str, str]], zone: AccessZone | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial=_initial(zone), **kwargs)
        self.fields["members"].choices = professionals

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("binds") != CHOSEN:
            self.errors.pop("members", None)  # nobody has to be chosen
        return cleaned

    def details(self) -> ZoneDetails:
        cleaned = self.cleaned_data
        for_everybody = cleaned["binds"] == EVERYBODY
        members = frozenset() if for_everybody else frozenset(map(UUID, cleaned["members"]))
        return ZoneDetails(cleaned["name"], cleaned["networks"], for_everybody, members)


class SignInRulesForm(Form):
    factor_every_time = CheckboxField(
        required=False,
        label=_("Ask for the second factor at every sign-in"),
        help_text=_("If not ticked, only on devices that were not confirmed in the last 30 days."),
    )
    factor_strong = CheckboxField(
        required=False,
        label=_("Require an authenticator app or a passkey"),
        help_text=_("If ticked, text messages are not enough. Who has neither adds one after the next sign-in."),
    )
    idle_minutes = forms.IntegerField(
        min_value=IDLE_MINUTES[0],
        max_value=IDLE_MINUTES[1],
        label=_("Sign out after so many minutes without use"),
        help_text=_("From 5 to 720. Everybody is signed out after 12 hours in any case."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "width-4"}),
        error_messages={
            name: _("Enter a whole number from 5 to 720.") for name in ("required", "invalid", "min_value", "max_value")
        },
    )


def _network(line: str) -> str:
    try:
        network = read_network(line)
    except HostBitsSet as refusal:
        message = _("“%(line)s” is an address inside a network. The network is %(meant)s.")
        raise ValidationError(message, code="host_bits", params={"line": line, "meant": refusal.meant}) from None
    except NotANetwork:
        raise ValidationError(_("“%(line)s” is not a network."), code="invalid", params={"line": line}) from None
    if network.prefixlen == 0:
        raise ValidationError(_("“%(line)s” is the whole internet."), code="everything", params={"line": line})
    return str(network)


def _initial(zone: AccessZone | None) -> dict[str, Any]:
    if zone is None:
        return {}
    return {
        "name": zone.name,
        "networks": zone.networks,
        "binds": EVERYBODY if zone.is_for_everybody else CHOSEN,
        "members": [str(member.pk) for member in zone.members.all()],
    }
