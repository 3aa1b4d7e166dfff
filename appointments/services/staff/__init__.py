"""What staff do in the calendar: book, move, set a status, cancel, and undo what they did.

Runs in an organisation scope. Views ask rules.py before; ``allow`` names what somebody has the right to go on against,
and said to: see places.py. Source: docs/decisions/0011-staff-changes.md.
"""
