"""What the law asks of the contract with a clinic."""

import uuid

from django.db import models
from django.db.models import F, Q

from crypto.fields import SealedTextField
from doctolib.tenancy.models import TenantModel


class ProcessingAgreement(TenantModel):
    """The contract under which the platform processes an organisation's patient data (Art. 28 GDPR).

    Without one in force the database refuses patient and appointment rows. It lives beside the rows it guards.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.CharField(max_length=20)
    signed_on = models.DateField()
    signatory = SealedTextField(label="retention.agreement.signatory")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(
                name="agreement_in_order", condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))
            ),
        ]
