from reconciler.model.address import Address
from reconciler.model.change import Action, FieldChange
from reconciler.model.plan import Plan
from tests.support.changes import change

LONG = "안녕하세요 고객님, 주문하신 상품이 오늘 발송되었습니다. 배송 조회는 홈페이지에서 하실 수 있습니다. "
WIDTH = 60
PLAN = Plan(
    changes=(
        change(
            address=Address("nhn", "Template", "shipped"),
            action=Action.UPDATE,
            fields=(
                FieldChange(path="displayName", before="배송", after="배송 안내"),
                FieldChange(path="body", before=LONG, after=LONG + "감사합니다 🎉🎉🎉"),
                FieldChange(path="title", before="无空格的长标题" * 8, after="短"),
            ),
        ),
    ),
)
