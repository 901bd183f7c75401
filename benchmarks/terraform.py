"""A plan without changes of 1,000 objects at 50 ms, against Terraform's of as many SES templates.

Terraform runs when it is on PATH and its AWS provider is found: in one of the folders it looks in
by itself, or in the filesystem mirror that `BENCH_TERRAFORM_MIRROR` names. Nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Took, middle, run
from benchmarks.projects import in_step, scratch
from benchmarks.server import Served
from benchmarks.table import Row, at_least, told

COUNT = 1_000
LATENCY = 0.05
RECORDED = 31.0
"""Seconds, Terraform 1.11.4 and AWS provider on two shared cores; shown, never compared with."""
TIMES = 5
_PROVIDER = "registry.terraform.io/hashicorp/aws"
_MIRRORS = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)

_MAIN = """\
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}
provider "aws" {{
  region                      = "us-east-1"
  access_key                  = "benchmark"
  secret_key                  = "benchmark"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  endpoints {{ ses = "{url}" }}
}}
resource "aws_ses_template" "all" {{
  count   = {count}
  name    = "template-${{count.index}}"
  subject = "Subject"
  text    = "Body"
}}
"""


def measure() -> Iterator[Row]:
    """Measure ours, and Terraform's where it is there."""
    with in_step(COUNT, latency=LATENCY) as project:
        ours = middle([project.plan() for _ in range(TIMES)], lambda t: t.wall)
    what = f"plan without changes, {COUNT:,} objects at {LATENCY * 1000:.0f} ms, wall"
    mirror = _mirror()
    if mirror is None:
        words = f"{RECORDED:.0f} s, recorded elsewhere (Terraform is not here)"
        yield told(what, ours=f"{ours:.2f} s", reference=words)
        return
    took = _terraform(mirror)
    yield at_least(
        what,
        ours=ours,
        reference=took.wall,
        bar=20,
        ours_text=f"{ours:.2f} s",
        reference_text=f"{took.wall:.1f} s: Terraform ({took.cpu:.0f} s CPU, {took.mib:.0f} MiB)",
    )


def _mirror() -> Path | None:
    """Return the folder that has the provider, if Terraform itself is there too."""
    if shutil.which("terraform") is None:
        return None
    named = os.environ.get("BENCH_TERRAFORM_MIRROR")
    for folder in [named] if named else _MIRRORS:
        path = Path(folder).expanduser()
        if (path / _PROVIDER).is_dir():
            return path
    return None


def _terraform(mirror: Path) -> Took:
    with scratch() as folder, Served(latency=LATENCY) as server:
        main = _MAIN.format(url=server.url, count=COUNT)
        (folder / "main.tf").write_text(main, encoding="utf-8")
        (folder / "terraform.tfstate").write_text(json.dumps(_state()), encoding="utf-8")
        # Whatever this machine's Terraform is configured with is left out.
        env = {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        run(["terraform", "init", f"-plugin-dir={mirror}"], cwd=folder, env=env)
        plan = ["terraform", "plan", "-no-color", "-lock=false", "-input=false"]
        took = run(plan, cwd=folder, env=env)
        assert "No changes" in took.out, took.out[-500:]
        assert server.stats()["requests"] >= COUNT
    return took


def _state() -> dict[str, object]:
    """Return a state in which all templates exist."""
    instances = [
        {
            "index_key": number,
            "schema_version": 0,
            "attributes": {
                "arn": f"arn:aws:ses:us-east-1::template/template-{number}",
                "html": "",
                "id": f"template-{number}",
                "name": f"template-{number}",
                "subject": "Subject",
                "text": "Body",
            },
            "sensitive_attributes": [],
        }
        for number in range(COUNT)
    ]
    return {
        "version": 4,
        "terraform_version": "1.5.0",
        "serial": 1,
        "lineage": "00000000-0000-4000-8000-000000000000",
        "outputs": {},
        "resources": [
            {
                "mode": "managed",
                "type": "aws_ses_template",
                "name": "all",
                "provider": f'provider["{_PROVIDER}"]',
                "instances": instances,
            }
        ],
    }
