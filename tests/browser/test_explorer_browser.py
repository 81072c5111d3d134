"""The explorer in a real browser: what people see, do and cannot be harmed by."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright

from errata.demo._serve import running
from errata.dialects import BUILTIN

CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip
WIDE: Final = (1400, 900)
NARROW: Final = (400, 800)

HOSTILE_HEAD: Final = "HTTP/1.1 400 <b>No</b>\ncontent-type: application/json\nx-h: <script>pwned=1</script>\n\n"
HOSTILE: Final = HOSTILE_HEAD + json.dumps({
    "title": "<img src=x onerror=pwned=1><script>pwned=1</script>",
    "status": 400,
    "detail": "\u202egnp.exe\u0000 </pre><style>*{display:none}</style>",
    "</script><script>pwned=1//": ["x" * 3000, {"\"'`><svg onload=pwned=1>": 1}],
    "errors": [{"pointer": "#/<i>/" + "y" * 400, "detail": "javascript:pwned=1"}],
})  # fmt: skip

HUGE: Final = {
    "brackets": "[" * 60_000,
    "escapes": '"' + "\\u0000" * 10_000,
    "tags": "<a " * 30_000,
    "quotes": "<a b='" * 15_000,
    "lines": "\n" * 60_000,
    "marks": "\u202e" * 20_000,
    "names": '{"a":1,' * 9_000,
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a demo that runs for the tests of this module."""
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """What went wrong in a page: lines of the console, exceptions, violations of the policy, requests elsewhere."""

    def __init__(self, page: Page, url: str) -> None:
        self.faults: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._request)
        self._url = url

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:")):
            self.faults.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)


