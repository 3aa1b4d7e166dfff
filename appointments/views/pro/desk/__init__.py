"""What staff do in the calendar: each as a page, in the panel, and as JSON for the grid."""

from .chosen import cancel as cancel_chosen
from .chosen import chosen
from .chosen import move as move_chosen
from .chosen import status as status_of_chosen
from .look import next_free, preview
from .move import move
from .new import new
from .undo import changes, undo
from .visits import cancel, note, status

__all__ = [
    "cancel",
    "cancel_chosen",
    "changes",
    "chosen",
    "move",
    "move_chosen",
    "new",
    "next_free",
    "note",
    "preview",
    "status",
    "status_of_chosen",
    "undo",
]
