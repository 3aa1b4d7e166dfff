"""What a clinic asks whoever books, and what they answered."""

from collections.abc import Mapping, Sequence

from appointments.enums import QuestionKind
from appointments.models import Question

from .refusals import NotAnswered

LONGEST_ANSWER = 500  # characters


def checked_answers(questions: Sequence[Question], given: Mapping[int, str]) -> list[dict[str, str]]:
    """Question and answer as they are kept (sealed) with the appointment, in the order of the questions; questions that
    nobody must answer may be missing. ``given`` is by the question's id. Raises NotAnswered."""
    found = []
    for question in questions:
        answer = given.get(question.pk, "").strip()
        if not answer and not question.is_required:
            continue
        if not answer or len(answer) > LONGEST_ANSWER or not _is_possible(question, answer):
            raise NotAnswered
        found.append({"question": question.text_de, "answer": answer})
    return found


def _is_possible(question: Question, answer: str) -> bool:
    if question.kind == QuestionKind.YES_NO:
        return answer in ("yes", "no")
    return question.kind == QuestionKind.TEXT or answer in (*question.options_de, *question.options_en)
