"""Tickets that did not begin as conversations: by form, mail, telephone, WeChat, API, and by hand. Pure."""

from __future__ import annotations

from typing import Final

from gateway.demo.script import Story

TICKETS: Final = (
    # --- Customers, in the first days: solved, some of them closed by now
    Story(
        "5 08:20", "email", "请问门店营业时间", customer="taoran", node="shop", tags=("门店",),
        said="""
        c: 您好，想问一下上海门店周末几点开门？
        +40m lin[solved]: 您好，周末 10:00 – 21:00，周一店休。欢迎来坐坐喝茶。
        +4d c: 周一去了没开门，原来周一店休…… 节假日也休吗？
        """,
    ),
    Story(
        "5 09:02", "phone", "电话：客户催要云岭合同扫描件", customer="lvming", by="lin", node="bulk", handler="lin",
        tags=("大客户", "合同"), urgency="high",
        said="""
        lin# 吕总来电（09:02，3 分钟）：上季度框架合同的双章扫描件，法务归档要用，今天要。
        +50m lin: 吕总您好，双章扫描件已发到您邮箱，请查收。
        +4h c: 收到了，谢谢
        +10m lin> solve
        """,
    ),
    Story(
        "5 10:44", "web_form", "发票邮箱写错了", customer="zhaomin", node="einvoice", tags=("发票",),
        said="""
        c: 电子发票发到了错误的邮箱，请重新发送到 zhaomin77@mail.example，谢谢！
        +55m lin> take
        +5m lin[solved]: 已重新发送，请查收。
        """,
    ),
    Story(
        "5 11:30", "api", "Shop: payment callback timed out 14 times", by="system", node="it", handler="ben",
        type="incident",
        urgency="high", impact="high", tags=("monitoring", "payment"),
        said="""
        system# shop-monitor: POST /callbacks/pay answered 504 for 14 of 20 requests between 11:21 and 11:29.
        +6m ben# The pool of database connections is exhausted since the release at 11:00. Rolling back.
        +12m ben# Rolled back, callbacks are answered again. 14 payments replayed by hand, none lost.
        +5m ben> star
        +20m ben> solve
        """,
    ),
    Story(
        "5 14:10", "wechat", "公众号：茶友会报名", customer="qian", node="shop", tags=("活动",),
        said="""
        c: 周六的茶友会还有名额吗？我想带一位朋友
        +15m chen> take
        +2m chen: 还有 3 个名额，给您留两个，周六 14:00，平江路店二楼。
        +30m c: 好的！到时候见
        +5m chen> solve
        """,
    ),
    Story(
        "4 08:45", "web_form", "Partnership with a tea magazine", customer="amelie", node="bulk", tags=("press",),
        said="""
        c: Hello, I write for a small tea magazine in Lyon. May I borrow pictures of your Fuding farms?
        +3h ann> take
        +20m ann[pending]: With pleasure, Amélie. Which issue is it for, and until when do you need them?
        +22h c: For the next issue, so by the end of the month.
        +4h ann[solved]: Here is a folder with twelve pictures; please name the photographer, Gu Yan.
        """,
    ),
    Story(
        "4 10:12", "email", "云岭：请更新开票信息", customer="zhangting", node="vat", tags=("大客户", "发票"),
        cc=("zhou",),
        said="""
        c: 您好，集团下月起更换开户行，新的开票信息见附件，请更新。{orders}
        +2h lin> take
        +25m lin# 与去年合同里的税号核对过，一致。
        +3m lin[solved]: 张经理您好，开票信息已更新，下一张发票起生效。
        """,
    ),
    Story(
        "4 11:15", "agent", "季度盘点：退货区清理", by="zhou", group="after", handler="maya", type="task",
        urgency="low",
        tags=("内部",), cc=("ann",),
        said="""
        zhou# 退货区积压 60 多件，请按「可二次销售 / 报损 / 退供应商」三类处理。
        +5h maya# 可二次销售 41 件已上架，报损 9 件拍了照。
        +22h maya# 退供应商 12 件，等物流来取。
        +1m maya> pending conditions
        """,
    ),
    Story(
        "4 13:20", "phone", "Call: wants a call back about a damaged cake", customer="marco", by="maya",
        node="damaged",
        handler="maya", tags=("call-back", "damaged"), urgency="high",
        said="""
        maya# Marco called (13:20, 6 min). The Pu'er cake broke in two. He doesn't mind, but wants a small discount.
        +20m maya: Hi Marco, as we said on the phone: €5 back to your card today. Broken cakes taste just the same 😉
        +3h c: Thanks, that's fair.
        +5m maya> solve
        """,
    ),
    Story(
        "4 16:30", "web_form", "希望出小包装熟普", customer="caoyu", node="taste", tags=("建议",), type="request",
        said="""
        c: 建议出 7 克小沱，办公室一人一泡正好，整饼不好撬。
        +16h chen> take
        +10m chen: 谢谢建议！小沱正在试压，第一批会请老客户试喝，给您留一份。
        +1m chen> tag 新品
        """,
    ),
    # --- Work that is under way
    Story(
        "4 09:00", "agent", "新员工 IT 入职包：罗佳", by="zhou", node="rights", handler="ben", tags=("入职",),
        said="""
        zhou# 下周一入职杭州店：收银账号、企业微信、门店邮箱、工牌。
        +4h ben# 邮箱、企业微信好了；收银账号要等门店确认岗位。
        +1m ben> pending conditions
        """,
    ),
    Story(
        "3 08:30", "api", "Warehouse scanner 07 offline since 06:12", by="system", node="device", type="incident",
        urgency="high",
        tags=("monitoring", "warehouse"),
        said="""
        system# host-monitor: scanner-07 (Shanghai warehouse) has not been seen since 06:12.
        +25m wu> take
        +10m wu# 电池鼓包，已停用，换上备机 scanner-11。供应商保修到明年 3 月。
        +2m wu> urgency low
        +1m wu> tag 保修
        +3h wu# 已寄修，RMA 55021。
        +1m wu> pending conditions
        """,
    ),
    Story(
        "3 09:35", "wechat", "公众号：门店茶具能不能刻字", customer="fengl", node="gifts", tags=("定制",),
        impact="low",
        said="""
        c: 想给老公买钛壶，可以刻名字吗？
        +20m lin> take
        +3m lin: 可以，激光刻字 20 元，最多 8 个字，三天左右发货。
        +2h c: 刻「山河远阔」可以吗
        +6m lin: 很好看！下单时写在备注里就行。
        +1m lin> pending customer
        """,
    ),
    Story(
        "3 12:40", "email", "Invoice for our accountant (two copies)", customer="lucas", node="einvoice",
        tags=("invoice",),
        said="""
        c: Hello, could you send last month's invoices once more, addressed to Meyer GmbH? Thanks, Lucas
        +17h ben> assign central lin
        +3h lin[pending]: Hello Lucas, we need the VAT number of Meyer GmbH for that. Could you send it?
        +20h c: DE 811 204 399
        """,
    ),
    Story(
        "3 19:10", "web_form", "Allergen list of all teas", customer="isla", node="taste", tags=("allergy",),
        urgency="medium",
        said="""
        c: I run a small tea room and need an allergen list for all your teas. Is there one in English?
        +14h maya> take
        +40m maya# Legal wants to look at it first. Zhou has the table from the lab.
        +1m maya> assign sales maya
        +2m maya: Hello Isla, there is; our lab is updating it this week. You'll have it by Friday.
        """,
    ),
    Story(
        "2 08:35", "agent", "全体：新版开箱视频放进退货说明", by="ann", group="after", handler="han", type="task",
        urgency="low",
        impact="medium", tags=("内部", "文档"), cc=("zhou", "maya"),
        said="""
        ann# Please add the new unboxing video to the page about returns, in both languages, before the weekend.
        +5h han# 中文页面已更新，英文字幕请 Maya 校对。
        +3h maya# Subtitles done.
        """,
    ),
    Story(
        "2 09:20", "phone", "电话：门店收银机死机", customer="taoran", by="wu", node="laptop", handler="wu",
        urgency="high",
        impact="high", tags=("收银",),
        said="""
        wu# 平江路 2 号收银机蓝屏，内存报错，已远程重启三次。顾客在排队，先让一号机收。
        +30m wu# 内存条松动的可能性大，带一条备件过去。
        +4h wu: 内存已更换，压力测试一小时没有报错。
        +2m wu> star
        +18h c: 今天早上又蓝屏一次
        """,
    ),
    Story(
        "2 11:42", "email", "Fwd: supplier sent the wrong cartons", by="han", group="after", handler="han",
        customer="peter",
        tags=("wholesale",),
        urgency="medium", impact="high", cc=("chen", "logistics@carrier.example"),
        said="""
        han: Dear Peter, our supplier packed 200 g cartons instead of 250 g. May we deliver them at the lower price?
        +20h c: Hi, that works for us if they come this week.
        """,
    ),
    Story(
        "2 14:15", "web_form", "退款还没到账", customer="hanmei", node="thirty", tags=("退款", "投诉"),
        urgency="high",
        said="""
        c: 说好一天退款，今天第三天了！！
        +35m han> take
        +10m han: 韩女士，非常抱歉，退款昨天已从我们账户发出，银行入账一般 1 到 3 个工作日。凭证见附件。{orders}
        +20h c: 还是没有！我要投诉
        """,
    ),
    Story(
        "2 17:50", "api", "Order LL-20931: total differs from the quotation", customer="kongwen", node="bulk",
        tags=("对账",),
        said="""
        c: 系统提示：订单 LL-20931 的总额与报价单相差 360.00 元，请核对。{orders}
        +15h chen> take
        +30m chen# 茶布按 40 块计价，报价单写的是 80 块半价。等孔老师确认数量。
        +2m chen[pending]: 孔老师您好，茶布是按 40 块还是 80 块？报价单上两处不一致，我们按您说的改。
        """,
    ),
    Story(
        "1 08:42", "email", "Change of delivery day: please Tuesdays only", customer="peter", node="address",
        tags=("wholesale",),
        said="""
        c: Our store room is only open on Tuesdays from now on. Could all deliveries come on that day?
        +3h maya> take
        +20m maya# The carrier can do it from next week on. Written to their dispatcher.
        """,
    ),
    # --- New: nobody has taken these yet
    Story(
        "1 12:05", "web_form", "企业团购 60 份礼盒", customer="caoyu", node="gifts", tags=("企业", "礼盒"),
        said="""
        c: 想订 60 份礼盒，预算每份 200 元左右，可以寄到三个校区吗？
        """,
    ),
    Story(
        "1 17:15", "email", "Lantern in the attic of our B&B", customer="sofia", node="care", tags=("gear",),
        said="""
        c: Can the paper lantern stay outside under a roof in winter, or will the paper suffer?
        """,
    ),
    Story(
        "1 21:20", "wechat", "公众号：茶罐可以回收吗", customer="heqing", node="care", tags=("环保",),
        said="""
        c: 家里攒了十几个空罐子，你们回收吗？
        """,
    ),
    Story(
        "240m", "web_form", "会员积分兑换失败", customer="weina", node="points", tags=("积分", "会员"),
        said="""
        c: 用 2000 分换茶布，页面一直转圈，积分已经扣了，东西没有。
        """,
    ),
    Story(
        "110m", "api", "Certificate of shop.lanternleaf.example expires in 13 days", by="system", group="it",
        type="task",
        tags=("monitoring", "certificate"), urgency="medium", impact="high",
        said="""
        system# cert-monitor: CN=shop.lanternleaf.example expires in 13 days, automatic renewal failed twice (DNS).
        """,
    ),
    Story(
        "12m", "email", "Gift order before Sunday?", customer="hannah", node="gifts", tags=("gift",), urgency="high",
        impact="low",
        said="""
        c: Hello! If I order two gift boxes tonight, can they be in Berlin by Sunday? It's for my father's 70th.
        """,
    ),
    # --- What stays outside, and what was thrown away
    Story(
        "2 07:12", "email", "URGENT: your mailbox is full", group="it", by="system", quarantine="unknown_sender",
        said="""
        system: Dear user, your mailbox lanternleaf is full. Click here within 24 hours to keep your messages.
        """,
    ),
    Story(
        "1 06:50", "email", "Cooperation proposal SEO", group="central", by="system", quarantine="unknown_sender",
        said="""
        system: Hello dear sir, we can put your shop on the first page of all search engines. Price list attached.
        """,
    ),
    Story(
        "1 10:30", "web_form", "asdfasdf", group="central", by="system", quarantine="non_compliant",
        said="""
        system: asdfasdf asdf
        """,
    ),
    Story(
        "3 10:05", "email", "重复：催要合同扫描件", customer="lvming", node="bulk", tags=("重复",),
        said="""
        c: 再催一下合同扫描件，昨天电话里说过。
        +20m lin# 和电话那张单是同一件事，已经发过了。
        +1m zhou> delete 与前一张电话工单重复
        """,
    ),
)  # fmt: skip
