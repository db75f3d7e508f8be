"""Calls every method that the client has for the Project Deployer, and prints what each one gave."""

import json
import os

from client import SLOW, URL, WORK, bundle, make_client, nameless, refused, service

import dataikuapi

results = {}
errors = {}
client = make_client()
deployer = client.get_projectdeployer()


def health_of(deployment):
    status = deployment.get_status()
    return [status.get_health(), [each["code"] for each in status.get_health_messages()["messages"]]]


def large():
    """Refused before it has arrived; the client has to read the answer all the same."""
    return nameless({"data": "0123456789abcdef" * 2**19}, is_packed=False)


def settings_of(thing):
    return thing.get_settings().get_raw()


def remember(settings):
    """As it is now: what the client hands out is changed and sent back."""
    return json.loads(json.dumps(settings.get_raw()))


# Infrastructures.
results["instance"] = client.get_instance_info().node_type
results["stages"] = [stage["id"] for stage in deployer.list_stages()]
results["described"] = all(stage["desc"] for stage in deployer.list_stages())
results["no infra"] = deployer.list_infras()
dev = deployer.create_infra("dev", "Development")
prod = deployer.create_infra("prod", "Production", govern_check_policy="WARN")
errors["infra taken"] = refused(lambda: deployer.create_infra("dev", "Test"))
errors["no such stage"] = refused(lambda: deployer.create_infra("other", "Moon"))
errors["no such policy"] = refused(lambda: deployer.create_infra("other", "Test", "MAYBE"))
errors["bad name"] = refused(lambda: deployer.create_infra("no blanks", "Test"))
results["list infras"] = [infra.id for infra in deployer.list_infras()]
results["raw infras"] = [
    [raw["infraBasicInfo"]["id"], raw["infraBasicInfo"]["stage"], raw["canDeploy"], raw["isAdmin"], raw["deployments"]]
    for raw in deployer.list_infras(as_objects=False)
]
results["infra status"] = [dev.get_status().get_raw()["infraBasicInfo"], dev.get_status().get_deployments()]
settings = prod.get_settings()
results["infra settings"] = remember(settings)
settings.get_raw()["autoconfigureFromNodesDirectory"] = {"nested": [1, None]}
settings.get_raw()["governCheckPolicy"] = "NO_CHECK"
settings.get_raw()["permissions"].append({"group": "crew", "read": True, "deploy": True, "admin": False})
settings.save()
results["infra saved"] = settings_of(prod)
settings.get_raw()["id"] = "renamed"
errors["infra renamed"] = refused(settings.save)
errors["personal key"] = hasattr(dev, "generate_personal_api_key") and refused(
    lambda: dev.generate_personal_api_key("label", "description")
)
errors["no such infra"] = [
    refused(call)
    for infra in [deployer.get_infra("none")]
    for call in (infra.get_status, infra.get_settings, infra.delete)
]

# Published projects and bundles.
hello = deployer.create_project("HELLO")
errors["project taken"] = refused(lambda: deployer.create_project("HELLO"))
with bundle(service("v1"), {"originalProjectKey": "HELLO", "bundleId": "v1"}) as file:
    deployer.upload_bundle(file)
with bundle(service("v2"), {"bundleId": "v2"}) as file:
    deployer.upload_bundle(file, "HELLO")
with bundle(service("v3-broken"), name="v3.zip") as file:
    deployer.upload_bundle(file, project_key="HELLO")
with bundle(SLOW, {"originalProjectKey": "OTHER", "bundleId": "slow"}) as file:
    deployer.upload_bundle(file, "HELLO")
with bundle(service("v1"), name="dss-bundle-MADE_BY_UPLOAD-v1.zip") as file:
    deployer.upload_bundle(file)
with bundle(service("v1"), {"originalProjectKey": "HELLO", "bundleId": "v1"}) as file:
    errors["bundle taken"] = refused(lambda: deployer.upload_bundle(file))
errors["nameless bundle"] = refused(lambda: deployer.upload_bundle(nameless(service("v1"))))
with open(__file__, "rb") as file:
    errors["no zip"] = refused(lambda: deployer.upload_bundle(file, "HELLO"))
