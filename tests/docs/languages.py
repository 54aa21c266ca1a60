# SPDX-License-Identifier: Apache-2.0
"""How a block of each language is run: what a reader has around it is put around it."""
import json
import os
import re
import select
import subprocess
import sys
import xml.etree.ElementTree

from cloud import BUILD
from blocks import REPOSITORY
from software_tpm import SoftwareTpm
from world import SECONDS, at_home, run

SHELL = """\
curl() { command curl --fail-with-body -sS "$@"; }
sudo() { "$@"; }
"""

# The block is compiled as a reader's coroutine would be: await stands alone in it.
PYTHON = """\
import ast, asyncio, inspect, logging, os, sys
import passkey
names = {"passkey": passkey, "asyncio": asyncio, "logging": logging,
         "link": os.environ["LINK"], "client": passkey.Client()}
code = compile(open(sys.argv[1]).read(), sys.argv[1], "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
async def main():
    if inspect.isawaitable(waiting := eval(code, names)):
        await waiting
if code.co_flags & inspect.CO_COROUTINE:
    asyncio.run(main())
else:
    exec(code, names)
"""

JAVASCRIPT = """\
const link = process.env.LINK, url = link, logger = { log() {}, write() {} };
"""

JAVA = """\
import dev.libpasskey.*;
import java.nio.file.Path;
import java.util.*;
class Block {
    static String link = System.getenv("LINK");
    static PasskeyClient client;
    static void askForANewLink() { }
    static void tryAgainLater() { }
    static void block() throws Exception {
%s
    }
    public static void main(String[] arguments) throws Exception {
        client = new PasskeyClient();
        block();
    }
}
"""

C = """\
#include <passkey/passkey.h>
#include <stdio.h>
#include <stdlib.h>
#define MAYBE static __attribute__((unused))
MAYBE passkey_client *client;
MAYBE passkey_bind_result *result;
MAYBE passkey_error *error;
MAYBE const char *link;
static void block(void)
{
%s
}
int main(void)
{
    link = getenv("LINK");
    if (passkey_client_new(&client, &error) != PASSKEY_OK)
        return 2;
    block();
    if (error)
        fputs(passkey_error_text(error), stderr);
    return error != NULL;
}
"""


def shell(block, folder, environment):
    script = folder / "block.sh"
    script.write_text(SHELL + at_home(block.text))
    return run(["bash", "-euo", "pipefail", script], folder, environment)


def shell_with_tpm(block, folder, environment):
    """Other programs, too, reach this TPM: by its socket."""
    (folder / "tpm-state").mkdir()
    with SoftwareTpm(folder / "tpm-state", folder) as tpm:
        way = f"swtpm:path={tpm.path}"
        return shell(block, folder, {**environment, "PASSKEY_TPM": way, "TPM2TOOLS_TCTI": way,
                                     "TPM2OPENSSL_TCTI": way})


def server(block, folder, environment):
    """Says on stdout, in JSON, that it is ready; ends in order on SIGTERM."""
    text = at_home(block.text)
    with subprocess.Popen(["bash", "-c", "exec " + text], cwd=folder, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert select.select([process.stdout], [], [], SECONDS)[0], "it is not ready"
            line = process.stdout.readline()
            assert line, process.stderr.read()
            assert json.loads(line)["api_base_url"].startswith("http")
        finally:
            process.terminate()
        assert process.wait(SECONDS) == 0, process.stderr.read()
    return line


def python(block, folder, environment):
    (folder / "block.py").write_text(at_home(block.text))
    (folder / "around.py").write_text(PYTHON)
    return run([sys.executable, "-P", "around.py", "block.py"], folder, environment)


def javascript(block, folder, environment):
    """An ES module where it imports, else CommonJS; its failure may be one that it prints."""
    text = at_home(block.text)
    modern = block.language == "mjs" or re.search(r"^import ", text, re.M)
    program = folder / ("block.mjs" if modern else "block.cjs")
    program.write_text(JAVASCRIPT + text)
    printed = run(["node", program], folder, environment)
    assert "failed to create passkey" not in printed, printed
    return printed


def typescript(block, folder, environment):
    (folder / "block.mts").write_text(block.text)
    tsc = BUILD / "npm" / "node_modules" / "typescript" / "bin" / "tsc"
    return run(["node", tsc, "--strict", "--noEmit", "--target", "es2022", "--module", "nodenext",
                "--skipLibCheck", "--typeRoots", BUILD / "npm" / "node_modules" / "@types",
                "--types", "node", "block.mts"], folder, environment)


def java(block, folder, environment):
    whole = re.search(r"\b(class|interface|record) \w+", block.text)
    (folder / "Block.java").write_text(at_home(block.text) if whole else JAVA % at_home(block.text))
    return run(["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", BUILD / "java" / "passkey.jar", "Block.java"],
               folder, environment)


def c(block, folder, environment):
    text = at_home(block.text)
    (folder / "block.c").write_text(text if "int main(" in text else C % text)
    run([os.environ.get("CC", "cc"), "-std=c11", "-Wall", "-Wextra", "-Werror", "block.c",
         "-I", REPOSITORY / "core" / "include", "-L", BUILD / "lib", "-lpasskey", "-o", "block"], folder)
    return run(["./block"], folder, environment)


def json_text(block, folder, environment):
    json.loads(block.text)


def xml_text(block, folder, environment):
    xml.etree.ElementTree.fromstring(block.text)


# Blocks whose marker says what they need, else by their language.
SPECIAL = {"serves": server, "with a TPM": shell_with_tpm}
RUNNERS = {"sh": shell, "python": python, "js": javascript, "mjs": javascript, "ts": typescript,
           "java": java, "c": c, "json": json_text, "xml": xml_text}
