"""What staff do in the calendar: each as a page, in the panel, and as JSON for the grid."""

from .look import next_free, preview
from .move import move
from .new import new
from .undo import changes, undo
from .visits import cancel, note, status

__all__ = ["cancel", "changes", "move", "new", "next_free", "note", "preview", "status", "undo"]
