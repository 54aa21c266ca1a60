# SPDX-License-Identifier: Apache-2.0
"""What docs/site/check-site must find, which looks at the site that scripts/docs made."""
import subprocess

import pytest
from blocks import REPOSITORY

GOOD = {"index.html": '<h1 id="top-of-it">x</h1><a href="b/c.html#there">c</a><a href="https://example.com/">e</a>'
                      '<img src="b/p.png"><img src="data:image/png;base64,AA=="><link rel="stylesheet" href="s.css">',
        "b/c.html": '<h2 id="there">y</h2><a href="../index.html">i</a><a href="#there">t</a><a href="/">home</a>',
        "b/p.png": "p", "s.css": "p { background: url(b/p.png) }"}
WRONG = {
    "a link to a page that is not there": ("b/c.html", '<a href="none.html">', "none.html: no such page"),
    "an anchor that is not there": ("b/c.html", '<a href="../index.html#no">', "#no: no such anchor"),
    "an anchor of the same page": ("b/c.html", '<a href="#no">', "#no: no such anchor"),
    "a link out of the site": ("b/c.html", '<a href="../../x.html">', "no such page"),
    "a picture that is not there": ("index.html", '<img src="q.png">', "loads q.png, which is not there"),
    "one of several pictures": ("index.html", '<source srcset="b/p.png 1x, q.png 2x">', "loads q.png"),
    "a script from elsewhere": ("index.html", '<script src="https://cdn.example/a.js"></script>', "loads https://cdn"),
    "a font without a scheme": ("index.html", '<link rel="preload" href="//fonts.example/f">', "loads //fonts"),
    "an import in a page's style": ("index.html", "<style>@import 'https://x.example/a.css';</style>", "loads https://x"),
    "a style sheet's font": ("s.css", "@font-face { src: url(https://x.example/f) }", "s.css: loads https://x"),
    "a style sheet's import": ("s.css", "@import url('none.css');", "loads none.css, which is not there"),
}


def check(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return subprocess.run([REPOSITORY / "docs" / "site" / "check-site", folder], text=True, capture_output=True)


def test_a_good_site_passes(tmp_path):
    done = check(tmp_path, GOOD)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 pages, 5 links, 1 of them lead elsewhere; 0 wrong" in done.stdout


@pytest.mark.parametrize("file, more, said", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(tmp_path, file, more, said):
    done = check(tmp_path, {**GOOD, file: GOOD[file] + more})
    assert done.returncode == 1 and said in done.stderr, done
    assert "; 1 wrong" in done.stdout


def test_an_empty_site_fails(tmp_path):
    assert check(tmp_path, {}).returncode == 1
