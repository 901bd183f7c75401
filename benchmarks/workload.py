"""The objects of every benchmark: the same ones as manifests and as rows of the server.

Everything follows from a number, so that no list of it is ever held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CATEGORY_ID = 1001
SENDER = "15446859"
UNSUBSCRIBE = "0801234567"
PAGE = 1000

_BODY = """[Example] 안녕하세요 ##name## 고객님,
주문하신 상품 {number}번이 오늘 물류센터에서 출발했습니다.
받으시는 곳: ##address##
배송 조회: https://shop.example.com/t/##order##
궁금한 점은 1544-6859 로 전화하시거나 https://shop.example.com/help 를 보세요.
We have sent your order ##order## today, parcel {number} of the spring campaign.
Thank you for shopping with Example."""


def template(number: int) -> dict[str, str]:
    """Return what a template says, in the words of manifests."""
    return {
        "name": f"order-shipped-{number:06d}",
        "title": f"Your order is on its way, part {number}",
        "displayName": f"Order shipped {number}",
        "description": f"Sent when parcel {number} leaves the warehouse",
        "body": _BODY.format(number=number),
    }


def template_row(number: int) -> dict[str, Any]:
    """Return a template as NHN Cloud lists it."""
    one = template(number)
    return {
        "templateId": one["name"],
        "serviceId": 123456,
        "categoryId": CATEGORY_ID,
        "categoryName": "benchmark",
        "sort": 0,
        "templateName": one["displayName"],
        "templateDesc": one["description"],
        "useYn": "Y",
        "priority": "S",
        "sendNo": SENDER,
        "sendType": "1",
        "sendTypeName": "LMS/MMS 발송",
        "title": one["title"],
        "body": one["body"],
        "attachFileYn": "N",
        "delYn": "N",
        "createDate": "2026-01-02 03:04:05.0",
        "createUser": "ci-bot",
        "updateDate": "2026-01-02 03:04:05.0",
        "updateUser": "ci-bot",
        "attachFileList": [],
    }


def template_document(number: int) -> str:
    """Return a template's manifest."""
    one = template(number)
    body = one["body"].replace("\n", "\n    ")
    return f"""\
apiVersion: reconciler/v1
kind: Template
metadata:
  name: {one["name"]}
spec:
  displayName: {one["displayName"]}
  description: {one["description"]}
  category: benchmark
  sender: "{SENDER}"
  type: mms
  title: {one["title"]}
  body: |-
    {body}
"""


def tag_row(number: int) -> dict[str, Any]:
    """Return a tag as NHN Cloud lists it."""
    return {
        "tagId": f"tag{number:06d}",
        "tagName": f"segment-{number:06d}",
        "createdDate": "2026-01-02 03:04:05.0",
        "updatedDate": "2026-01-02 03:04:05.0",
    }


def tag_document(number: int) -> str:
    """Return a tag's manifest: about as much as a DNS record."""
    return f"""\
apiVersion: reconciler/v1
kind: Tag
metadata:
  name: segment-{number:06d}
spec: {{}}
"""


CATEGORY = """\
apiVersion: reconciler/v1
kind: Category
metadata:
  name: benchmark
spec: {}
"""


def account(url: str, *, concurrency: int = 8, rate: float = 100_000, name: str = "nhn") -> str:
    """Return the manifest of the account at the server; its key is in `BENCH_APP_KEY`."""
    return f"""\
apiVersion: reconciler/v1
kind: Provider
metadata:
  name: {name}
spec:
  type: nhncloud-sms
  baseUrl: {url}
  credentials:
    appKey: {{fromEnv: BENCH_APP_KEY}}
  limits:
    concurrency: {concurrency}
    requestsPerSecond: {rate}
    settleSeconds: 1
"""


ENVIRONMENT = {"BENCH_APP_KEY": "benchmark-app-key"}


def write_templates(folder: Path, count: int, *, files: bool = False) -> Path:
    """Write manifests of a category and `count` templates, into one file or one each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "category.yaml").write_text(CATEGORY, encoding="utf-8")
    if files:
        for number in range(count):
            path = folder / f"{number:06d}.yaml"
            path.write_text(template_document(number), encoding="utf-8")
        return folder
    with (folder / "templates.yaml").open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(f"---\n{template_document(number)}")
    return folder


def write_tags(folder: Path, count: int) -> None:
    """Write manifests of `count` tags into one file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tags.yaml").open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(f"---\n{tag_document(number)}")


def write_account(folder: Path, url: str, **limits: float) -> None:
    """Write the account's manifest, and an empty project file so that this folder is the root."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Project\nspec: {}\n", encoding="utf-8"
    )
    (folder / "account.yaml").write_text(account(url, **limits), encoding="utf-8")  # type: ignore[arg-type]


def number(index: int) -> str:
    """Return a phone number; in no order, as lists of people are."""
    return f"010{(index * 7919 + 13) % 100_000_000:08d}"


def numbers(first: int, last: int) -> Iterator[str]:
    """Yield phone numbers `first` to `last` (not included), all different."""
    return map(number, range(first, last))


def write_block_list(folder: Path, count: int, *, extra: int = 0) -> None:
    """Write a block list of a file of `count` numbers and `extra` further ones."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "numbers.txt").open("w", encoding="ascii") as file:
        for each in numbers(0, count + extra):
            file.write(f"{each}\n")
    manifest = f"""\
apiVersion: reconciler/v1
kind: BlockList
metadata:
  name: opted-out
spec:
  unsubscribeNumber: "{UNSUBSCRIBE}"
  recipientsFrom:
    - file: numbers.txt
"""
    (folder / "blocklist.yaml").write_text(manifest, encoding="utf-8")


def envelope(rows: list[str], *, page: int, size: int, total: int) -> bytes:
    """Return a page of a list as NHN Cloud answers it; rows are JSON already."""
    header = '{"isSuccessful":true,"resultCode":0,"resultMessage":"success"}'
    data = ",".join(rows)
    text = (
        f'{{"header":{header},"body":{{"pageNum":{page},"pageSize":{size},'
        f'"totalCount":{total},"data":[{data}]}}}}'
    )
    return text.encode()


def compact(value: Any) -> str:
    """Return JSON as servers write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
