"""Deploys where a bundle needs an approval: it is refused, warned of, and let pass. Rules and approvals come by the REST API."""

import json
import os

import requests
from client import bundle, make_client, refused, service

REST = os.environ["DROVER_URL"] + "/api/v1/projects/default"
deployer = make_client().get_projectdeployer()


def rest(method, path, key, **body):
    answer = requests.request(method, REST + path, headers={"Authorization": f"Bearer {key}"}, json=body)
    assert answer.ok, answer.text


def severities(deployment, bundle_id=""):
    return [each["severity"] for each in deployment.get_governance_status(bundle_id)["messages"]]


for policy in ("PREVENT", "WARN"):
    deployer.create_infra(policy.lower(), "Production", govern_check_policy=policy)
for version in ("v1", "v2"):
    with bundle(service(version), {"originalProjectKey": "GOVERNED", "bundleId": version}) as file:
        deployer.upload_bundle(file)
rest("PUT", "/published-projects/GOVERNED/governance/Production", os.environ["DSS_KEY"], requiredSignOffs=1)


def create(infra, bundle_id, **options):
    return deployer.create_deployment(f"governed-{infra}", "GOVERNED", infra, bundle_id, **options)


errors = {
    "prevented": refused(lambda: create("prevent", "v1")),
    "prevented whatever is ignored": refused(lambda: create("prevent", "v1", ignore_warnings=True)),
    "warned": refused(lambda: create("warn", "v1")),
}
results = {}
warned = create("warn", "v1", ignore_warnings=True)
results["warnings"] = severities(warned)
warned.start_update().wait_for_result()
results["warned, and deployed"] = warned.get_status().get_health()

rest("POST", "/bundles/GOVERNED@v1/approve", os.environ["DSS_REVIEWER"], stage="Production")
approved = create("prevent", "v1")
results["approved"] = ["ERROR" in severities(approved), "WARNING" in severities(warned)]
results["the other"] = ["ERROR" in severities(approved, "v2"), "WARNING" in severities(warned, "v2")]
approved.start_update().wait_for_result()
results["approved, and deployed"] = approved.get_status().get_health()
settings = approved.get_settings()
settings.bundle_id = "v2"
errors["not saved"] = refused(settings.save)
results["still wanted"] = approved.get_settings().bundle_id

rest("POST", "/bundles/GOVERNED@v1/reject", os.environ["DSS_REVIEWER"], stage="Production", comment="it leaks")
errors["rejected before the update"] = refused(approved.start_update)

for deployment in (approved, warned):
    settings = deployment.get_settings()
    settings.get_raw()["enabled"] = False
    settings.save(ignore_warnings=True)
    deployment.start_update().wait_for_result()
    deployment.delete()
for infra in ("prevent", "warn"):
    deployer.get_infra(infra).delete()
deployer.get_project("GOVERNED").delete()
print(json.dumps({"results": results, "errors": errors}))