results["list projects"] = [project.id for project in deployer.list_projects()]
results["raw projects"] = [
    [raw["projectBasicInfo"], raw["canDeploy"]] for raw in deployer.list_projects(as_objects=False)
]
bundles = hello.get_status().get_bundles()
results["bundles"] = sorted(each["id"] for each in bundles)
results["bundle"] = sorted((key, type(value).__name__) for key, value in bundles[0].items())
results["project status"] = [hello.get_status().get_infras(), hello.get_status().get_deployments()]
settings = hello.get_settings()
results["project settings"] = remember(settings)
settings.get_raw()["name"] = "Says hello"
settings.get_raw()["basicImageInfo"] = {"hash": "1"}
settings.get_raw()["permissions"].append({"group": "crew", "read": True, "write": True, "deploy": True, "admin": False})
settings.save()
results["project saved"] = settings_of(hello)
if hasattr(hello, "download_bundle_to_file"):
    target = os.path.join(WORK, "downloaded.zip")
    hello.download_bundle_to_file("v2", target)
    with bundle(service("v2"), {"bundleId": "v2"}) as sent, open(target, "rb") as got:
        results["downloaded"] = len(sent.read()) == len(got.read())
    with hello.get_bundle_stream("v2") as stream:
        results["streamed"] = stream.headers["Content-Type"]
    errors["no such bundle to stream"] = refused(lambda: hello.get_bundle_stream("none"))
    results["standards"] = hello.get_project_standards_report("v1")
errors["no such project"] = [
    refused(call)
    for project in [deployer.get_project("none")]
    for call in (project.get_status, project.get_settings, project.delete, lambda: project.delete_bundle("v1"))
]
errors["no such bundle"] = refused(lambda: hello.delete_bundle("none"))

# Deployments.
create = deployer.create_deployment
results["no deployment"] = deployer.list_deployments()
deployment = create("hello-on-dev", "HELLO", "dev", "v1", deployed_project_key="HI", project_folder_id="folder")
errors["deployment taken"] = refused(lambda: create("hello-on-dev", "HELLO", "dev", "v1"))
errors["deployment of nothing"] = [
    refused(lambda: create("other", "NONE", "dev", "v1")),
    refused(lambda: create("other", "HELLO", "none", "v1")),
    refused(lambda: create("other", "HELLO", "dev", "none")),
]
errors["no such deployment"] = [
    refused(call)
    for none in [deployer.get_deployment("none")]
    for call in (none.get_status, none.get_settings, none.get_governance_status, none.start_update, none.delete)
]
results["created"] = settings_of(deployment)
results["health at first"] = health_of(deployment)
errors["enabled"] = refused(deployment.delete)

future = deployment.start_update()
results["started"] = bool(future.job_id)
result = future.wait_for_result()
results["result"] = [result["deploymentId"], result["bundleId"], result["infraId"], result["success"]]
results["severity"] = [result["maxSeverity"], [each["severity"] for each in result["messages"]]]
again = client.get_future(future.job_id)
results["again"] = [again.has_result(), again.get_result() == result, again.get_state()["alive"]]
results["peeked"] = sorted(key for key in again.peek_state() if key in ("hasResult", "result"))
again.abort()
results["health when deployed"] = health_of(deployment)
light = deployment.get_status().get_light()
results["light"] = {key: light[key] for key in ("projectBasicInfo", "infraBasicInfo", "canDeploy", "neverEverDeployed")}
results["basic"] = light["deploymentBasicInfo"]
results["packages"] = sorted([each["id"], each["designNodeInfo"]["projectKey"]] for each in light["packages"])
heavy = deployment.get_status().get_heavy()
results["heavy"] = [heavy["deploymentId"], heavy["bundleId"], heavy["deployedBundleId"]]
nothing = deployment.start_update()
results["nothing to do"] = [nothing.has_result(), nothing.get_result()["success"], bool(nothing.job_id)]

settings = deployment.get_settings()
results["bundle id"] = settings.bundle_id
settings.bundle_id = "v2"
settings.get_raw()["localVariables"] = {"a": 1}
settings.save()
results["saved"] = settings_of(deployment)
results["health when saved"] = health_of(deployment)
deployment.start_update().wait_for_result()
results["health of v2"] = health_of(deployment)
settings = deployment.get_settings()
settings.bundle_id = "none"
errors["no such bundle to save"] = refused(settings.save)
settings.get_raw()["infraId"] = "prod"
errors["moved"] = refused(settings.save)

settings = deployment.get_settings()
settings.bundle_id = "v3"
settings.save(ignore_warnings=True)
broken = deployment.start_update()
errors["broken"] = refused(broken.wait_for_result)
errors["broken again"] = refused(broken.get_result)
results["broken state"] = [broken.peek_state()["alive"], broken.peek_state()["aborted"]]
results["health when broken"] = health_of(deployment)
results["still deployed"] = deployment.get_status().get_heavy()["deployedBundleId"]

