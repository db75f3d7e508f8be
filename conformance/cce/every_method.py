"""Calls every method that the gateway has, and prints what each one gave."""

import base64
import json

from client import make_client, nodes_of, wait_for_cluster, wait_for_job, wait_for_pool
from huaweicloudsdkcce.v3 import *
from huaweicloudsdkcore.exceptions import exceptions

SCRIPT = base64.b64encode(b"#!/bin/sh\necho installed $DROVER_NODE\n").decode()
results = {}
client = make_client()


def refused(call):
    try:
        call()
    except exceptions.ServiceResponseException as error:
        return [type(error).__name__, error.status_code, error.error_code, error.error_msg, bool(error.request_id)]
    return None


def cluster_of(name):
    spec = ClusterSpec(
        type="VirtualMachine",
        flavor="cce.s1.small",
        version="v1.31",
        host_network=HostNetwork(vpc="vpc-1", subnet="subnet-1"),
        container_network=ContainerNetwork(mode="overlay_l2", cidr="10.0.0.0/16"),
        eni_network=EniNetwork(subnets=[]),
    )
    metadata = ClusterMetadata(name=name)
    return Cluster(kind="Cluster", api_version="v3", metadata=metadata, spec=spec)


made = client.create_cluster(CreateClusterRequest(body=cluster_of("shop")))
cluster = made.metadata.uid
results["create cluster"] = [made.kind, made.metadata.name, bool(made.status.job_id)]
results["cluster job"] = wait_for_job(client, made.status.job_id).spec.type
wait_for_cluster(client, cluster)
results["name taken"] = refused(lambda: client.create_cluster(CreateClusterRequest(body=cluster_of("shop"))))
listed = client.list_clusters(ListClustersRequest(detail="true"))
results["list clusters"] = [[one.metadata.name, one.status.phase] for one in listed.items]
changes = ClusterInformation(spec=ClusterInformationSpec(description="sells", deletion_protection=True))
updated = client.update_cluster(UpdateClusterRequest(cluster_id=cluster, body=changes))
results["update cluster"] = [updated.spec.description, updated.spec.flavor]
results["protected"] = refused(lambda: client.delete_cluster(DeleteClusterRequest(cluster_id=cluster)))[:3]

volume = Volume(size=40, volumetype="SAS")
login = Login(user_password=UserPassword(username="root", password="Correct-Horse1"))
template = NodeTemplate(flavor="c7.large.2", az="az1", root_volume=volume, data_volumes=[], login=login)
pool_spec = NodePoolSpec(type="vm", node_template=template, initial_node_count=2)
body = NodePool(kind="NodePool", api_version="v3", metadata=NodePoolMetadata(name="web"), spec=pool_spec)
created = client.create_node_pool(CreateNodePoolRequest(cluster_id=cluster, body=body))
pool = created.metadata.uid
results["create pool"] = [created.metadata.name, created.spec.initial_node_count]
results["password"] = created.spec.node_template.login.user_password.password
wait_for_pool(client, cluster, pool, lambda found: found.status.active_node == 2)
pools = client.list_node_pools(ListNodePoolsRequest(cluster_id=cluster, show_default_node_pool="true"))
results["list pools"] = sorted(one.metadata.name for one in pools.items)
scale = ScaleNodePoolRequestBody(
    kind="NodePool",
    api_version="v3",
    spec=ScaleNodePoolSpec(desired_node_count=3, scale_groups=["default"]),
)
client.scale_node_pool(ScaleNodePoolRequest(cluster_id=cluster, nodepool_id=pool, body=scale))
scaled = wait_for_pool(client, cluster, pool, lambda found: found.status.active_node == 3)
results["scale pool"] = [scaled.spec.initial_node_count, scaled.status.phase]

