"""report.html and compare.html in a browser: what hostile data leaves behind, whether the page's own policy allows the
page, whether it fits a phone, and whether it can be read and used without a mouse or eyes."""

import csv
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

HOSTILE = [
    "</script><script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "<svg/onload=document.title='owned'>",
    "'\"><iframe src=javascript:document.title='owned'></iframe></style></title>",
    "\u202eright to left\u2066 and \x1b[31m, \ufffe, 日本語 🙂 &lt;b&gt;",
]
VOID = {"meta", "rect", "line", "path", "br"}
ALLOWED = VOID | set(
    """html head title style body div header nav main section footer h1 h2 h3 p a ul li dl dt dd table caption thead tbody
    tr th td details summary figure figcaption svg desc g text strong small span code pre bdi wbr""".split()
)
ALLOWED_ATTRIBUTES = set(
    """lang charset http-equiv content name id class href title width height x y x1 x2 y1 y2 d viewbox role aria-label
    aria-hidden tabindex scope text-anchor transform fill-opacity""".split()
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """browser(page, *flags): what headless Chromium makes of a file: its document as text, and its console."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium")

    def open_page(page, *flags):
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path_factory.mktemp('chromium')}", "--enable-logging=stderr",
            "--virtual-time-budget=3000", *flags, "--dump-dom", page.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, timeout=300, check=True)
        console = [line for line in done.stderr.decode(errors="replace").splitlines() if ":CONSOLE" in line]
        return done.stdout.decode(), "\n".join(console)

    return open_page


@pytest.fixture(scope="module")
def pages(run, encoder_dir, tmp_path_factory):
    """Pages of a run, an evaluation and a comparison whose labels, texts, columns and names are hostile."""
    root = tmp_path_factory.mktemp("hostile")
    for part, texts in (("train", 8), ("test", 4)):
        with open(root / f"{part}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label", HOSTILE[1]])
            for i, label in enumerate(HOSTILE):
                # Words of the next label in every other test text, so that there are confusions to show.
                other = HOSTILE[(i + 1) % len(HOSTILE)] if part == "test" else label
                writer.writerows([f"{part} {k} {label if k % 2 else other}", label, HOSTILE[k % 5]] for k in range(texts))
    config = {
        "encoder": {"path": str(encoder_dir)},
        "target": {"name": HOSTILE[0], "train": "train.csv", "test": "test.csv"},
        "transfer": {"policy": "full"},
        "training": {"epochs": 2},
        "evaluation": {"slice_by": [HOSTILE[1]], "gates": ["test.accuracy>=0"], "bootstrap_samples": 200},
        "output": {"dir": "full"},
    }
    (root / "config.json").write_text(json.dumps(config), encoding="utf-8")
    run("--config", root / "config.json")
    frozen = root / "frozen<script>"
    run("--config", root / "config.json", "--set", "transfer.policy=frozen", "--set", f"output.dir={json.dumps(str(frozen))}")
    evaluated = root / "evaluation.html"
    run("evaluate", "--checkpoint", root / "full", "--data", root / "test.csv", "--html", evaluated)
    run("compare", "--runs", f"{HOSTILE[1].replace('=', '')}={root / 'full'}", frozen, "--out", root / "compared")
    return {
        "run": root / "full/report.html",
        "frozen": frozen / "report.html",
        "evaluation": evaluated,
        "comparison": root / "compared/compare.html",
    }


PAGES = ["run", "frozen", "evaluation", "comparison"]


class Elements(HTMLParser):
    """Every element with its attributes, and the text of titles in the head."""

    def __init__(self, markup):
        super().__init__()
        self.found = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", PAGES)
def test_hostile_data_leaves_no_element_behind(pages, browser, name):
    dom, _ = browser(pages[name])
    elements = Elements(dom).found
    assert {tag for tag, _ in elements} <= ALLOWED
    assert {attribute for _, attributes in elements for attribute in attributes} <= ALLOWED_ATTRIBUTES
    assert all(attributes["href"].startswith("#") for _, attributes in elements if "href" in attributes)
    title = re.search("<title>(.*?)</title>", dom).group(1)
    assert "owned" not in re.sub("&lt;.*", "", title)
    assert "\u202e" not in dom and "\x1b" not in dom
    # What the parser of the standard library sees in the file is what the browser made of it.
    written = Elements(pages[name].read_text(encoding="utf-8")).found
    assert [tag for tag, _ in elements] == [tag for tag, _ in written]


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_allows_the_page_and_nothing_else(pages, browser, tmp_path, name):
    markup = pages[name].read_text(encoding="utf-8")
    _, console = browser(pages[name])
    assert console == ""
    # The same page with a script and a style of someone else: both are refused.
    strange = tmp_path / "strange.html"
    strange.write_text(markup.replace("</main>", "<script>document.title='owned'</script><p style='color:red'>x</p></main>"),
                       encoding="utf-8")  # fmt: skip
    dom, console = browser(strange)
    assert "<title>owned</title>" not in dom
    assert console.count("Content Security Policy") >= 2


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_but_tables_scrolls_sideways(pages, browser, tmp_path, name, width):
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(
        f"""<body style="margin:0"><iframe width="{width}" height="900" style="border:0" src="{pages[name].as_uri()}"></iframe>
        <script>addEventListener('load', () => {{
          const page = document.querySelector('iframe').contentDocument.documentElement;
          for (const details of page.querySelectorAll('details')) details.open = true;
          document.body.dataset.widths = page.clientWidth + ' ' + page.scrollWidth;
        }});</script></body>"""
    )
    dom, _ = browser(wrapper, "--allow-file-access-from-files", "--window-size=1400,1000")
    client, scroll = map(int, re.search(r'data-widths="(\d+) (\d+)"', dom).groups())
    assert width - 20 <= client <= width
    assert scroll <= client


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_well_formed_and_accessible(pages, name):
    markup = pages[name].read_text(encoding="utf-8")
    root = ElementTree.fromstring(markup.split("\n", 1)[1])
    assert root.get("lang") == "en"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {a.get("href")[1:] for a in root.iter("a")} <= set(ids)
    # Headings in order, without a level left out.
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    # Every drawing has a name and says in words what there is to see, unless it repeats its table's figures.
    drawings = list(root.iter("svg"))
    for svg in drawings:
        if svg.get("aria-hidden") != "true":
            assert svg.get("role") == "img" and svg.get("aria-label")
            assert svg.find("title").text and svg.find("desc").text
    assert drawings
    for table in root.iter("table"):
        assert table.find("caption").text
    # Whatever scrolls can be reached by keyboard and says what it is.
    for element in root.iter():
        if element.get("class") == "scroll":
            assert element.get("tabindex") == "0" and element.get("aria-label")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """WCAG 2's contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_has_contrast_in_light_dark_and_print(pages):
    style = re.search("<style>(.*?)</style>", pages["run"].read_text(encoding="utf-8"), re.S).group(1)
    schemes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)]
    assert len(schemes) == 3
    for scheme in schemes:
        for name in ("text", "soft", "link", "good", "bad", "s0", "s1", "s2", "s3", "s4", "s5"):
            assert contrast(scheme[name], scheme["ground"]) >= 4.5, name
        for name in ("text", "soft"):
            assert contrast(scheme[name], scheme["panel"]) >= 4.5, name
        for name in ("s0", "s1"):
            assert contrast(scheme["on-colour"], scheme[name]) >= 4.5, name
