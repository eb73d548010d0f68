"""What the README and docs/ tell people to type works, and what they point to is there."""

import json
import re
import shlex
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import resolve

from retrieval.evaluation.sets import conversations

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def fenced(page: Path, language: str) -> list[str]:
    """The page's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


# --- commands


def command_lines(page: Path) -> Iterator[list[str]]:
    """What follows `manage.py` wherever the page names it."""
    text = page.read_text().replace("\\\n", " ")
    for line in re.findall(r"manage\.py ([a-z_]+[^`\n|;&]*)", text):
        yield shlex.split(line, comments=True, posix=False)


@each_page
def test_every_command_named_is_there(page):
    assert [name for name, *_ in command_lines(page) if name not in get_commands()] == []


def options_of(parser: ArgumentParser) -> set[str]:
    """Of the command and of its verbs."""
    verbs = [action.choices for action in parser._actions if isinstance(action, _SubParsersAction)]
    return set(parser._option_string_actions).union(*(options_of(verb) for of in verbs for verb in of.values()))


@each_page
def test_every_option_named_is_one_of_its_command(page):
    for name, *words in command_lines(page):
        options = [word.rstrip(".,;:)").partition("=")[0] for word in words if word.startswith("--")]
        command = load_command_class(get_commands()[name], name)
        known = options_of(command.create_parser("manage.py", name))
        assert [option for option in options if option not in known] == [], name


@each_page
def test_every_make_target_named_is_there(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", page.read_text())) <= targets


# --- the API


def endpoints() -> list[tuple[str, str]]:
    return re.findall(r"^\| `(GET|POST|PATCH|DELETE) (/\S*)` \|", README.read_text(), re.MULTILINE)


@pytest.mark.parametrize(("method", "path"), endpoints())
def test_every_endpoint_of_the_table_is_served(method, path):
    view = resolve(path.replace("{id}", str(uuid4()))).func.view_class  # type: ignore[attr-defined]
    assert hasattr(view, method.lower())


@pytest.mark.parametrize(("method", "path"), endpoints())
def test_the_table_names_the_scope_that_an_endpoint_asks_for(method, path):
    view = resolve(path.replace("{id}", str(uuid4()))).func.view_class  # type: ignore[attr-defined]
    (told,) = re.findall(rf"^\| `{method} {re.escape(path)}` \| ([a-z ]+) \|", README.read_text(), re.MULTILINE)
    scope = getattr(view, "scopes", {}).get(method, getattr(view, "scope", None))
    asked = "open" if getattr(view, "is_open", False) is True else scope or "any key"
    assert told == asked


def test_the_table_has_endpoints():
    assert len(endpoints()) >= 10


# --- curl


def curls() -> list[str]:
    """The curl commands of the README, in order, continued lines joined."""
    scripts = "\n".join(fenced(README, "sh")).replace("\\\n", " ")
    return [line for line in scripts.splitlines() if line.startswith("curl ")]


def sent(person: Any, line: str) -> Any:
    """What the in-process application answers to a curl command of the README, typed by `person`."""
    words = shlex.split(line.replace("$KEY", person.secret))
    given: dict[str, list[str]] = {"-H": [], "-d": [], "-X": [], "": []}
    rest = iter(words[1:])
    for word in rest:
        if word in {"-s", "-i"}:
            continue
        given[word if word.startswith("-") else ""].append(next(rest) if word.startswith("-") else word)
    headers = dict(header.split(": ", 1) for header in given["-H"])
    (url,) = given[""]
    method = (given["-X"] or ["POST" if given["-d"] else "GET"])[0].lower()
    path = url.removeprefix("http://127.0.0.1:8000")
    assert path.startswith("/")
    data = {"data": given["-d"][0], "content_type": headers.pop("Content-Type")} if given["-d"] else {}
    response = getattr(person.client, method)(path, headers=headers, **data)
    assert response.status_code == 200, response.content
    return response.json()


def test_the_first_memory_is_stored_and_recalled_as_told(alice):
    store, recall, stranger = curls()
    assert set(sent(alice, store)) == {"id", "version"}
    (told,) = (answer for block in fenced(README, "json") if "decision" in (answer := json.loads(block)))
    found = sent(alice, recall)
    first = found["memories"][0]
    assert {name: found[name] for name in ("decision", "reasons")} == {n: told[n] for n in ("decision", "reasons")}
    shown = told["memories"][0]
    assert first["score"] == pytest.approx(shown["score"], abs=0.03)
    assert first["provenance"] == shown["provenance"]
    assert {name: first["memory"][name] for name in shown["memory"]} == shown["memory"]
    assert set(told) <= set(found)
    assert sent(alice, stranger)["decision"] == "abstain"


# --- sets


def test_the_example_of_an_evaluation_set_is_one(tmp_path):
    (example,) = fenced(ROOT / "docs" / "retrieval.md", "json")
    path = tmp_path / "set.jsonl"
    path.write_text(example.replace("\n", " "))
    (conversation,) = conversations(path)
    assert conversation.memories[0].author == "Sam"
    assert conversation.queries[0].relevant == {"m1"}


# --- references


def slug(heading: str) -> str:
    """A heading's anchor, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    if not found.exists() or not anchor:
        return found.exists()
    return anchor in {slug(heading) for heading in re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)}


@each_page
def test_every_link_inside_the_project_leads_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose(page))
    assert [target for target in targets if not leads_somewhere(page, target)] == []


@each_page
def test_every_python_file_named_is_there(page):
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", page.read_text()))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@cache
def code() -> str:
    """All that may read a setting: the packages, the tests' own home, the compose file and what it runs."""
    folders = (
        "memoryproject",
        "accounts",
        "grains",
        "retrieval",
        "embedding",
        "runtime",
        "mcp_bridge",
        "tests",
        "deploy",
    )
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix != ".pyc"]
    texts = [path for path in (*files, *ROOT.glob("*compose*.y*ml")) if path.is_file() and path != Path(__file__)]
    return "".join(path.read_text(errors="replace") for path in texts)


@each_page
def test_every_variable_named_is_read(page):
    named = set(re.findall(r"\bGARNER_[A-Z_]*[A-Z]\b", page.read_text()))
    assert [name for name in sorted(named) if name.removesuffix("_FILE") not in code()] == []


@each_page
def test_no_page_names_a_folder_of_somebodys_machine(page):
    assert re.findall(r"(?<![\w.~$}/])/(?:home|root|tmp|work|Users|mnt)/\S*", page.read_text()) == []


def test_every_decision_is_at_most_a_page():
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert pages
    assert [page.name for page in pages if len(page.read_text().split()) > 750] == []
