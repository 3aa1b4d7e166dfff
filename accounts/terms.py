"""The terms of use that patients accept. A new text gets a new version, which sign-up records beside the account."""

from datetime import date

VERSION = "2026-11-01"
VALID_FROM = date(2026, 11, 1)
