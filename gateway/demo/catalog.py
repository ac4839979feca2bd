"""The demo's service catalog and the navigation menus that point at it: data. Pure."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ticketing.model import Level


class Service(NamedTuple):
    """An entry of the catalog; ``above`` is the key of the one above it."""

    key: str
    above: str | None
    name: str
    group: str | None = None
    type: str | None = None
    urgency: Level | None = None
    impact: Level | None = None


CATALOG: Final = (
    Service("shop", None, "选购咨询 Before you buy", "sales", "question", "low", "medium"),
    Service("tea", "shop", "茶 Tea"),
    Service("brewing", "tea", "怎么泡 How to brew", impact="low"),
    Service("taste", "tea", "口味推荐 What to choose"),
    Service("gear", "shop", "器物 Gear"),
    Service("care", "gear", "使用与保养 Use and care", impact="low"),
    Service("stock", "gear", "规格与库存 Specs and stock"),
    Service("bulk", "shop", "企业采购 Orders for companies", type="business", urgency="medium", impact="high"),
    Service("gifts", "bulk", "礼盒定制 Custom gift boxes"),
    Service("cafe", "bulk", "咖啡馆与酒店供货 Cafés and hotels"),
    Service("order", None, "订单与物流 Orders and delivery", "after", "request", "medium", "medium"),
    Service("parcel", "order", "物流 Delivery"),
    Service("where", "parcel", "包裹到哪了 Where is my parcel", type="question"),
    Service("damaged", "parcel", "破损与丢失 Damaged or lost", type="incident", urgency="high"),
    Service("customs", "parcel", "海关 Customs"),
    Service("edit", "order", "修改订单 Change an order"),
    Service("address", "edit", "改地址 Change the address", urgency="high", impact="low"),
    Service("cancel", "edit", "取消 Cancel"),
    Service("return", None, "退换与保修 Returns and warranty", "after", "request", "medium", "medium"),
    Service("back", "return", "退货 Returns"),
    Service("thirty", "back", "三十天内退货 Within thirty days"),
    Service("quality", "back", "质量问题 Quality", type="incident", urgency="high"),
    Service("warranty", "return", "保修 Warranty", type="incident"),
    Service("lamp", "warranty", "营灯 Lanterns"),
    Service("pot", "warranty", "壶具 Pots"),
    Service("account", None, "账户与发票 Accounts and invoices", "central", "request", "low", "medium"),
    Service("invoice", "account", "发票 Invoices"),
    Service("einvoice", "invoice", "电子发票 E-invoices", impact="low"),
    Service("vat", "invoice", "增值税专票 VAT invoices", urgency="medium"),
    Service("member", "account", "会员 Membership"),
    Service("signin", "member", "登录 Sign-in", type="incident", urgency="medium"),
    Service("points", "member", "积分 Points", impact="low"),
    Service("it", None, "内部 IT Internal IT", "it", "incident", "medium", "medium"),
    Service("network", "it", "网络 Network"),
    Service("vpn", "network", "远程接入 VPN", urgency="high"),
    Service("wifi", "network", "无线网 Wi-Fi", urgency="high", impact="high"),
    Service("device", "it", "设备 Devices"),
    Service("printer", "device", "打印机 Printers"),
    Service("laptop", "device", "电脑 Laptops", impact="low"),
    Service("access", "it", "账号与权限 Accounts and access"),
    Service("password", "access", "密码 Passwords", urgency="high", impact="low"),
    Service("rights", "access", "权限申请 Access requests", type="task", urgency="low"),
)

#: What the menus offer: entries of the first level, and below them those of the catalog's third.
OFFERED: Final = (
    ("shop", ("brewing", "taste", "care", "stock", "gifts", "cafe")),
    ("order", ("where", "damaged", "address", "customs")),
    ("return", ("thirty", "quality", "lamp")),
    ("account", ("einvoice", "vat", "signin")),
    ("it", ("vpn", "wifi", "printer", "password")),
)

#: channel → (prompt, label of the entry that is for everything else)
WORDS: Final = {
    "demo": ("请选择，或直接输入您的问题 Choose, or just ask:", "其他 Something else"),
    "demo-en": ("What is it about? Choose a number, or just ask.", "Something else"),
}


def english(name: str) -> str:
    """Return the English half of a name in two languages."""
    letters = [index for index, letter in enumerate(name) if letter.isascii() and letter.isalpha()]
    last_chinese = max((index for index, letter in enumerate(name) if letter > "\u2e7f"), default=-1)
    return name[next((index for index in letters if index > last_chinese), 0) :]


def menu(channel: str, ids: dict[str, str]) -> dict[str, Any]:
    """Return a channel's navigation menu; ``ids``: key → id of the catalog's entries."""
    names = {service.key: service.name for service in CATALOG}
    prompt, other = WORDS[channel]

    def label(key: str) -> str:
        return english(names[key]) if channel == "demo-en" else names[key]

    items: list[dict[str, Any]] = [
        {
            "id": key,
            "label": label(key),
            "items": [{"id": leaf, "label": label(leaf), "catalog_node_id": ids[leaf]} for leaf in leaves],
        }
        for key, leaves in OFFERED
    ]
    return {"prompt": prompt, "items": [*items, {"id": "other", "label": other}]}
