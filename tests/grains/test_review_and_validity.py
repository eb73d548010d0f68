"""When a memory holds, and when it is to be looked at again: said on storing, changed on updating."""

from tests.people import Person

JUNE, JULY = "2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"


def test_a_review_date_is_kept(alice: Person) -> None:
    id_ = alice.store("The badge opens door 7.", review_by=JULY)["id"]
    assert alice.inspect(id_)["review_by"] == JULY


def test_without_one_there_is_none(alice: Person) -> None:
    assert alice.inspect(alice.store("The badge opens door 7.")["id"])["review_by"] is None


def test_dates_can_be_set_later_and_leave_the_rest_alone(alice: Person) -> None:
    id_ = alice.store("The badge opens door 7.", valid_from=JUNE, tags=["door"])["id"]
    alice.update(id=id_, valid_to=JULY, review_by=JUNE)
    found = alice.inspect(id_)
    assert (found["valid_from"], found["valid_to"], found["review_by"]) == (JUNE, JULY, JUNE)
    assert (found["tags"], found["version"]) == (["door"], 2)


def test_a_validity_that_would_end_before_it_begins_is_refused(alice: Person) -> None:
    id_ = alice.store("The badge opens door 7.", valid_from=JULY)["id"]
    answer = alice.update(id=id_, valid_to=JUNE)
    assert (alice.last.status_code, answer["field"]) == (422, "valid_to")
    assert alice.inspect(id_)["valid_to"] is None


def test_what_is_no_moment_is_refused(alice: Person) -> None:
    alice.store("The badge opens door 7.", review_by="soon")
    assert alice.last.status_code == 422
