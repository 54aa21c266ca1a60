# SPDX-License-Identifier: Apache-2.0
"""What MkDocs does not do by itself: pages from outside docs/, and links to sources."""
import os
import pathlib
import re

from mkdocs.structure.files import File

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
REFERENCES = pathlib.Path(os.environ.get("PASSKEY_REFERENCES") or REPOSITORY / "build" / "docs-references")

# Files at the top of the repository, and their pages.
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md",
         "SECURITY.md": "security.md", "CHANGELOG.md": "changelog.md"}
ELSEWHERE = {"core/include/passkey/passkey.h": "reference/c/index.html", "LICENSE": "license.txt"}
LINK = re.compile(r"(?P<text>!?\[[^\]]*\])\((?P<target>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files, config):
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=from_top((REPOSITORY / source).read_text())))
    files.append(File.generated(config, "license.txt", content=(REPOSITORY / "LICENSE").read_text()))
    for path in sorted(REFERENCES.rglob("*")):
        if path.is_file():
            name = pathlib.Path("reference") / path.relative_to(REFERENCES)
            files.append(File.generated(config, name.as_posix(), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """A link out of docs/, to a source file, is its text: the sources are not in the site."""
    if page.file.src_uri in PAGES.values():
        return markdown
    return LINK.sub(lambda link: outward(link, pathlib.Path(config.docs_dir).resolve()), markdown)


def from_top(markdown):
    return LINK.sub(inward, re.sub(r'\b(src|srcset)="docs/', r'\1="', markdown))


def inward(link):
    """A link of a page at the top of the repository, as the site has it."""
    text, target, anchor = link["text"], link["target"], link["anchor"] or ""
    target = PAGES.get(target) or ELSEWHERE.get(target) or target.removeprefix("docs/")
    if target == link["target"] and (REPOSITORY / target).exists():
        return text.strip("![]")
    return f"{text}({target}{anchor})"


def outward(link, docs):
    target = (docs / link["target"]).resolve()
    if target.is_relative_to(docs) or not target.exists():
        return link[0]
    name = target.relative_to(REPOSITORY).as_posix()
    page = PAGES.get(name) or ELSEWHERE.get(name)
    return f"{link['text']}({page}{link['anchor'] or ''})" if page else link["text"].strip("![]")
