"""What an account's owner can allow. A text that says something else gets a new version and is asked again."""

from accounts.enums import ConsentPurpose

VERSIONS = {ConsentPurpose.PAST_APPOINTMENTS: "2026-11-23"}
