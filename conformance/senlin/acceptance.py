"""Runs a share of the published acceptance tests of Senlin, and prints as JSON what came of them.

The tests are as they were published; only how often they look for what they wait for is made shorter.
"""

import io
import json
import os
import pkgutil
import sys
import time
import types
import unittest

from senlin_tempest_plugin.common import clustering_client
from senlin_tempest_plugin.tests import api, functional

WAITS_SECONDS = 0.1
share, shares = int(os.environ["SHARE"]), int(os.environ["SHARES"])
# Names of modules and tests that are left out, each for a reason that the caller knows.
left_out = json.loads(os.environ["LEFT_OUT"])
# Modules and packages that are run.
wanted = tuple("senlin_tempest_plugin.tests." + name for name in json.loads(os.environ["MODULES"]))

clustering_client.time = types.SimpleNamespace(sleep=lambda _: time.sleep(WAITS_SECONDS))


def modules(package):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        name = found.name.rsplit(".", 1)[-1]
        if name.startswith("test_") and name not in left_out and is_wanted(found.name):
            yield found.name


def is_wanted(module):
    return any(module == name or module.startswith(name + ".") for name in wanted)


def tests(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests(item)
        elif item._testMethodName not in left_out:
            yield item


names = sorted([*modules(api), *modules(functional)])[share::shares]
suite = unittest.TestSuite(tests(unittest.defaultTestLoader.loadTestsFromNames(names)))
began = time.time()
result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
print(
    json.dumps(
        {
            "ran": result.testsRun,
            "failed": [[test.id(), text] for test, text in [*result.failures, *result.errors]],
            "skipped": [[test.id(), why] for test, why in result.skipped],
            "seconds": round(time.time() - began),
        }
    ),
    file=sys.__stdout__,
)
