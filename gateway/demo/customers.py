"""The demo's customers and the organizations that some of them belong to: data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from people.model import Language

#: key → what a person would type into the form of an organization; the first is the important one.
ORGANIZATIONS: Final[dict[str, dict[str, Any]]] = {
    "cloudridge": {
        "name": "云岭酒店集团 Cloudridge Hotels (VIP)",
        "domains": ("cloudridge.example",),
        "shares_tickets": True,
        "priority": 5,
    },
    "harbour": {
        "name": "Harbour Coffee Roasters",
        "domains": ("harbourcoffee.example",),
        "shares_tickets": True,
        "priority": 2,
    },
    "qinghe": {"name": "青禾书院 Qinghe Academy", "domains": ("qinghe.example",), "shares_tickets": True},
    "shops": {
        "name": "灯与叶门店 Our own shops",
        "domains": ("shops.lanternleaf.example",),
        "shares_tickets": False,
        "priority": 1,
    },
}


class Known(NamedTuple):
    """A customer; ``visits``: has a browser that we know from the web chat."""

    key: str
    name: str
    language: Language = "zh-CN"
    visits: bool = True
    email: str = ""
    phone: str = ""
    openid: str = ""
    organization: str | None = None
    note: str = ""
    fields: Mapping[str, str] = {}


CUSTOMERS: Final = (
    Known("zhaomin", "赵敏", phone="+86 138 1602 4471", email="zhaomin77@mail.example", fields={"会员等级": "银叶"}),
    Known("liuyang", "刘洋", phone="+86 139 0175 2280"),
    Known("sunli", "孙莉", email="sunli@mail.example", note="对茉莉花过敏，推荐时避开花茶。"),
    Known("qian", "钱进", phone="+86 186 2110 9034", openid="oLL-7c1f20b9qian", fields={"会员等级": "金叶"}),
    Known("zhouw", "周薇", email="zhouwei.tea@mail.example", phone="+86 135 2488 7712"),
    Known("wudi", "吴迪"),
    Known("zhengkai", "郑凯", phone="+86 137 6143 0096", email="kai.zheng@mail.example"),
    Known("fengl", "冯蕾", email="fenglei@mail.example", openid="oLL-19e4aa02feng"),
    Known("chu", "褚健", phone="+86 150 0211 3478"),
    Known("weina", "魏娜", email="weina@mail.example", fields={"会员等级": "金叶", "生日": "05-12"}),
    Known("jiang", "蒋涛", phone="+86 158 2196 5503"),
    Known("shenyi", "沈怡", email="shenyi@mail.example"),
    Known("hanmei", "韩梅", phone="+86 133 9188 2045"),
    Known("yangf", "杨帆", email="yangfan@mail.example", phone="+86 136 7152 8840"),
    Known("zhul", "朱琳", email="zhulin@mail.example"),
    Known("qinlan", "秦岚", phone="+86 180 1733 6619", note="常年订白茶，每季两饼。"),
    Known("xuhao", "许昊"),
    Known("heqing", "何晴", email="heqing@mail.example", openid="oLL-5d0c8877heqing"),
    Known(
        "lvming", "吕明", email="lv.ming@cloudridge.example", phone="+86 871 6531 2200", organization="cloudridge",
        note="云岭采购总监。大单先电话，再邮件确认。", fields={"职务": "采购总监"},
    ),
    Known(
        "shixin", "施欣", email="shi.xin@cloudridge.example", organization="cloudridge", fields={"职务": "客房部经理"}
    ),
    Known("zhangting", "张婷", email="zhang.ting@cloudridge.example", organization="cloudridge", visits=False),
    Known("kongwen", "孔文", email="kongwen@qinghe.example", phone="+86 512 6828 1190", organization="qinghe"),
    Known("caoyu", "曹宇", email="caoyu@qinghe.example", organization="qinghe", visits=False),
    Known(
        "yan", "严冬", email="yan.dong@shops.lanternleaf.example", organization="shops", fields={"门店": "苏州平江路"}
    ),
    Known(
        "huali", "华丽", email="hua.li@shops.lanternleaf.example", organization="shops", fields={"门店": "杭州河坊街"}
    ),
    Known(
        "jinze", "金泽", email="jin.ze@shops.lanternleaf.example", organization="shops", fields={"门店": "上海仓库"}
    ),
    Known("taoran", "陶然", email="tao.ran@shops.lanternleaf.example", organization="shops", visits=False),
    Known(
        "emily", "Emily Hart", "en", email="emily.hart@post.example", phone="+44 20 7946 0112",
        fields={"Ships to": "London"},
    ),
    Known("daniel", "Daniel Kim", "en", email="daniel.kim@post.example"),
    Known("sofia", "Sofia Rossi", "en", email="sofia@post.example", phone="+39 055 0194 882"),
    Known(
        "lucas", "Lucas Meyer", "en", email="lucas.meyer@post.example", note="Prefers e-mail. Answers in the evening."
    ),
    Known("grace", "Grace Liu", "en", phone="+1 415 555 0143", email="grace.liu@post.example"),
    Known("noah", "Noah Bennett", "en"),
    Known("isla", "Isla Campbell", "en", email="isla.c@post.example"),
    Known("marco", "Marco Silva", "en", email="marco.silva@post.example", visits=False),
    Known("hannah", "Hannah Vogel", "en", email="h.vogel@post.example", phone="+49 30 5550 2214"),
    Known(
        "olivia", "Olivia Grant", "en", email="olivia@harbourcoffee.example", phone="+61 3 5550 7781",
        organization="harbour", fields={"Position": "Head of buying"},
    ),
    Known("peter", "Peter Walsh", "en", email="peter@harbourcoffee.example", organization="harbour"),
    Known("amelie", "Amélie Laurent", "en", email="amelie.laurent@post.example"),
    Known("ravi", "Ravi Menon", "en", email="ravi.menon@shops.lanternleaf.example", organization="shops",
          fields={"Shop": "Singapore pop-up"}),
    Known("tom", "Tom Fischer", "en", email="tom.fischer@shops.lanternleaf.example", organization="shops"),
)  # fmt: skip
