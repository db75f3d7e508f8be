"""Synchronises a pool of its own and the default pool, with the classes that the vendor's samples use."""

import base64
import json

from client import ACCESS, ENDPOINT, SECRET, nodes_of, wait, wait_for_cluster, wait_for_job
from huaweicloudsdkcce.v3 import *
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.region.region import Region

results = {}


def encode(text):
    return base64.b64encode(text.encode()).decode()


# Told a region alone, a client asks for the project of that name.
client = (
    CceClient.new_builder()
    .with_credentials(BasicCredentials(ACCESS, SECRET).with_iam_endpoint(ENDPOINT))
    .with_region(Region("default", ENDPOINT))
    .build()
)
cluster = client.create_cluster(
    CreateClusterRequest(
        body=Cluster(
            kind="Cluster",
            api_version="v3",
            metadata=ClusterMetadata(name="synced"),
            spec=ClusterSpec(
                host_network=HostNetwork(vpc="vpc-1", subnet="subnet-1"),
                container_network=ContainerNetwork(mode="eni"),
                eni_network=EniNetwork(subnets=[]),
            ),
        )
    )
).metadata.uid
wait_for_cluster(client, cluster)
volume = Volume(size=40, volumetype="SSD")
machine = {"flavor": "c7.large.2", "az": "az1", "root_volume": volume, "data_volumes": []}
pool = client.create_node_pool(
    CreateNodePoolRequest(
        cluster_id=cluster,
        body=NodePool(
            kind="NodePool",
            api_version="v3",
            metadata=NodePoolMetadata(name="web"),
            spec=NodePoolSpec(node_template=NodeSpec(**machine), initial_node_count=4),
        ),
    )
).metadata.uid
for _ in range(2):
    spec = NodeSpec(**machine, login=Login(ssh_key="mine"), count=1)
    node = NodeCreateRequest(kind="Node", api_version="v3", spec=spec)
    job = client.create_node(CreateNodeRequest(cluster_id=cluster, body=node)).status.job_id
    wait_for_job(client, job)


def is_in(node, wanted):
    owner = node.metadata.owner_reference
    return (owner.nodepool_id if owner else "DefaultPool") == wanted


def nodes_in(wanted):
    return [node for node in nodes_of(client, cluster) if is_in(node, wanted)]


def ids_in(wanted):
    return [node.metadata.uid for node in nodes_in(wanted)]


def change_scripts(text):
    extend = NodeExtendParam(alpha_cce_pre_install=encode("echo before"), alpha_cce_post_install=encode(text))
    template = NodeSpecUpdate(extend_param=extend, taints=[], k8s_tags={}, user_tags=[])
    update = NodePoolSpecUpdate(
        ignore_initial_node_count=True,
        autoscaling=NodePoolNodeAutoscaling(enable=False),
        node_template=template,
    )
    body = NodePoolUpdate(metadata=NodePoolMetadataUpdate(name="web"), spec=update)
    client.update_node_pool(UpdateNodePoolRequest(cluster_id=cluster, nodepool_id=pool, body=body))


def upgrade(pool_id, ids, template=None):
    """As in the vendor's samples. @returns the job"""
    request = UpgradeNodePoolRequest()
    request.cluster_id = cluster
    request.nodepool_id = pool_id
    spec = NodePoolUpgradeSpec(node_pool_id=pool_id, node_i_ds=ids, max_unavailable=1)
    if template is not None:
        spec.node_template = template
    request.body = UpgradeNodePool(spec=spec)
    answer = client.upgrade_node_pool(request)
    assert answer.status_code == 200, answer
    shown = client.show_node_pool(ShowNodePoolRequest(cluster_id=cluster, nodepool_id=pool_id))
    return wait_for_job(client, shown.status.job_id)


wait(lambda: [node.status.phase for node in nodes_in(pool)], lambda phases: phases == ["Active"] * 4)
change_scripts("echo after")
chosen = ids_in(pool)[:2]
results["own pool"] = upgrade(pool, chosen).status.phase

life_cycle = NodeTemplateLifeCycle(pre_install="ZWNobyAx", post_install="ZWNobyAx")
password = NodeTemplateLoginUserPassword(username="root", password="xxxxx")
template = NodeTemplate(login=NodeTemplateLogin(user_password=password), life_cycle=life_cycle)
default = ids_in("DefaultPool")
job = upgrade("DefaultPool", default, template)
results["default pool"] = [job.status.phase, job.spec.resource_id, len(job.spec.sub_jobs)]

change_scripts("echo no licence; exit 3")
failed = upgrade(pool, ids_in(pool))
results["failed"] = [failed.status.phase, failed.status.reason]
results["phases"] = sorted(node.status.phase for node in nodes_in(pool))
results["ids"] = {"own": chosen, "default": default, "all": ids_in(pool)}
print(json.dumps(results))
