"""Synchronises nodes that are hosts reached over SSH: those of a pool, and machines that were added by their address."""

import base64
import json
import os

from client import make_client, nodes_of, wait, wait_for_cluster, wait_for_job
from huaweicloudsdkcce.v3 import *

MARK = os.environ["MARK"]
ADDED = os.environ["ADDED"].split(",")
client = make_client()
results = {}


def encode(text):
    return base64.b64encode(text.encode()).decode()


cluster = client.create_cluster(
    CreateClusterRequest(
        body=Cluster(
            kind="Cluster",
            api_version="v3",
            metadata=ClusterMetadata(name="hosts"),
            spec=ClusterSpec(
                host_network=HostNetwork(vpc="vpc-1", subnet="subnet-1"),
                container_network=ContainerNetwork(mode="eni"),
                eni_network=EniNetwork(subnets=[]),
                cluster_tags=[ResourceTag(key="drover.profile", value="added")],
            ),
        )
    )
).metadata.uid
wait_for_cluster(client, cluster)
tags = [UserTag(key="drover.profile", value="listed")]
volume = Volume(size=40, volumetype="SSD")
template = NodeTemplate(flavor="host", az="here", root_volume=volume, data_volumes=[], user_tags=tags)
pool = client.create_node_pool(
    CreateNodePoolRequest(
        cluster_id=cluster,
        body=NodePool(
            kind="NodePool",
            api_version="v3",
            metadata=NodePoolMetadata(name="web"),
            spec=NodePoolSpec(node_template=template, initial_node_count=4),
        ),
    )
).metadata.uid
machines = [AddNode(server_id=address, spec=ReinstallNodeSpec(os="Linux", login=Login(ssh_key="there"))) for address in ADDED]
added = client.add_node(
    AddNodeRequest(cluster_id=cluster, body=AddNodeList(api_version="v3", kind="List", node_list=machines))
)
results["added"] = wait_for_job(client, added.jobid).status.phase
nodes = wait(
    lambda: nodes_of(client, cluster),
    lambda found: len(found) == 4 + len(ADDED) and all(node.status.phase == "Active" for node in found),
)


def synchronise(pool_id, ids=None, template=None):
    spec = NodePoolUpgradeSpec(node_pool_id=pool_id, max_unavailable=2, node_i_ds=ids, node_template=template)
    body = UpgradeNodePool(spec=spec)
    client.upgrade_node_pool(UpgradeNodePoolRequest(cluster_id=cluster, nodepool_id=pool_id, body=body))
    shown = client.show_node_pool(ShowNodePoolRequest(cluster_id=cluster, nodepool_id=pool_id))
    return wait_for_job(client, shown.status.job_id)


extend = NodeExtendParam(alpha_cce_post_install=encode(f"echo pool > {MARK}"))
update = NodePoolUpdate(
    metadata=NodePoolMetadataUpdate(name="web"),
    spec=NodePoolSpecUpdate(
        ignore_initial_node_count=True,
        autoscaling=NodePoolNodeAutoscaling(enable=False),
        node_template=NodeSpecUpdate(extend_param=extend, taints=[], k8s_tags={}, user_tags=tags),
    ),
)
client.update_node_pool(UpdateNodePoolRequest(cluster_id=cluster, nodepool_id=pool, body=update))
results["pool"] = synchronise(pool).status.phase
results["up to date"] = [node.status.configuration_up_to_date for node in nodes_of(client, cluster)]
# The newest client has no class for this template; it sends what it is given.
login = {"userPassword": {"username": "root", "password": "Correct-Horse1"}}
scripts = {"preInstall": encode("true"), "postInstall": encode(f"echo default > {MARK}")}
alone = [node.metadata.uid for node in nodes if node.metadata.owner_references is None]
results["default pool"] = synchronise("DefaultPool", alone, {"lifeCycle": scripts, "login": login}).status.phase
print(json.dumps(results))
