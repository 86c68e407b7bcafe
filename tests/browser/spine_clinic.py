"""A clinic whose processes all run and whose one nurse signs in: for whole paths in a browser."""

from contextlib import contextmanager

from playwright.sync_api import expect

from bot.evaluation.instance import running

ONE_TIME = "One-time-word-7"
CHOSEN = "a longer password of her own"
PATIENCE_MS = 20_000
VIEW = {"width": 1200, "height": 860}


@contextmanager
def open_clinic(directory, model, parts=(), **settings):
    """The running product, with an account for Vera."""
    with running(
        directory,
        parts,
        models=str(model.parent),
        clinic_name="Spine Clinic",
        clinic_phone="+00 123 456 789",
        emergency_number="112",
        answer_deadline_s="30",
        **settings,
    ) as instance:
        instance.run(
            "nurse", "add", "vera", "--display-name", "Vera", "--password-stdin", given=ONE_TIME
        )
        expect.set_options(timeout=PATIENCE_MS)
        yield instance
        expect.set_options(timeout=None)


def sign_in(page, url):
    """Vera's first time in the console: she chooses her password."""
    page.goto(f"{url}/console")
    page.get_by_label("Name", exact=True).fill("vera")
    page.get_by_label("Password").fill(ONE_TIME)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#current").fill(ONE_TIME)
    page.locator("#new").fill(CHOSEN)
    page.locator("#again").fill(CHOSEN)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/console/queue")