new_node = NodeCreateRequest(
    kind="Node",
    api_version="v3",
    metadata=NodeMetadata(name="alone"),
    spec=NodeSpec(flavor="c7.large.2", az="az1", root_volume=volume, data_volumes=[], login=login, count=1),
)
node = client.create_node(CreateNodeRequest(cluster_id=cluster, body=new_node))
node_id = node.metadata.uid
results["create node"] = [node.metadata.name, node.status.phase, wait_for_job(client, node.status.job_id).status.phase]
shown = client.show_node(ShowNodeRequest(cluster_id=cluster, node_id=node_id))
results["show node"] = [shown.status.phase, shown.status.configuration_up_to_date, shown.metadata.owner_references]
named = ClusterNodeInformation(metadata=ClusterNodeInformationMetadata(name="single"))
updated = client.update_node(UpdateNodeRequest(cluster_id=cluster, node_id=node_id, body=named))
results["update node"] = updated.metadata.name
page = client.list_nodes(ListNodesRequest(cluster_id=cluster, limit=3))
rest = client.list_nodes(ListNodesRequest(cluster_id=cluster, limit=3, marker=page.page_info.next_marker))
results["pages of nodes"] = [page.page_info.current_count, rest.page_info.current_count, rest.page_info.next_marker]
results["all nodes are listed"] = len({one.metadata.uid for one in page.items + rest.items})
reset = ResetNode(node_id=node_id, spec=ReinstallNodeSpec(os="EulerOS 2.9", login=login))
job = client.reset_node(
    ResetNodeRequest(
        cluster_id=cluster, body=ResetNodeList(api_version="v3", kind="List", node_list=[reset])
    )
)
results["reset node"] = wait_for_job(client, job.jobid).status.phase

changed_template = NodeSpecUpdate(
    extend_param=NodeExtendParam(alpha_cce_post_install=SCRIPT), taints=[], k8s_tags={}, user_tags=[]
)
update = NodePoolUpdate(
    metadata=NodePoolMetadataUpdate(name="web"),
    spec=NodePoolSpecUpdate(
        ignore_initial_node_count=True,
        autoscaling=NodePoolNodeAutoscaling(enable=False),
        node_template=changed_template,
    ),
)
changed = client.update_node_pool(UpdateNodePoolRequest(cluster_id=cluster, nodepool_id=pool, body=update))
results["update pool"] = [changed.spec.initial_node_count, changed.status.configuration_synced_node_count]
spec = NodePoolUpgradeSpec(node_pool_id=pool, max_unavailable=2)
client.upgrade_node_pool(UpgradeNodePoolRequest(cluster_id=cluster, nodepool_id=pool, body=UpgradeNodePool(spec=spec)))
synced = wait_for_pool(client, cluster, pool, lambda found: found.status.configuration_synced_node_count == 3)
results["synchronise"] = wait_for_job(client, synced.status.job_id).status.phase
results["up to date"] = [one.status.configuration_up_to_date for one in nodes_of(client, cluster)]


def upgrade(**change):
    fields = {"node_pool_id": pool, "max_unavailable": 1, **change}
    wanted = UpgradeNodePool(spec=NodePoolUpgradeSpec(**fields))
    return lambda: client.upgrade_node_pool(
        UpgradeNodePoolRequest(cluster_id=cluster, nodepool_id=pool, body=wanted)
    )


results["refused"] = {
    "too many": refused(upgrade(max_unavailable=21)),
    "other pool": refused(upgrade(node_pool_id="DefaultPool")),
    "unknown node": refused(upgrade(node_i_ds=["aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"])),
    "node of no pool": refused(upgrade(node_i_ds=[node_id])),
    "unknown job": refused(lambda: client.show_job(ShowJobRequest(job_id="aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"))),
    "wrong secret": refused(lambda: make_client(secret="wrong").list_clusters(ListClustersRequest())),
    "other project": refused(lambda: make_client(project="0" * 32).list_clusters(ListClustersRequest())),
}

gone = client.delete_node(DeleteNodeRequest(cluster_id=cluster, node_id=node_id))
results["delete node"] = [gone.status.phase, wait_for_job(client, gone.status.job_id).status.phase]
gone = client.delete_node_pool(DeleteNodePoolRequest(cluster_id=cluster, nodepool_id=pool))
results["delete pool"] = [gone.status.phase, wait_for_job(client, gone.status.job_id).status.phase]
changes = ClusterInformation(spec=ClusterInformationSpec(deletion_protection=False))
client.update_cluster(UpdateClusterRequest(cluster_id=cluster, body=changes))
gone = client.delete_cluster(DeleteClusterRequest(cluster_id=cluster))
results["delete cluster"] = [gone.status.phase, wait_for_job(client, gone.status.job_id).status.phase]
results["gone"] = refused(lambda: client.show_cluster(ShowClusterRequest(cluster_id=cluster)))[1:3]
print(json.dumps(results))
