"""Runs the examples that the client's own documentation has, as they stand."""

import contextlib
import inspect
import io
import json

from client import bundle, make_client, service

from dataikuapi.dss.projectdeployer import DSSProjectDeployer

deployer = make_client().get_projectdeployer()
deployer.create_infra("my-infra", "Production")
with bundle(service("v1"), {"bundleId": "my-bundle"}) as file:
    deployer.upload_bundle(file, "my-project")


def example_of(method):
    """The code block of a method's documentation."""
    lines = iter(inspect.getdoc(method).splitlines())
    for line in lines:
        if "code-block:: python" in line:
            break
    code = []
    for line in lines:
        if line.strip() and not line.startswith("    "):
            break
        code.append(line)
    return inspect.cleandoc("\n".join(code))


def run(method):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(example_of(method), {"deployer": deployer})
    return printed.getvalue()


print(
    json.dumps(
        {
            method.__name__: run(method)
            for method in (
                DSSProjectDeployer.create_deployment,
                DSSProjectDeployer.list_deployments,
                DSSProjectDeployer.list_infras,
                DSSProjectDeployer.list_projects,
            )
        }
    )
)
