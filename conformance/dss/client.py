"""Clients of the gateway, made from the environment, and bundles of a real service."""

import io
import json
import os
import time
import zipfile

import dataikuapi
from dataikuapi.utils import DataikuException

# The old client pauses for seconds between two looks at a future.
pause = time.sleep
time.sleep = lambda seconds: pause(min(seconds, 0.2))

URL = os.environ["DSS_URL"]
EXAMPLES = os.environ["EXAMPLES"]
WORK = os.environ["WORK"]

# Answers no health check for two minutes, so that whoever waits for it has time to think again.
SLOW = {
    "drover.yaml": "initializationScript: slow.mjs\nport: true\n"
    "healthCheck: { type: http, path: /health, intervalSeconds: 0.5, startPeriodSeconds: 120 }\n",
    "slow.mjs": "setInterval(() => {}, 1000)\n",
}


def make_client(key=os.environ["DSS_KEY"], url=URL):
    return dataikuapi.DSSClient(url, key)


def service(version):
    """The files of an example, which says its own name and version only to Drover's own command line."""
    folder = os.path.join(EXAMPLES, "hello-http", version)
    files = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name)) as file:
            files[name] = file.read()
    if version != "v3-broken":
        # Healthy at its first answer, however long a slow machine takes.
        files["drover.yaml"] = files["drover.yaml"].replace("startPeriodSeconds: 1", "startPeriodSeconds: 60")
    lines = files["drover.yaml"].splitlines(keepends=True)
    files["drover.yaml"] = "".join(line for line in lines if not line.startswith(("name:", "version:")))
    return files


def bundle(files, label=None, name="bundle.zip", is_packed=True):
    """A file of this name with a zip of the files, labelled as an export of another deployer."""
    path = os.path.join(WORK, name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED) as archive:
        for entry, text in files.items():
            archive.writestr(entry, text)
        if label is not None:
            archive.writestr("bundle.json", json.dumps(label))
    return open(path, "rb")


def refused(call):
    """What a client's user reads."""
    try:
        call()
    except DataikuException as error:
        return str(error)
    return None


def nameless(files, is_packed=True):
    """A stream that the client sends without a name."""
    with bundle(files, is_packed=is_packed) as file:
        return io.BytesIO(file.read())
