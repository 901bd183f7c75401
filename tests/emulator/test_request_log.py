"""The log of requests that the emulator command writes."""

import pytest

from reconciler.emulator.pipeline import RequestLog
from reconciler.emulator.request_log import request_line


@pytest.mark.parametrize(
    ("path", "body", "status", "line"),
    [
        ("/nhncloud-sms/sms/v2.2/appKeys/k3y/tags", None, 200, "/appKeys/••••••/tags: 200"),
        ("/nhncloud-sms/x/appKeys/k/uids/u1/0101234-5678", None, 200, "/uids/u1/••••••: 200"),
        ("/nhncloud-sms/x/appKeys/k/categories/137612", None, 200, "/categories/137612: 200"),
        ("/octeth/api.php", {"Command": "E.AddAPI", "APIKey": "k3y"}, 200, "api.php E.AddAPI: 200"),
        ("/surenotify/v1/webhooks", [1], 400, "/v1/webhooks: 400"),
        ("/surenotify/v1/webhooks", None, None, "/v1/webhooks: connection dropped"),
    ],
)
def test_a_line_has_method_path_and_status_and_nothing_secret(path, body, status, line):
    shown = request_line(RequestLog("POST", path, body), status)
    assert shown.startswith("POST /")
    assert shown.endswith(line)
    assert "k3y" not in shown