settings = deployment.get_settings()
settings.bundle_id = "slow"
settings.save()
slow = deployment.start_update()
results["runs"] = [slow.has_result(), slow.peek_state()["hasResult"], slow.peek_state()["alive"]]
errors["runs already"] = refused(deployment.start_update)
results["listed futures"] = [each["jobId"] == slow.job_id for each in client.list_futures(all_users=True)]
results["future objects"] = [each.job_id == slow.job_id for each in client.list_futures(as_objects=True)]
errors["bundle in use"] = refused(lambda: hello.delete_bundle("slow"))
slow.abort()
errors["aborted"] = refused(slow.wait_for_result)
results["aborted state"] = [slow.peek_state()["alive"], slow.peek_state()["aborted"]]
results["no futures"] = client.list_futures()
errors["no such future"] = [refused(client.get_future("none").get_state), refused(client.get_future("none").abort)]

results["governance"] = [
    deployment.get_governance_status()["messages"],
    deployment.get_governance_status("v1")["messages"],
]
if hasattr(deployment, "list_updates"):
    updates = deployment.list_updates()
    results["updates"] = [[each.type, each.status] for each in updates]
    last = deployment.get_update()
    results["last update"] = [last.status, last.start_time == updates[0].start_time, last.end_time >= last.start_time]
    full = updates[-1].get_full_update()
    results["first update"] = [full.status, full.requester, len(full.logs) > 0]
    results["by time"] = deployment.get_update(updates[1].start_time).status
    errors["no such update"] = refused(lambda: deployment.get_update(1))
    status = deployment.get_testing_status(bundle_id="v1")
    results["testing"] = [status.nb_total_ran_scenarios, status.nb_scenarios_per_outcome]
    errors["tests"] = refused(deployment.run_test_scenarios)

results["where"] = [
    [each.id for each in dev.get_status().get_deployments()],
    [each.id for each in hello.get_status().get_deployments()],
    [each.id for each in hello.get_status().get_deployments("dev")],
    [each.id for each in hello.get_status().get_deployments("prod")],
    [each["id"] for each in hello.get_status().get_infras()],
    [each.id for each in deployer.list_deployments()],
    [each["deploymentBasicInfo"]["id"] for each in deployer.list_deployments(as_objects=False)],
]
errors["in use"] = [refused(dev.delete), refused(hello.delete)]

# Others who ask.
viewer = make_client(os.environ["DSS_VIEWER"]).get_projectdeployer()
results["viewer"] = [
    [[raw["canDeploy"], raw["isAdmin"]] for raw in viewer.list_infras(as_objects=False)],
    [each.id for each in viewer.list_deployments()],
]
outsider = make_client(os.environ["DSS_OUTSIDER"]).get_projectdeployer()
results["outsider"] = [
    [each.id for each in outsider.list_infras()],
    [each.id for each in outsider.list_projects()],
    [each.id for each in outsider.list_deployments()],
]
errors["outsider"] = [
    refused(outsider.get_project("HELLO").get_status),
    refused(outsider.get_infra("prod").get_settings),
    refused(outsider.get_deployment("hello-on-dev").get_status),
]
errors["viewer"] = [
    refused(lambda: viewer.create_project("MINE")),
    refused(viewer.get_deployment("hello-on-dev").start_update),
    refused(lambda: viewer.upload_bundle(large(), "MINE")),
]
stranger = make_client("nobody").get_projectdeployer()
errors["stranger"] = [refused(stranger.list_stages), refused(lambda: stranger.upload_bundle(large(), "MINE"))]
ticket = dataikuapi.DSSClient(URL, internal_ticket=os.environ["DSS_KEY"])
named = make_client(url=f"{URL}/projects/default")
below = make_client(url=os.environ["DSS_PREFIXED_URL"])
results["other ways in"] = [
    [each.id for each in one.get_projectdeployer().list_deployments()] for one in (ticket, named, below)
]
errors["other project"] = refused(make_client(url=f"{URL}/projects/none").get_projectdeployer().list_stages)

# The end.
settings = deployment.get_settings()
settings.get_raw()["enabled"] = False
settings.save()
errors["not updated"] = refused(deployment.delete)
deployment.start_update().wait_for_result()
results["health when disabled"] = health_of(deployment)
deployment.delete()
errors["deleted"] = refused(deployment.get_status)
hello.delete_bundle("slow")
results["bundles left"] = sorted(each["id"] for each in hello.get_status().get_bundles())
hello.delete()
deployer.get_project("MADE_BY_UPLOAD").delete()
dev.delete()
prod.delete()
results["left"] = [
    [each.id for each in deployer.list_deployments()],
    [each.id for each in deployer.list_infras()],
    [each.id for each in deployer.list_projects()],
]
print(json.dumps({"results": results, "errors": errors}))
