"""Manifests as text, for tests of the command line."""

NHN = """\
apiVersion: reconciler/v1
kind: Provider
metadata: {name: nhn}
spec: {type: nhncloud-sms, credentials: {appKey: {fromEnv: K}}}
"""


def resource(kind, name, spec="{}", *, labels="{}", lifecycle=None):
    """Write a manifest."""
    metadata = f"{{name: {name}, labels: {labels}}}"
    text = f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {metadata}\nspec: {spec}\n"
    return text + (f"lifecycle: {lifecycle}\n" if lifecycle else "")
