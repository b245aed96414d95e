"""The page of emotrack live --http in a real browser: headless Chromium, driven by its own protocol. Pictures at three sizes and in
both themes are left in the folder given last, to be looked at."""
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
import wave

from websocket_client import TEXT, WebSocket

PROGRAM, DATA, WRITE_MODEL, PICTURES = sys.argv[1:5]
SOUND = os.environ.get("EMOTRACK_LIVE_SONG")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SIZES = {"phone": (390, 844, 2), "laptop": (1280, 800, 1), "beamer": (1920, 1080, 1)}
if BROWSER is None:
    print("skipped: there is no Chromium here (package chromium)")
    sys.exit(77)


class Browser:
    def __init__(self, home):
        self.process = subprocess.Popen(
            [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--mute-audio",
             "--disable-background-networking", "--disable-extensions", "--remote-debugging-port=0", "--user-data-dir=" + home,
             "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        port = None
        for line in self.process.stderr:
            found = re.search(r"DevTools listening on ws://[^:]+:([0-9]+)", line)
            if found:
                port = int(found[1])
                break
        if port is None:
            raise AssertionError("Chromium did not start")
        with urllib.request.urlopen("http://127.0.0.1:%d/json/list" % port, timeout=30) as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self.socket = WebSocket(port, page["webSocketDebuggerUrl"].split(str(port), 1)[1], timeout=60)
        self.calls, self.faults = 0, []
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")

    def call(self, method, **parameters):
        self.calls += 1
        self.socket.send(TEXT, json.dumps({"id": self.calls, "method": method, "params": parameters}).encode())
        while True:
            message = json.loads(self.socket.text())
            if message.get("method") == "Runtime.exceptionThrown":
                self.faults.append(message["params"]["exceptionDetails"])
            if message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
                self.faults.append(message["params"]["entry"])
            if message.get("id") == self.calls:
                if "error" in message:
                    raise AssertionError(message["error"])
                return message["result"]

    def value(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"])
        return result["result"].get("value")

    def wait(self, script, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.value(script)
            if value:
                return value
            time.sleep(.05)
        raise AssertionError("this did not come true: " + script)

    def size(self, width, height, ratio):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=ratio, mobile=width < 500)

    def picture(self, name):
        time.sleep(.4)
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        with open(os.path.join(PICTURES, name + ".png"), "wb") as f:
            f.write(data)
        return data

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


class InABrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.home = folder.name
        os.makedirs(PICTURES, exist_ok=True)
        cls.sound = SOUND or os.path.join(cls.home, "music.wav")
        if SOUND is None:
            with wave.open(os.path.join(DATA, "audio", "music_44k.wav")) as once, wave.open(cls.sound, "wb") as often:
                often.setparams(once.getparams())
                often.writeframes(once.readframes(once.getnframes()) * 8)
        subprocess.run([WRITE_MODEL, os.path.join(cls.home, "test.safetensors"), "known"], check=True)
        cls.environment = dict(os.environ)
        if SOUND is None:
            cls.environment["EMOTRACK_MODEL"] = os.path.join(cls.home, "test.safetensors")
        cls.browser = Browser(os.path.join(cls.home, "browser"))
        cls.addClassCleanup(cls.browser.close)

    def live(self, address="0"):
        process = subprocess.Popen([PROGRAM, "live", "--play", self.sound, "--format", "jsonl", "--output", "rows.jsonl", "--http", address],
                                   env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        if "built without" in line:
            print("skipped: this build has no web server (package libcivetweb-dev)")
            self.browser.close()
            os._exit(77)
        return process, re.search(r"http://\S+", line)[0]

    def end(self, process):
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        with open(os.path.join(self.home, "rows.jsonl")) as f:
            return [json.loads(row) for row in f]

    def test_the_page(self):
        page = self.browser
        process, url = self.live()
        page.size(*SIZES["laptop"])
        page.call("Page.navigate", url=url)
        page.wait("document.readyState === 'complete' && Number(document.querySelector('#valence')?.dataset.time) > 2")

        with self.subTest("the point moves"):
            before = page.value("document.querySelector('#plane').toDataURL()")
            self.assertTrue(page.wait("document.querySelector('#plane').toDataURL() !== %s" % json.dumps(before), 5))

        seen = page.value("(() => { const v = document.querySelector('#valence').dataset, a = document.querySelector('#arousal').dataset;"
                          "return [Number(v.time), Number(v.exact), Number(a.exact), document.querySelector('#valence').textContent]; })()")
        page.value("document.querySelector('#mark').click()")
        page.wait("document.querySelector('#marks').textContent.startsWith('1 mark')")
        page.value("document.querySelector('#pause').click()")
        self.assertEqual(page.value("document.querySelector('#state').textContent"), "paused")
        held = page.value("document.querySelector('#valence').dataset.time")
        time.sleep(.5)
        self.assertEqual(page.value("document.querySelector('#valence').dataset.time"), held)
        page.value("document.querySelector('#pause').click()")
        page.wait("document.querySelector('#valence').dataset.time !== %s" % json.dumps(held), 5)
        page.value("document.querySelector('#record').click()")
        page.wait("document.querySelector('#record').textContent === 'Stop'")
        page.value("document.querySelector('#record').click()")
        page.wait("document.querySelector('#record').textContent === 'Record'")
        page.wait("Number(document.querySelector('#valence').dataset.time) > 12")

        if SOUND is None:
            self.assertEqual(page.value("[kept.valenceError, kept.arousalError].map(list => list[(count - 1) % ROOM] > 0)"), [True, True])
        self.assertFalse(page.value("document.querySelector('#key-tile').hidden || document.querySelector('#tempo-tile').hidden"))

        pictures = {}
        for theme in ("dark", "light"):
            page.value("setTheme(%s)" % json.dumps(theme))
            for name, size in SIZES.items():
                page.size(*size)
                pictures[name, theme] = page.picture("live-page-%s-%s" % (name, theme))
                wide = page.value("document.documentElement.scrollWidth - innerWidth")
                self.assertLessEqual(wide, 0, "the page is wider than the screen of a " + name)
        page.value("setTheme('dark'); document.documentElement.toggleAttribute('data-stage', true)")
        page.size(*SIZES["beamer"])
        page.picture("live-page-stage")
        page.value("document.documentElement.toggleAttribute('data-stage', false)")
        self.assertEqual(len(set(pictures.values())), len(pictures))
        self.assertEqual(page.faults, [], "errors in the console")

        rows = self.end(process)
        page.wait("document.querySelector('#state').textContent === 'reconnecting'")
        mine = next(row for row in rows if row["time_s"] == seen[0])
        self.assertEqual([mine["valence"], mine["arousal"]], seen[1:3])
        self.assertEqual(seen[3].replace("−", "-"), "%+.3f" % mine["valence"])
        self.assertEqual(sum("mark" in row["flags"] for row in rows), 1)

        address = url.split("//")[1].rstrip("/")
        self.live(address)
        page.wait("document.querySelector('#state').textContent === 'live'")
        page.wait("Number(document.querySelector('#valence').dataset.time) < 5 && count > 0")


unittest.main(argv=["live_browser"])
