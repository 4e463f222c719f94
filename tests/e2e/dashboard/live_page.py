# SPDX-License-Identifier: MIT
"""live_page.py GRIDRING RUNS: reads the dashboard of RUNS, where runs/now is being trained and runs/over is evaluated, in headless
Chromium as its reader would, with the eyes, the keyboard and on a phone, and restarts its server on the way."""
import socket
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.chrome.service import Service

PROGRAM, RUNS = sys.argv[1:3]

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    PORT = free.getsockname()[1]


def start_server(folder=RUNS):
    server = subprocess.Popen([PROGRAM, "dashboard", folder, "--port", str(PORT)], stdout=subprocess.PIPE, text=True)
    assert server.stdout.readline().startswith("dashboard: ")
    return server


def open_browser(width, height):
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={width},{height}"):
        options.add_argument(argument)
    if width < 600:
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2}})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def eventually(what, condition, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"expected within {seconds} s: {what}")


# Of every chart: is anything drawn on it, has it a name for who does not see it; and is the page as wide as the screen, its text of this world.
LOOK = """
const inked = c => {
    if (!c.width || !c.height) return false;
    const copy = new OffscreenCanvas(c.width, c.height).getContext('2d', {willReadFrequently: true});
    copy.drawImage(c, 0, 0);
    return copy.getImageData(0, 0, c.width, c.height).data.some(v => v);
};
const canvases = [...document.querySelectorAll('canvas')].filter(c => c.offsetParent);
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
return {
    charts: canvases.length, blank: canvases.filter(c => !inked(c)).length,
    unnamed: canvases.filter(c => c.getAttribute('role') !== 'img' || !(c.getAttribute('aria-label')?.length > 20)).length,
    unlabelled: [...document.querySelectorAll('select, input, button, a, progress')].filter(
        e => e.offsetParent && !(e.innerText || e.getAttribute('aria-label') || e.labels?.length)).length,
    twice: ids.filter((id, i) => ids.indexOf(id) !== i).length,
    nonsense: (document.body.innerText.match(/\\b(NaN|undefined|null|Infinity)\\b|\\[object/g) ?? []).length,
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    foreign: performance.getEntriesByType('resource').filter(r => new URL(r.name).origin !== location.origin).length,
};"""


def expect_fine(page, at_least):
    seen = page.execute_script(LOOK)
    assert seen["charts"] >= at_least, seen
    assert not any(seen[fault] for fault in ("blank", "unnamed", "unlabelled", "twice", "nonsense", "foreign")) and seen["wider"] <= 0, seen


def text_of(page, id):
    return page.find_element(By.ID, id).text


def is_live(page):
    return text_of(page, "status") == "live"


def step_of(page):
    words = text_of(page, "headline").replace(",", "").split()
    return int(words[2]) if words[:2] == ["Training", "step"] else None


def moves_on(page):
    first = eventually("the step of the training", lambda: step_of(page))
    eventually("a later step", lambda: (step_of(page) or 0) > first)


def press(page, *keys):
    webdriver.ActionChains(page).send_keys(*keys).perform()


def choose_by_keyboard(page, name):
    for _ in range(60):
        press(page, Keys.TAB)
        if page.switch_to.active_element.text == name:
            return press(page, Keys.ENTER)
    raise AssertionError(f"{name} cannot be reached by the Tab key")


def expect_quiet(page, but="nothing"):
    """No error or warning in the console since the last look, but those that say `but`."""
    said = [entry["message"] for entry in page.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert all(but in line for line in said), said


def read_wide(server):
    page = open_browser(1280, 1600)
    try:
        page.get(f"http://127.0.0.1:{PORT}/")
        eventually("a live page", lambda: is_live(page))
        moves_on(page)
        eventually("charts of the training and its ranks", lambda: page.execute_script(LOOK)["charts"] >= 4)
        expect_fine(page, 4)
        assert page.find_element(By.CSS_SELECTOR, "#timeline canvas").get_attribute("aria-label").count("waits most"), "which rank waits"
        press(page, Keys.TAB)
        assert page.switch_to.active_element.text == "Skip to the training", "the first stop of the Tab key"
        choose_by_keyboard(page, "over")
        eventually("the other run", lambda: "MAPE" in text_of(page, "headline") and "run=over" in page.current_url)
        eventually("its charts", lambda: page.execute_script(LOOK)["charts"] >= 7)
        expect_fine(page, 7)
        assert page.find_elements(By.CSS_SELECTOR, "#quality rect[class^=bad]"), "days of the calendar"
        page.back()
        eventually("the first run again", lambda: step_of(page))
        expect_quiet(page)

        page.execute_script("window.isSamePage = true")
        server.kill()
        server.wait()
        eventually("that the loss is told", lambda: "lost" in text_of(page, "status"))
        server = start_server()
        eventually("a live page again", lambda: is_live(page), 30)
        moves_on(page)
        assert page.execute_script("return window.isSamePage"), "nothing was loaded again"
        expect_quiet(page, but="WebSocket connection")

        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        eventually("the dark", lambda: page.execute_script("return document.documentElement.dataset.theme") == "dark")
        expect_fine(page, 4)
    finally:
        page.quit()
    return server


def read_on_phone():
    page = open_browser(390, 844)
    try:
        page.get(f"http://127.0.0.1:{PORT}/?run=over")
        eventually("charts", lambda: page.execute_script(LOOK)["charts"] >= 7)
        expect_fine(page, 7)
        expect_quiet(page)
    finally:
        page.quit()


def read_before_any_run():
    page = open_browser(1280, 900)
    try:
        page.get(f"http://127.0.0.1:{PORT}/")
        eventually("that there is none", lambda: text_of(page, "headline") == "No run here yet" and "as soon as it begins" in text_of(page, "runs"))
        shown = [h.text for h in page.find_elements(By.TAG_NAME, "h2") if h.is_displayed()]
        assert shown == ["Runs"], f"headings without anything below: {shown}"
        expect_quiet(page)
    finally:
        page.quit()


with tempfile.TemporaryDirectory() as nothing:
    server = start_server(nothing)
    try:
        read_before_any_run()
    finally:
        server.kill()
        server.wait()
server = start_server()
try:
    server = read_wide(server)
    read_on_phone()
finally:
    server.kill()
