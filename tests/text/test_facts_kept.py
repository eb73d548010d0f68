"""What no rewording may lose, and which two texts say the same. Cosines cannot tell; this can."""

import pytest

from text.facts import added, facts, lost, negations, says_the_same, sentences

DIFFERENT = [
    ("The safe code is 4711.", "The safe code is 4712."),  # cosine .970
    ("Sam is allergic to nuts.", "Sam is not allergic to nuts."),  # .966
    ("The meeting is at 3 pm.", "The meeting is at 4 pm."),  # .984
    ("The meeting is on Monday.", "The meeting is on Tuesday."),
    ("Alice owes Bob 5 euros.", "Bob owes Alice 5 euros."),
    ("Call Ana tomorrow.", "Call Anna tomorrow."),
    ("The flight is from Berlin to Rome.", "The flight is from Rome to Berlin."),
    ("The dog sleeps in the kitchen.", "The cat sleeps in the kitchen."),
    ("The server is up.", "The server is down."),
    ("Bob lives in Paris.", "Bob lived in Paris."),
    ("Bob may come to dinner.", "Bob will come to dinner."),
    ("Lunch before the meeting.", "Lunch after the meeting."),
    ("Bob eats fish.", "Bob rarely eats fish."),
    ("Bob eats fish.", "Bob eats fish only on Fridays."),
    ("Bob eats fish.", "I doubt that Bob eats fish."),
    ("Bob eats fish.", "Does Bob eat fish?"),
    ("Bob eats fish.", "Bob eats fish?"),
    ("Use version 1.2.3 of foo.py.", "Use version 1.2.4 of foo.py."),
    ("Run `rm -r a`.", "Run `rm -R a`."),
    ("The price is 1,000 dollars.", "The price is 10,000 dollars."),
    ("The price is $5.", "The price is €5."),
    ("It is 5%.", "It is 5."),
    ("I don't like jazz.", "I do like jazz."),
    ("I can't come.", "I can come."),
    ("Max two guests.", "Max three guests."),
    ("He came first.", "He came second."),
    ("会议在三点", "会议在四点"),
    ("Das Treffen ist nicht heute.", "Das Treffen ist heute."),
]
SAME = [
    ("The user prefers dark mode.", "User prefers dark mode"),
    ("the user prefers DARK mode!", "The user prefers dark mode."),
    ("I can't come.", "I cannot come."),
    ("I do not like jazz.", "I don't like jazz."),
    ("The meeting is at 3 pm.", "The meeting is at 3 p.m."),
    ("It costs 1,000 dollars.", "It costs 1000 dollars."),
    ("Bob eats fish with great pleasure.", "Bob eats fish."),
    ("Note: the wifi password is hunter2.", "The wifi password is hunter2."),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_texts_that_differ_in_what_matters_never_say_the_same(one: str, other: str) -> None:
    assert not says_the_same(one, other)
    assert not says_the_same(other, one)


@pytest.mark.parametrize(("kept", "dropped"), SAME)
def test_texts_that_differ_in_nothing_but_form_say_the_same(kept: str, dropped: str) -> None:
    assert says_the_same(kept, dropped)


def test_the_shorter_text_does_not_say_all_that_the_longer_one_does() -> None:
    assert not says_the_same("Bob eats fish.", "Bob eats fish with great pleasure.")
    assert not says_the_same("Bob eats fish.", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The safe code is 4711.", ("4711",)),
        ("On Friday Ana met Bob's sister at 3 p.m.", ("friday", "ana", "bob", "3pm")),
        ("Meet me twice, or two times.", ("meet", "twice", "2")),
        ("It was the 2nd of May 2026.", ("2th", "may", "2026")),
        ("Run `make all` in src/main.py or call getName.", ("run", "make all", "src/main.py", "getName")),
        (
            "Write to a.b@example.org or see https://example.org/x?y=1.",
            ("write", "a.b@example.org", "https://example.org/x?y=1"),
        ),
        ("The budget is $1,200.50 (5%).", ("$1200.50", "5%")),
        ("it is a nice day and i like it", ()),
    ],
)
def test_facts_are_found_in_their_order(text: str, expected: tuple[str, ...]) -> None:
    assert facts(text) == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [("I like it.", 0), ("I don't like it.", 1), ("Never say no.", 2), ("I cannot.", 1), ("Ich mag kein Bier.", 1)],
)
def test_denials_are_counted(text: str, count: int) -> None:
    assert negations(text) == count


def test_sentences_end_where_they_end() -> None:
    text = "Dr. Smith uses v1.2 of foo.py. It works! Does it? Yes.\nNew line; J. R. Tolkien wrote at 3 p.m. on Monday."
    assert sentences(text) == [
        "Dr. Smith uses v1.2 of foo.py.",
        "It works!",
        "Does it?",
        "Yes.",
        "New line; J. R. Tolkien wrote at 3 p.m. on Monday.",
    ]
    assert sentences("会议在三点。地点在北京。") == ["会议在三点。", "地点在北京。"]
    assert sentences("") == []


def test_a_summary_that_keeps_everything_has_lost_nothing() -> None:
    sources = ["Ana lives in Berlin.", "Ana's code is 4711. She does not eat nuts.", "The weather was nice."]
    assert lost(sources, "Ana lives in Berlin. Ana's code is 4711. She does not eat nuts. The weather was nice.") == []
    assert (
        lost(
            sources,
            "Ana lives in Berlin now. Her code, Ana's code, is 4711. She does not eat any nuts. The weather was nice.",
        )
        == []
    )


@pytest.mark.parametrize(
    ("source", "summary"),
    [
        ("Ana's code is 4711.", "Ana has a code."),
        ("Ana's code is 4711.", "Ana's code is 4712."),
        ("Sam is not allergic to nuts.", "Sam is allergic to nuts."),
        ("Sam is allergic to nuts.", "Sam is not allergic to nuts."),
        ("Alice owes 5 euros.", "Alice owes 7 euros and Bob owes 5 euros."),
        ("The meeting is on Monday at noon.", "The meeting is on Monday."),
        ("Use foo.py.", "Use a script."),
        ("He likes long walks by the sea.", "He likes jazz."),
        ("会议在三点。", "会议在四点。"),
    ],
)
def test_a_summary_that_drops_or_bends_a_fact_is_found_out(source: str, summary: str) -> None:
    assert lost([source], summary) == [source]


def test_what_a_summary_makes_up_is_found_out() -> None:
    sources = ["bob lives in Berlin.", "The code is 4711."]
    assert added(sources, "Bob lives in Berlin. The code is 4711.") == []
    assert added(sources, "Bob lives in Berlin with Carla. The code is 4712.") == ["carla", "4712"]
