"""A client of the gateway, made from the environment, and how to wait for it."""

import os
import time

from huaweicloudsdkcce.v3 import CceClient, ListNodesRequest, ShowClusterRequest, ShowJobRequest, ShowNodePoolRequest
from huaweicloudsdkcore.auth.credentials import BasicCredentials

ENDPOINT = os.environ["CCE_ENDPOINT"]
ACCESS = os.environ["CLOUD_SDK_AK"]
SECRET = os.environ["CLOUD_SDK_SK"]
PROJECT = os.environ["PROJECT"]


def make_client(secret=SECRET, project=PROJECT):
    credentials = BasicCredentials(ACCESS, secret, project)
    return CceClient.new_builder().with_credentials(credentials).with_endpoint(ENDPOINT).build()


def wait(look, is_met):
    """The first thing seen that is as it should be."""
    deadline = time.monotonic() + 60
    while True:
        seen = look()
        if is_met(seen):
            return seen
        if time.monotonic() > deadline:
            raise TimeoutError(str(seen))
        time.sleep(0.1)


def wait_for_job(client, job):
    def look():
        return client.show_job(ShowJobRequest(job_id=job))

    return wait(look, lambda found: found.status.phase in ("Success", "Failed"))


def wait_for_cluster(client, cluster):
    def look():
        return client.show_cluster(ShowClusterRequest(cluster_id=cluster))

    return wait(look, lambda found: found.status.phase == "Available")


def wait_for_pool(client, cluster, pool, is_met):
    def look():
        return client.show_node_pool(ShowNodePoolRequest(cluster_id=cluster, nodepool_id=pool))

    return wait(look, is_met)


def nodes_of(client, cluster):
    return client.list_nodes(ListNodesRequest(cluster_id=cluster)).items
