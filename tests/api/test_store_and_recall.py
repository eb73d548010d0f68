"""The main job, end to end over the real views, model and servers."""


def test_a_stored_memory_is_recalled_by_other_words(alice):
    alice.store("The deployment password is rotated every ninety days.")
    alice.store("Our office cat is called Minerva.")
    assert alice.recall("What is the name of the pet at work?")[0] == "Our office cat is called Minerva."


def test_bob_cannot_recall_alices_grain(alice, bob):
    alice.store("the safe code is 4711")
    assert bob.recall("safe code") == []