@pytest.fixture
def watch(page: Page, url: str) -> Iterator[Watch]:
    """The watch over the page; a test that provokes faults empties its list."""
    watch = Watch(page, url)
    yield watch
    assert [] == watch.faults


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a browser of its own."""
    context = browser.new_context(
        viewport={"width": WIDE[0], "height": WIDE[1]}, permissions=["clipboard-read", "clipboard-write"]
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


@pytest.fixture
def explorer(page: Page, url: str, watch: Watch) -> Page:
    """The explorer, with its cases loaded."""
    page.goto(url)
    expect(page.get_by_role("option").first).to_be_visible()
    return page


def open_case(page: Page, url: str, case: str) -> None:
    """Open the address of a case."""
    page.goto(f"{url}/#/case/{case}")
    expect(page.get_by_role("option", selected=True)).to_have_attribute("id", f"case-{case}")


def send(page: Page) -> None:
    """Send the case that is chosen, and wait for its reading."""
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#headline")).to_be_visible()


def paste(page: Page, text: str, status: str = "") -> None:
    """Read a text."""
    page.get_by_role("tab", name="Paste a response").click()
    page.get_by_label("An HTTP response").fill(text)
    page.get_by_label("Status", exact=True).fill(status)
    page.get_by_role("button", name="Read it").click()


def dialects(page: Page) -> list[str]:
    """Return the names on the cards of the translations."""
    return page.locator(".translation h3").all_inner_texts()


# ---- a case ----


def test_from_a_case_to_its_translations(explorer: Page) -> None:
    """Choose a system and a case, send it, see the answer, what it means, and all other dialects."""
    explorer.get_by_role("radio", name=re.compile("Coach registry")).check(force=True)
    explorer.get_by_role("option", name=re.compile("U-3001")).first.click()
    request = explorer.get_by_role("region", name="Request").last
    expect(request).to_contain_text("GET /usta/v1/coaches/")
    expect(explorer.locator("#response")).to_contain_text("Nothing sent yet")

    send(explorer)
    response = explorer.get_by_role("region", name="Response").last
    expect(response).to_contain_text("HTTP/1.1 404 Not Found")
    expect(response).to_contain_text('"errorCode": 3001')
    expect(explorer.locator("#dialect")).to_have_text("usta")
    expect(explorer.locator("#headline")).to_have_text("entity not found")
    expect(explorer.locator("#members")).to_contain_text("not_found")
    assert ["axway", "mvno", "netmri", "problem", "problem-xml", "jsonapi"] == dialects(explorer)


def test_any_dialect_is_found_and_opened(explorer: Page, url: str) -> None:
    """Of all dialects, those with the words that were typed are listed; a click opens a card, which stays open."""
    open_case(explorer, url, "M9-three-failures")
    send(explorer)
    listed = explorer.locator(".overview li:visible")
    assert len(BUILTIN) - 1 == listed.count()
    explorer.get_by_label("Filter the dialects").fill("no such format")
    expect(listed).to_have_count(0)
    explorer.get_by_label("Filter the dialects").fill("kuber")
    expect(listed).to_have_count(1)
    expect(explorer.locator("#to-kubernetes")).to_have_count(0)
    listed.get_by_role("button").click()
    expect(explorer.locator("#to-kubernetes pre")).to_contain_text('"kind": "Status"')
    expect(explorer.locator("#to-kubernetes")).to_be_focused()
    send(explorer)
    expect(explorer.locator("#to-kubernetes")).to_be_visible()


def test_a_format_can_be_chosen_and_stays_chosen(explorer: Page, url: str) -> None:
    """A dialect with several formats shows the one that was chosen, for the next problem too."""
    open_case(explorer, url, "A5-closed-46-days")
    send(explorer)
    card = explorer.locator("#to-netmri")
    expect(card.locator("pre")).to_contain_text('"error": "security/access-denied"')
    card.get_by_role("radio", name="xml").check(force=True)
    expect(card.locator("pre")).to_contain_text("<error>security/access-denied</error>")
    explorer.get_by_role("option").first.click()
    explorer.get_by_role("option", name=re.compile("A4")).first.click()
    send(explorer)
    expect(card.locator("pre")).to_contain_text("content-type: application/xml")


def test_losses_are_named_on_each_card(explorer: Page, url: str) -> None:
    """Members that a dialect cannot carry are struck out on its card and counted in the overview."""
    open_case(explorer, url, "M9-three-failures")
    send(explorer)
    assert ["code", "violations"] == explorer.locator("#to-axway del").all_inner_texts()
    expect(explorer.get_by_role("button", name="axway 2 lost")).to_be_visible()
    expect(explorer.locator("#to-problem .lost")).to_have_text("Nothing lost")
    explorer.get_by_role("button", name="problem whole", exact=True).click()
    expect(explorer.locator("#to-problem")).to_be_focused()
    expect(explorer.locator("#to-problem h3")).to_be_in_viewport()


def test_violations_stand_in_a_table(explorer: Page, url: str) -> None:
    """Each fault has a row with its place, its text and its status."""
    open_case(explorer, url, "M9-three-failures")
    send(explorer)
    rows = explorer.get_by_role("table").get_by_role("row").all_inner_texts()
    assert "/address/zip Zip is missing required 404" in [" ".join(row.split()) for row in rows]


def test_the_problem_can_be_seen_as_json(explorer: Page, url: str) -> None:
    """The raw problem is one press away, and is JSON."""
    open_case(explorer, url, "A5-closed-46-days")
    send(explorer)
    explorer.get_by_text("The problem as JSON").click()
    shown = json.loads(explorer.get_by_role("region", name="The problem as JSON").inner_text())
    assert (403, "ACCESS_DENIED", "permission_denied") == (shown["status"], shown["code"], shown["kind"])


def test_nothing_jumps_when_the_answer_comes(explorer: Page, url: str) -> None:
    """Request and response have their places before anything is sent, and keep them."""
    open_case(explorer, url, "A5-closed-46-days")
    boxes = [explorer.locator(which).bounding_box() for which in ("#request", "#response", "#cases")]
    send(explorer)
    assert boxes == [explorer.locator(which).bounding_box() for which in ("#request", "#response", "#cases")]


def test_a_late_answer_replaces_nothing_newer(explorer: Page, url: str) -> None:
    """The answer to a case that is no longer chosen is dropped; while it is awaited the result is marked busy."""
    held: list[Route] = []
    explorer.route("**/explorer/send", lambda route: held.append(route))  # noqa: PLW0108 - it takes no built-in
    open_case(explorer, url, "A5-closed-46-days")
    explorer.get_by_role("button", name="Send", exact=True).click()
    expect(explorer.get_by_role("main")).to_have_attribute("aria-busy", "true")
    explorer.get_by_role("option").first.click()
    with explorer.expect_response("**/explorer/send"):
        held[0].continue_()
    explorer.unroute("**/explorer/send")
    expect(explorer.locator("#response")).to_contain_text("Nothing sent yet")
    assert 0 == explorer.locator("#headline").count()


def test_copied_curl_and_body_are_what_is_shown(explorer: Page, url: str) -> None:
    """The clipboard gets the command with this page's address, and the body byte for byte as sent."""
    open_case(explorer, url, "A5-closed-46-days")
    explorer.get_by_role("button", name="Copy as curl").click()
    expect(explorer.get_by_role("button", name="Copied")).to_be_visible()
    lines = str(explorer.evaluate("navigator.clipboard.readText()")).splitlines()
    assert lines[-1].startswith("curl -i -H ")
    assert lines[-1].endswith(f"{url}/support/note")
    send(explorer)
    explorer.locator("#response").get_by_role("button", name="Copy body").click()
    expect(explorer.locator("#said")).to_have_text("Copied to the clipboard")
    body = str(explorer.evaluate("navigator.clipboard.readText()"))
    assert body.startswith('{"code":"ACCESS_DENIED","message":"')
    explorer.locator("#response").get_by_role("button", name="As sent").click()
    expect(explorer.locator("#response pre")).to_contain_text(body)


