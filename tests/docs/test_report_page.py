"""The page of ``salt-run openvz.report`` in a real browser, on a wide screen and on a phone."""

import functools
import http.server
import json
import re
import shutil
import subprocess
import threading
import urllib.parse

import pytest
from vzdomain.fleet.report import facts, page

# The page stands in a frame of that width; what the frame is asked for is then in the title of the outer page.
ASKS = """<!doctype html><title>…</title>
<iframe src="/page.html" style="border: 0; height: 800px; width: %dpx"></iframe>
<script>
const ask = doc => {
  const names = () => [...doc.querySelectorAll("#containers tbody th")].filter(one => one.offsetHeight);
  const texts = () => names().map(one => one.firstChild.textContent);
  const shown = texts(), input = doc.querySelector("input");
  const root = doc.documentElement, overflow = root.scrollWidth - root.clientWidth;
  const range = doc.createRange(), right = what => what.getBoundingClientRect().right;
  const some = [...doc.querySelectorAll("th, td, dd, p, li")].slice(0, 300);  // of many it takes a minute
  const cut = some.filter(one => {
    range.selectNodeContents(one);
    return right(range) > right(one) + 1;
  });
  doc.querySelector("#containers th button").click();
  const sorted = texts();
  input.value = "198.51.100.7"; input.dispatchEvent(new Event("input"));
  return {overflow, cut: cut.length, shown: shown.length, sorted: sorted.slice(0, 3), found: texts(),
          stolen: "stolen" in doc.defaultView,
          fetched: doc.defaultView.performance.getEntriesByType("resource").length};
};
const frame = document.querySelector("iframe");
frame.onload = () => { document.title = JSON.stringify(ask(frame.contentDocument)); };
</script>"""


class Server(http.server.BaseHTTPRequestHandler):
    """Serves the page and what asks about it, and notes all that is asked for."""

    def __init__(self, text, width, asked, *args):
        self.pages, self.asked = {"/": ASKS % width, "/page.html": text}, asked
        super().__init__(*args)

    def do_GET(self):
        self.asked.append(self.path)
        found = self.pages.get(self.path)
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((found or "").encode())

    def log_message(self, *args):
        pass


def looked_at(text, width, home):
    """What a browser says of a page in a window of that width, and all that it asked the server for."""
    asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, text, width, asked)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu"]
        command += [f"--user-data-dir={home}", "--window-size=1400,1000"]
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        run = subprocess.run([*command, "--dump-dom", address], capture_output=True, text=True, timeout=120, check=True)
        server.shutdown()
    (title,) = re.findall("<title>(.*?)</title>", run.stdout)
    return json.loads(urllib.parse.unquote(title).replace("&quot;", '"')), set(asked)


def fleet(count, name="web{}"):
    """So many containers on ten nodes, and a node that did not answer."""
    surveys, drifts = {}, {}
    for node in range(10):
        mine = range(node, count, 10)
        word = ("in sync", "drifted", "error")[node % 3]
        surveys[f"hn{node}.example.com"] = {
            "version": "4.11.1",
            "memory_kib": 1 << 25,
            "space_kib": 1 << 30,
            "free_kib": 1 << 28,
            "moves": [],
            "containers": [
                {
                    "ctid": 101 + at if node % 2 else f"550e8400-e29b-41d4-a716-44665544{at:04}",
                    "name": name.format(at),
                    "status": "running",
                    "managed": True,
                    "addresses": [f"198.51.100.{at % 250}", "2001:db8:1234:5678:9abc:def0:1234:5678"],
                    "memory_kib": 1 << 20,
                    "disk_kib": 10 << 20,
                    "pending": ["memory", "features"],
                }
                for at in mine
            ],
        }
        field = {"status": "drifted", "pillar": "640 MiB", "file": "1 GiB", "running": "1 GiB"}
        drifts[f"hn{node}.example.com"] = {
            name.format(at): {
                "ctid": one["ctid"],
                "status": word,
                "error": "no bridge br9",
                "fields": {"memory": field},
            }
            for at, one in zip(mine, surveys[f"hn{node}.example.com"]["containers"], strict=True)
        }
    return facts.fleet(surveys, drifts, {"hn99": "did not answer"}, {})


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("count", [3, 2000])
def test_nothing_is_cut_off_or_fetched_and_rows_can_be_sorted_and_searched(count, width, tmp_path):
    said, asked = looked_at(page.page(fleet(count), "2026-03-01 04:05 UTC"), width, tmp_path)

    found = [at for at in range(count) if at % 250 == 7 or at % 250 in range(70, 80)]
    assert (said["overflow"], said["cut"]) == (0, 0)
    assert (said["shown"], sorted(said["found"])) == (count, sorted(f"web{at}" for at in found))
    assert said["sorted"] == ["web0", "web1", "web2"]
    assert (said["fetched"], asked - {"/favicon.ico"}) == (0, {"/", "/page.html"})


HOSTILE = "</td><script>stolen = 1</script><img src=/x onerror='stolen = 1'>" + "漢" * 40 + "x" * 300 + "{}"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_name_without_end_stays_in_its_cell_and_runs_nothing(width, tmp_path):
    said, asked = looked_at(page.page(fleet(3, HOSTILE), "2026-03-01 04:05 UTC"), width, tmp_path)

    assert (said["overflow"], said["cut"], said["shown"], said["stolen"]) == (0, 0, 3, False)
    assert asked - {"/favicon.ico"} == {"/", "/page.html"}
