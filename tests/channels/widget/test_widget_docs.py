import re
from pathlib import Path

from bot.channels.widget import script

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "website.md").read_text("utf-8")
SOURCE = (script.STATIC / "widget.js").read_text("utf-8")


def dashed(name):
    return re.sub(r"([A-Z])", lambda found: "-" + found.group(1).lower(), name)


def test_every_option_is_documented_and_no_other():
    used = {f"data-{dashed(name)}" for name in re.findall(r"\boptions\.(\w+)", SOURCE)}
    documented = set(re.findall(r"^\| `(data-[a-z-]+)`", PAGE, re.MULTILINE))
    assert documented == used


def test_the_policy_of_the_documentation_is_the_one_of_the_demonstration(client):
    policy = re.search(r"^(default-src .*)$", PAGE, re.MULTILINE).group(1)
    served = client.get("/demo").headers["content-security-policy"]
    assert set(policy.split("; ")) <= set(served.split("; "))


def test_pictures_are_there():
    for name in re.findall(r"\]\((pictures/[^)]+)\)", PAGE):
        assert (ROOT / "docs" / name).is_file(), name