# ---- addresses ----


def test_an_address_opens_its_case(explorer: Page, url: str) -> None:
    """A case has an address, which the page keeps up to date; nothing is sent by opening it."""
    open_case(explorer, url, "P12-two-faults")
    expect(explorer.get_by_role("radio", name=re.compile("Price lists"))).to_be_checked()
    expect(explorer.locator("#response")).to_contain_text("Nothing sent yet")
    explorer.get_by_role("option").first.click()
    chosen = explorer.get_by_role("option", selected=True).get_attribute("id") or ""
    assert f"{url}/#/case/{chosen.removeprefix('case-')}" == explorer.url


def test_an_address_of_no_case_says_so(explorer: Page, url: str) -> None:
    """An old or mistyped address leads to the first case, with a word about it."""
    explorer.goto(f"{url}/#/case/<b>%ZZ")
    expect(explorer.get_by_role("alert")).to_contain_text("There is no such case")
    expect(explorer.get_by_role("option", selected=True)).to_be_visible()


def test_the_paste_form_has_an_address(page: Page, url: str, watch: Watch) -> None:
    """`#/paste` opens the form."""
    page.goto(f"{url}/#/paste")
    expect(page.get_by_label("An HTTP response")).to_be_visible()
    expect(page.locator("#cases")).to_be_hidden()


# ---- pasting ----


def test_a_pasted_transcript_is_read(explorer: Page) -> None:
    """The output of `curl -i` gives the reading and the translations."""
    paste(explorer, 'HTTP/2 503\r\nretry-after: 9\r\n\r\n{"code":"SERVICE_TEMPORARILY_UNAVAILABLE","message":"down"}')
    expect(explorer.locator("#dialect")).to_have_text("axway")
    expect(explorer.locator("#members")).to_contain_text("9 seconds")
    assert "axway" not in dialects(explorer)


def test_a_body_without_a_status_asks_for_one(explorer: Page, watch: Watch) -> None:
    """The refusal says what to add and puts the cursor there; with the status the body is read."""
    paste(explorer, '{"errorCode": 3001, "message": "gone"}')
    expect(explorer.get_by_role("alert")).to_contain_text("No HTTP response found")
    expect(explorer.get_by_label("Status", exact=True)).to_be_focused()
    watch.faults.clear()  # the browser notes the 422
    explorer.keyboard.type("404")
    explorer.keyboard.press("Enter")
    expect(explorer.locator("#headline")).to_have_text("gone")
    expect(explorer.get_by_role("alert")).to_be_empty()


def test_a_status_that_is_none_is_refused_at_once(explorer: Page) -> None:
    """What is no status is named and not sent."""
    paste(explorer, "{}", "4x4")
    expect(explorer.get_by_role("alert")).to_contain_text('"4x4"')
    expect(explorer.get_by_label("Status", exact=True)).to_be_focused()


