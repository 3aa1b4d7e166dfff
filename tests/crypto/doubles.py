"""Key management services that misbehave."""

from crypto.errors import KmsUnavailable
from crypto.kms.base import KeyManagementService


class AwayKms(KeyManagementService):
    def wrap(self, plaintext, context):
        raise KmsUnavailable("The service does not answer.")

    def unwrap(self, wrapped, context):
        raise KmsUnavailable("The service does not answer.")
