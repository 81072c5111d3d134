"""Draw docs/explorer.png: the explorer after a case was sent, in a demo of its own."""

from pathlib import Path
from typing import Final

from playwright.sync_api import expect, sync_playwright

from errata.demo._serve import running

PICTURE: Final = Path(__file__).parent.parent / "docs" / "explorer.png"
CASE: Final = "M9-three-failures"
WIDTH: Final = 1280
HEIGHT: Final = 1380
# A name instead of the free port, so that the same page makes the same picture.
HOST: Final = "demo.localhost"
ARGUMENTS: Final = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars",
    "--font-render-hinting=none",
]  # fmt: skip


def draw(url: str) -> bytes:
    """Return the picture of a demo's explorer as PNG."""
    mapped = f"--host-resolver-rules=MAP {HOST}:80 {url.removeprefix('http://')}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*ARGUMENTS, mapped])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")
        page.goto(f"http://{HOST}/#/case/{CASE}")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#headline")).to_be_visible()
        page.locator("#cases").focus()
        page.mouse.move(0, 0)
        picture = page.screenshot()
        browser.close()
    return picture


if __name__ == "__main__":
    with running() as url:
        PICTURE.write_bytes(draw(url))
    print(f"{PICTURE.name}: {WIDTH} x {HEIGHT} pixels, {PICTURE.stat().st_size:,} bytes")
