"""Starts an update and prints its id; with an id waits for that update, which an earlier run of this began."""

import json
import sys

from client import bundle, make_client, refused, service

client = make_client()
deployer = client.get_projectdeployer()
if len(sys.argv) == 1:
    deployer.create_infra("lasting", "Test")
    with bundle(service("v1"), {"bundleId": "v1"}) as file:
        deployer.upload_bundle(file, "LASTING")
    future = deployer.create_deployment("lasting", "LASTING", "lasting", "v1").start_update()
    print(json.dumps(future.job_id))
else:
    result = client.get_future(sys.argv[1]).wait_for_result()
    print(json.dumps([result["deploymentId"], result["success"], deployer.get_deployment("lasting").get_status().get_health()]))
