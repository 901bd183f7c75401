"""Manifests as text, for tests of the command line."""

NHN = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec: {type: nhncloud-sms, credentials: {appKey: {fromEnv: K}}}
"""
ENGAGELAB = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: el}
spec:
  type: engagelab-sms
  credentials: {devKey: {fromEnv: K}, devSecret: {fromEnv: S}}
---
apiVersion: reconciler/v1
kind: Signature
metadata: {name: shop}
spec: {displayName: Shop}
---
apiVersion: reconciler/v1
kind: Template
metadata: {name: shipped}
spec: {category: utility, countries: [US], body: "Order {order_no}", signature: shop}
"""
"""A signature, and a template that uses it: both are reviewed."""


def resource(kind, name, spec="{}", *, labels="{}", lifecycle=None):
    """Write a manifest."""
    metadata = f"{{name: {name}, labels: {labels}}}"
    text = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {metadata}\nspec: {spec}\n"
    return text + (f"lifecycle: {lifecycle}\n" if lifecycle else "")
