# Drives a headless Chromium for scripts/test-report.
"""Drives a headless Chromium over its pipe: loads reports, looks for faults, takes pictures.

usage: browse.py CHROMIUM REPORT.html OUTPUT-FOLDER

Each page is loaded on a phone and on a desktop, light and dark. Fails on what the console says, on
scripts that throw, on a body wider than the window, on plots without a line or a dot, on text of
little contrast, and on anything that is asked of a network. Needs nothing but Python.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

# Width, height, scale of the pixels, whether it is a phone.
DEVICES = {"phone": (390, 844, 2, True), "desktop": (1280, 900, 1, False)}
# A wide phone is 1,600 pixels of picture; a higher one is cut off.
PICTURE_HEIGHT_MAX = 12000

# Runs in the page and answers what is wrong with it.
CHECK = r"""
(() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth)
    faults.push(`the body is ${wide} pixels wide in a window of ${window.innerWidth}`);
  for (const plot of document.querySelectorAll("figure.plot > svg")) {
    const name = plot.querySelector("title")?.textContent || "a plot";
    const marks = [...plot.querySelectorAll("g[class^=s] path, g[class^=s] circle")]
      .filter(mark => mark.getBoundingClientRect().width + mark.getBoundingClientRect().height > 0);
    if (!marks.length && plot.getBoundingClientRect().width > 0)
      faults.push(`${name}: nothing is drawn`);
    if (!plot.querySelector("desc")?.textContent) faults.push(`${name}: has no description`);
    if (/NaN|Infinity|undefined/.test(plot.outerHTML)) faults.push(`${name}: a figure is none`);
    const frame = plot.getBoundingClientRect();
    if (!frame.width) continue;
    let last = null;
    for (const text of plot.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      if (box.right > window.innerWidth + 1 || box.left < -1)
        faults.push(`${name}: '${text.textContent}' is outside the window`);
      if (text.classList.contains("mid") && !text.classList.contains("name")) {
        if (last && box.left < last.right - 1)
          faults.push(`${name}: '${text.textContent}' overlaps the label before it`);
        last = box;
      }
    }
  }
  for (const table of document.querySelectorAll("table"))
    if (!table.caption?.textContent) faults.push("a table has no caption");
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  if (new Set(ids).size !== ids.length) faults.push("an id is given twice");
  const luminance = color => {
    const [r, g, b] = color.map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const color = parse(getComputedStyle(element).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const low = new Set();
  for (const element of document.querySelectorAll(
      "p, li, dt, dd, th, td, h1, h2, h3, a, small, span, figcaption, text, b, caption")) {
    if (!element.textContent.trim()) continue;
    const style = getComputedStyle(element);
    const front = luminance(parse(element.tagName === "text" ? style.fill : style.color));
    const back = luminance(ground(element));
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < 4.5) low.add(`${element.tagName}.${element.className.baseVal ?? element.className}`
      + ` has a contrast of ${ratio.toFixed(1)}`);
  }
  faults.push(...low);
  return {faults, plots: document.querySelectorAll("figure.plot").length,
          height: document.documentElement.scrollHeight};
})()
"""


class Browser:
    """A Chromium that listens on file descriptors 3 and 4."""

    def __init__(self, program, folder):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def place():
            # Copies above 4 first: the pipes themselves may have these numbers.
            read, write = os.dup2(to_browser, 10), os.dup2(from_browser, 11)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
             "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"],
            preexec_fn=place, close_fds=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.number = 0
        self.events = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = None
        self.session = self.call(
            "Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]

    def read(self):
        while b"\0" not in self.buffer:
            part = os.read(self.input, 1 << 20)
            if not part:
                raise SystemExit("the browser ended by itself")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def wait(self, method):
        while True:
            for index, event in enumerate(self.events):
                if event["method"] == method:
                    return self.events.pop(index)
            self.events.append(self.read())

    def end(self):
        self.session = None
        os.write(self.output, b'{"id": 0, "method": "Browser.close"}\0')
        self.process.wait(timeout=30)


def said(browser):
    """What the console, the scripts and the network of the page had to say."""
    faults = []
    for event in browser.events:
        parameters = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            faults.append("a script throws: " + parameters["exceptionDetails"]["text"])
        elif event["method"] == "Runtime.consoleAPICalled":
            faults.append(f"the console says {parameters['args']}")
        elif event["method"] == "Log.entryAdded":
            faults.append("the console says: " + parameters["entry"]["text"])
        elif event["method"] == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(("file:", "data:")):
                faults.append(f"the page asks the network for {url}")
    browser.events.clear()
    return faults


def main():
    program, report, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    stem = os.path.splitext(os.path.basename(report))[0]
    faults = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.call(f"{domain}.enable")
        for device, (width, height, scale, is_phone) in DEVICES.items():
            for scheme in ("light", "dark"):
                browser.call(
                    "Emulation.setDeviceMetricsOverride", width=width, height=height,
                    deviceScaleFactor=scale, mobile=is_phone)
                browser.call(
                    "Emulation.setEmulatedMedia",
                    features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser.call("Page.navigate", url="file://" + os.path.abspath(report))
                browser.wait("Page.loadEventFired")
                # What is folded away must fit too.
                browser.call(
                    "Runtime.evaluate",
                    expression="document.querySelectorAll('details').forEach(d => d.open = true)")
                found = browser.call(
                    "Runtime.evaluate", expression=CHECK, returnByValue=True)
                name = f"{stem}, {device}, {scheme}"
                if "value" not in found["result"]:
                    faults.append(f"{name}: the check itself failed: {found}")
                    continue
                value = found["result"]["value"]
                faults += [f"{name}: {fault}" for fault in value["faults"] + said(browser)]
                picture = browser.call(
                    "Page.captureScreenshot", format="png", captureBeyondViewport=True,
                    clip={"x": 0, "y": 0, "width": width, "scale": 1,
                          "height": min(value["height"], PICTURE_HEIGHT_MAX)})
                with open(f"{folder}/{stem}-{device}-{scheme}.png", "wb") as file:
                    file.write(base64.b64decode(picture["data"]))
                print(f"{name}: {value['plots']} plots, {value['height']} pixels high")
        browser.call("Emulation.clearDeviceMetricsOverride")
        paper = browser.call("Page.printToPDF", printBackground=True, paperWidth=8.27,
                             paperHeight=11.69, preferCSSPageSize=True)
        with open(f"{folder}/{stem}.pdf", "wb") as file:
            file.write(base64.b64decode(paper["data"]))
        browser.end()
    for fault in faults:
        print("fault: " + fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