def test_each_example_is_read(explorer: Page) -> None:
    """The examples show a page, a cut body, XML, a false success and a guess."""
    explorer.get_by_role("tab", name="Paste a response").click()
    expected = {
        "A proxy's page": ("html", "502 Bad Gateway"),
        "JSON that was cut": ("problem", "Only 3 of 5 are left."),
        "Three faults in XML": ("netmri", "The policy could not be created."),
        "A failure that says 200": ("netmri", "Short name is already taken; Name is too long"),
        "Nobody's format": ("guessed", "You have used up 1,000 calls today."),
    }
    assert len(expected) == explorer.locator(".example").count()
    for name, (dialect, text) in expected.items():
        explorer.get_by_role("button", name=re.compile(f"^{name}")).click()
        expect(explorer.locator("#headline")).to_have_text(text)
        expect(explorer.locator("#dialect")).to_have_text(dialect)


def test_a_success_is_no_error(explorer: Page) -> None:
    """A good response is shown without a reading or translations."""
    paste(explorer, "HTTP/1.1 200 OK\n\n{}")
    expect(explorer.locator("#reading")).to_contain_text("No error: 200 is a success")
    assert [] == dialects(explorer)


# ---- the keyboard alone ----


def test_the_keyboard_is_enough(explorer: Page) -> None:
    """Skip link, tabs, systems, filter and list are reached by Tab; arrows choose, Enter sends, Escape leads back."""
    keyboard = explorer.keyboard
    keyboard.press("Tab")
    expect(explorer.get_by_role("link", name="Skip to the result")).to_be_focused()
    expect(explorer.get_by_role("link", name="Skip to the result")).to_be_in_viewport()
    keyboard.press("Tab")
    expect(explorer.get_by_role("tab", name="Send a case")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(explorer.get_by_role("radio", checked=True)).to_be_focused()
    keyboard.press("ArrowDown")
    expect(explorer.get_by_role("radio", name=re.compile("Coach registry"))).to_be_checked()
    keyboard.press("Tab")
    expect(explorer.get_by_label("Filter the cases")).to_be_focused()
    keyboard.type("U-3001")
    keyboard.press("Enter")
    expect(explorer.get_by_role("listbox")).to_be_focused()
    chosen = explorer.get_by_role("option", selected=True)
    expect(chosen).to_contain_text("U-3001")
    expect(explorer.get_by_role("listbox")).to_have_attribute("aria-activedescendant", re.compile("^case-U-3001"))
    keyboard.press("Enter")
    expect(explorer.locator("#headline")).to_have_text("entity not found")
    expect(explorer.locator("#said")).to_contain_text("404 Not Found, read as usta: entity not found.")
    expect(explorer.get_by_role("listbox")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Escape")
    expect(explorer.get_by_role("listbox")).to_be_focused()


def test_arrows_home_and_end_move_in_the_list(explorer: Page) -> None:
    """The list is moved through as lists are, and stops at its ends."""
    rows = explorer.get_by_role("option")
    count = rows.count()
    explorer.get_by_role("listbox").focus()
    for key, expected in (("End", count - 1), ("ArrowDown", count - 1), ("Home", 0), ("ArrowUp", 0), ("ArrowDown", 1)):
        explorer.keyboard.press(key)
        expect(rows.nth(expected)).to_have_attribute("aria-selected", "true")
        expect(rows.nth(expected)).to_be_in_viewport()


def test_the_filter_narrows_and_escape_widens(explorer: Page) -> None:
    """Words of id, title, path and status filter the list; Escape shows all again; no hit is told."""
    count = explorer.get_by_role("option").count()
    explorer.get_by_label("Filter the cases").fill("post 503")
    assert 0 < explorer.get_by_role("option").count() < count
    explorer.get_by_label("Filter the cases").fill("no such words")
    expect(explorer.locator("#cases")).to_contain_text("No case has these words.")
    explorer.keyboard.press("Escape")
    assert count == explorer.get_by_role("option").count()


def test_tabs_follow_the_arrows(explorer: Page) -> None:
    """Arrow keys switch the tabs, and a text is read by Control and Enter."""
    explorer.get_by_role("tab", name="Send a case").focus()
    explorer.keyboard.press("ArrowRight")
    expect(explorer.get_by_role("tab", name="Paste a response")).to_be_focused()
    explorer.get_by_label("An HTTP response").focus()
    explorer.keyboard.insert_text("HTTP/1.1 404 Not Found\n\n")
    explorer.keyboard.press("Control+Enter")
    expect(explorer.locator("#headline")).to_have_text("Not Found")


def test_everything_that_can_be_used_has_a_name_and_a_ring(explorer: Page, url: str) -> None:
    """Each control has an accessible name, and whatever Tab reaches shows that it has the focus."""
    open_case(explorer, url, "M9-three-failures")
    send(explorer)
    explorer.evaluate("document.activeElement.blur()")
    reached = 0
    for _ in range(60):
        explorer.keyboard.press("Tab")
        focus = explorer.evaluate(
            """() => { const e = document.activeElement; if (e === document.body) return null;
            const outlined = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0;
            const shown = [e, e.nextElementSibling, e.closest("label")].filter(Boolean);
            const ring = shown.some((x) => outlined(getComputedStyle(x)));
            const name = e.ariaLabel || e.getAttribute("aria-labelledby") || e.innerText || e.labels?.[0]?.innerText;
            return { html: e.outerHTML.slice(0, 120), ring, name }; }"""
        )
        if focus is None:
            break
        reached += 1
        assert focus["ring"], focus
        assert focus["name"], focus
    assert reached > 20


# ---- failures ----


def test_a_demo_that_is_gone_is_told_and_tried_again(explorer: Page, url: str, watch: Watch) -> None:
    """Without an answer the page says so, and the same request can be sent again."""
    open_case(explorer, url, "A5-closed-46-days")
    explorer.route("**/explorer/send", lambda route: route.abort())
    explorer.get_by_role("button", name="Send", exact=True).click()
    expect(explorer.get_by_role("alert")).to_contain_text("The demo does not answer")
    watch.faults.clear()
    explorer.unroute("**/explorer/send")
    explorer.get_by_role("button", name="Try again").click()
    expect(explorer.locator("#headline")).to_be_visible()
    expect(explorer.get_by_role("alert")).to_be_empty()


def test_cases_that_cannot_be_loaded_are_told(page: Page, url: str, watch: Watch) -> None:
    """The list says that it failed, and loads when it is asked again; an odd answer is no crash."""
    page.route("**/explorer/cases", lambda route: route.fulfill(status=502, body="<html>bad gateway</html>"))
    page.goto(url)
    expect(page.get_by_role("alert")).to_contain_text("The demo answered 502")
    expect(page.locator("#cases")).to_contain_text("could not be loaded")
    watch.faults.clear()
    page.unroute("**/explorer/cases")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("option").first).to_be_visible()


def test_without_scripts_the_page_says_what_to_do(browser: Browser, url: str) -> None:
    """Who runs no scripts is told the command that does the same."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_text("errata explain")).to_be_visible()
    context.close()


# ---- hostile bytes ----


def test_hostile_bytes_are_shown_and_nothing_else(explorer: Page) -> None:
    """Markup in any part of a response is text on the page; what would be invisible is shown by its number."""
    before = explorer.evaluate("[...document.querySelectorAll('script, style, img')].map((e) => e.outerHTML)")
    paste(explorer, HOSTILE)
    expect(explorer.locator("#response pre")).to_contain_text("<script>pwned=1</script>")
    expect(explorer.locator("#headline")).to_contain_text("U+202Egnp.exeU+0000 </pre><style>")
    assert before == explorer.evaluate("[...document.querySelectorAll('script, style, img')].map((e) => e.outerHTML)")
    assert explorer.evaluate("typeof pwned") == "undefined"
    for radio in explorer.locator(".formats input").all():
        radio.check(force=True)
    assert explorer.evaluate("typeof pwned") == "undefined"


@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_huge_bodies_are_shown_in_time(explorer: Page, body: str) -> None:
    """No body makes the page hang: all of these are there within the time a test waits."""
    explorer.get_by_role("tab", name="Paste a response").click()
    # At once, as the clipboard does it: typing so many lines would take longer than all the rest.
    explorer.get_by_label("An HTTP response").evaluate(
        "(area, text) => { area.value = text; }", "HTTP/1.1 500 X\n\n" + body
    )
    explorer.get_by_role("button", name="Read it").click()
    expect(explorer.locator("#headline")).to_be_visible()
    expect(explorer.locator("#response")).to_contain_text("bytes")


def test_the_policy_stops_what_is_slipped_in(explorer: Page, watch: Watch) -> None:
    """Even markup put into the page by force runs no script, no handler and no style."""
    explorer.evaluate(
        """() => { for (const tag of ["script", "style"]) { const e = document.createElement(tag);
        e.textContent = tag === "script" ? "window.pwned = 1" : "body { display: none }"; document.body.append(e); }
        const b = document.createElement("button"); b.setAttribute("onclick", "window.pwned = 1");
        document.body.append(b); b.click(); }"""
    )
    assert explorer.evaluate("typeof pwned") == "undefined"
    expect(explorer.locator("body")).to_be_visible()
    refused = [fault for fault in watch.faults if "Content Security Policy" in fault]
    watch.faults.clear()
    assert len(refused) == 3


# ---- looks ----

STATES: Final = ("start", "sent", "paste", "hostile", "failure")


def bring_to(page: Page, url: str, state: str, watch: Watch) -> None:
    """Bring the page into one of the states."""
    if state == "sent":
        open_case(page, url, "M9-three-failures")
        send(page)
        page.get_by_text("The problem as JSON").click()
    elif state == "paste":
        page.get_by_role("tab", name="Paste a response").click()
    elif state == "hostile":
        paste(page, HOSTILE)
        expect(page.locator("#headline")).to_be_visible()
    elif state == "failure":
        paste(page, "x" * 500)
        expect(page.get_by_role("alert")).not_to_be_empty()
        watch.faults.clear()


@pytest.mark.parametrize("size", [WIDE, (1000, 700), NARROW, (320, 640)], ids=str)
@pytest.mark.parametrize("state", STATES)
def test_the_page_never_scrolls_sideways(
    explorer: Page, url: str, watch: Watch, state: str, size: tuple[int, int]
) -> None:
    """At any width the page fits; only code and tables scroll, inside their own frames."""
    explorer.set_viewport_size({"width": size[0], "height": size[1]})
    bring_to(explorer, url, state, watch)
    assert size[0] >= explorer.evaluate("document.documentElement.scrollWidth")
    beyond = explorer.evaluate(
        """() => [...document.querySelectorAll("main *, header *, .source *")]
        .filter((e) => !e.closest("pre, .table, .hidden, .headline-text"))
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
        .map((e) => e.outerHTML.slice(0, 200))"""
    )
    assert [] == beyond


# Every text on the page against what is painted behind it (WCAG 2.2, success criterion 1.4.3).
CONTRAST: Final = """() => {
  const parse = (color) => {
    const [r, g, b, alpha = 1] = color.match(/[\\d.]+/g).map(Number);
    return [r, g, b, alpha];
  };
  const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    const own = parse(getComputedStyle(element).backgroundColor);
    return over(own, element.parentElement ? behind(element.parentElement) : [255, 255, 255, 1]);
  };
  const ratio = (a, b) => {
    const [darker, lighter] = [light(a), light(b)].sort((m, n) => m - n);
    return (lighter + 0.05) / (darker + 0.05);
  };
  const rows = [];
  const measure = (element, style, text) => {
    const back = behind(element);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    rows.push({ text: text.slice(0, 40), ratio: ratio(over(parse(style.color), back), back), needed });
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const shown = element.checkVisibility() && !element.closest(".hidden, script, noscript");
    if (shown && walker.currentNode.data.trim()) measure(element, getComputedStyle(element), walker.currentNode.data);
  }
  for (const field of document.querySelectorAll("input[placeholder], textarea")) {
    if (field.checkVisibility()) measure(field, getComputedStyle(field, "::placeholder"), field.placeholder);
  }
  return rows;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_all_texts_have_contrast(explorer: Page, url: str, watch: Watch, state: str, scheme: Any) -> None:
    """In both schemes every text has a contrast of 4.5 to 1 against what is behind it, large ones 3 to 1."""
    explorer.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(explorer.locator("html")).to_have_attribute("data-theme", scheme)
    bring_to(explorer, url, state, watch)
    rows = explorer.evaluate(CONTRAST)
    assert len(rows) > 20
    assert [] == [row for row in rows if row["ratio"] < row["needed"]]


def test_the_theme_is_asked_for_chosen_and_remembered(explorer: Page) -> None:
    """The system's scheme is followed until somebody chooses, and the choice outlives the page."""
    button, root = explorer.get_by_role("button", name="Dark theme"), explorer.locator("html")
    explorer.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(root).to_have_attribute("data-theme", "light")
    explorer.reload()
    expect(root).to_have_attribute("data-theme", "light")
    expect(button).to_have_attribute("aria-pressed", "false")
