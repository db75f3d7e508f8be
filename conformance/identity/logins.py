"""Logs in with every plugin of keystoneauth1 that Drover speaks to, and prints what each one got."""

import json
import os
import sys

from keystoneauth1 import exceptions, identity, session

BASE = os.environ["IDENTITY_URL"]
DOMAIN = {"user_domain_name": "Default"}
PROJECT = {"project_name": "demo", "project_domain_name": "Default"}
USER = {"username": "ada", "password": os.environ["ADA_PASSWORD"], **DOMAIN}


def login(plugin):
    """What a client knows after it logged in."""
    access = plugin.get_access(session.Session())
    client = session.Session(auth=plugin)
    clustering = access.project_name and plugin.get_endpoint(client, service_type="clustering")
    return {
        "token": access.auth_token,
        "user": access.username,
        "project": access.project_name,
        "roles": sorted(access.role_names),
        "lasts": not access.will_expire_soon(60),
        "clustering": clustering,
    }


def refusal(plugin):
    try:
        plugin.get_access(session.Session())
    except exceptions.HttpError as error:
        return [type(error).__name__, error.http_status]
    return None


results = {}
for name, url in {"unversioned": BASE, "slash": BASE + "/", "versioned": BASE + "/v3"}.items():
    results["password " + name] = login(identity.Password(url, **USER, **PROJECT))
results["v3 password"] = login(identity.V3Password(BASE + "/v3", **USER, **PROJECT))
results["unscoped"] = login(identity.V3Password(BASE + "/v3", **USER))
token = results["unscoped"]["token"]
results["token"] = login(identity.V3Token(BASE + "/v3", token=token, **PROJECT))
results["other project"] = login(
    identity.Password(BASE, **USER, project_name="shop", project_domain_name="Default")
)

own = session.Session(auth=identity.Password(BASE, **USER, **PROJECT))
service = {"service_type": "identity", "interface": "public", "min_version": (3,), "max_version": (3, "latest")}
user_id = own.get_user_id()
path = "/users/%s/application_credentials" % user_id
body = {"application_credential": {"name": "ci", "roles": [{"name": "reader"}]}}
made = own.post(path, json=body, endpoint_filter=service).json()["application_credential"]
results["application credential"] = login(
    identity.V3ApplicationCredential(
        BASE + "/v3",
        application_credential_id=made["id"],
        application_credential_secret=made["secret"],
    )
)
own.delete(path + "/" + made["id"], endpoint_filter=service)

results["refused"] = {
    "deleted application credential": refusal(
        identity.V3ApplicationCredential(
            BASE + "/v3",
            application_credential_id=made["id"],
            application_credential_secret=made["secret"],
        )
    ),
    "wrong password": refusal(identity.Password(BASE, **{**USER, "password": "wrong"}, **PROJECT)),
    "unknown user": refusal(identity.Password(BASE, **{**USER, "username": "nobody"}, **PROJECT)),
    "other domain": refusal(identity.Password(BASE, **{**USER, "user_domain_name": "x"}, **PROJECT)),
    "unknown project": refusal(
        identity.Password(BASE, **USER, project_name="nothing", project_domain_name="Default")
    ),
    "system": refusal(identity.V3Password(BASE + "/v3", **USER, system_scope="all")),
}

# A client whose token was taken away logs in again by itself, once.
before = own.get_token()
headers = {"X-Subject-Token": before}
own.delete("/auth/tokens", headers=headers, endpoint_filter=service)
projects = own.get("/auth/projects", endpoint_filter=service).json()["projects"]
results["logs in again"] = [before != own.get_token(), sorted(project["name"] for project in projects)]

json.dump(results, sys.stdout)
