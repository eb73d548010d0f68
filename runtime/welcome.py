"""What `manage.py up` prints when everything is ready."""

from accounts.people.services.links import setup_link
from accounts.services.keys import first_key
from runtime.paths import Home


def welcome(home: Home, url: str) -> str:
    """The lines for a newcomer. An instance without any key gets its first one here: it is shown this
    once. One without an operator gets a link that makes the first, within an hour; an older link is void.
    """
    new, link = first_key(), setup_link()
    setup = f"{url}{link.path}" if link else None
    return banner(home=home, url=url, secret=new.secret if new else None, setup=setup)


def banner(*, home: Home, url: str, secret: str | None, setup: str | None = None) -> str:
    """The text: where it serves, the key (a stand-in when none was made now), the link for the first
    operator, two commands to try, where the data are.
    """
    shown = secret or "YOUR_KEY"
    first = f"First API key  {secret}   (shown this once)" if secret else "API key        the one you have"
    return "\n".join(
        [
            "",
            "Garner is ready.",
            "",
            f"  URL            {url}",
            f"  {first}",
            f"  Console        {url}/admin/",
            *([f"  First operator {setup}", "                 (once, within an hour)"] if setup else []),
            f"  Data           {home.root}",
            f"  Logs           {home.logs}",
            "",
            "Store a memory:",
            "",
            _curl(url, "/v1/store", shown, '{"content": "The cat is called Mimi."}'),
            "",
            "Recall it:",
            "",
            _curl(url, "/v1/recall", shown, '{"query": "What is the name of the cat?"}'),
            "",
            "Ctrl-C stops everything.",
            "",
        ]
    )


def _curl(url: str, path: str, key: str, body: str) -> str:
    return (
        f"  curl -s {url}{path} \\\n"
        f"    -H 'Authorization: Bearer {key}' \\\n"
        f"    -H 'Content-Type: application/json' \\\n"
        f"    -d '{body}'"
    )
