"""Talks about returns, warranty, invoices and accounts."""

from __future__ import annotations

from typing import Final

from gateway.demo.script import Talk

TALKS: Final = (
    Talk(
        "zhouw", "5 10:15", menu="thirty", host="han", subject="三十天内退一饼熟普", tags=("退货",),
        rating=(5, "退货很爽快"),
        said="""
        c: 买了三饼熟普，拆了一饼，另外两饼想退
        a: 您好，没拆的两饼三十天内都可以退，运费我们出。
        c: 上门取吗
        a: 是的，明天上午 9 到 12 点顺丰上门，您把两饼放回原盒就好。
        c: 退款多久
        a: 仓库签收后一天内原路退回，共 276 元。
        c: 好的
        """,
    ),
    Talk(
        "fengl", "5 17:30", menu="lamp", host="han", way="unsolved", subject="折纸营灯只亮一半",
        tags=("保修", "营灯"),
        handler="han",
        said="""
        c: 营灯才用两个月，只有左边亮了 {lamp}
        a: 您好，看到照片了，应该是右侧灯带接触不良，在一年保修内。
        c: 怎么修
        a: 我们寄一个新的给您，旧的放进同一个盒子寄回，运费到付。
        c: 旧的电池能寄吗
        a: 可以，锂电池要走陆运，盒子上我们会贴好标签。
        """,
        after="""
        +3h han: 新灯已寄出，顺丰 SF 1180 2190 4471，盒子里有回寄标签。
        +1m han> pending customer
        +2d c: 新灯到了，旧的今天寄回
        +35m han[solved]: 谢谢配合！收到旧灯后保修重新计算一年。
        """,
    ),
    Talk(
        "chu", "4 10:02", menu="vat", host="lin", way="unsolved", subject="补开增值税专票", tags=("发票",),
        handler="lin",
        said="""
        c: LL-20902 要开专票，抬头是公司的
        a: 您好，请提供公司名称、税号、开户行和账号。
        c: 稍等我问财务
        +4m c: 上海澄光设计有限公司，税号 91310104MA1FXXXX0K，招行徐家汇支行，账号 1219 0881 9910 301
        a: 收到，专票需要两个工作日，电子版发到您预留的邮箱。
        """,
        after="""
        +26h lin[solved]: 专票已开具，电子版发到您邮箱，请查收。
        """,
    ),
    Talk(
        "heqing", "4 15:18", menu="signin", host="lin", subject="微信登录后看不到以前的订单", tags=("账户",),
        rating=(4, "解决了"),
        said="""
        c: 用微信登录以后以前的订单都没了
        a: 您好，您以前是用手机号注册的，两个账户还没有合并。
        c: 怎么合并
        a: 我发一个验证码到您手机，您把收到的验证码填在页面上就行，不要发给我。
        +3m c: 填好了，都回来了！
        a: 积分也一起合并了，一共 1,260 分。
        """,
    ),
    Talk(
        "zhul", "4 16:05", menu="quality", host="han", way="unsolved", subject="收到的肉桂有烟味",
        tags=("质量", "退款"),
        handler="han",
        said="""
        c: 肉桂有一股很重的烟味，跟以前买的不一样
        a: 您好，新焙的岩茶会有火味，一般一两个月退火后会散。您方便说一下批号吗？
        c: 罐底 WY-1008
        a: 这批是上个月刚复焙的。您可以先存一个月，也可以现在退。
        c: 我想退
        a: 没问题，给您办全额退款，茶不用寄回，留着一个月后再尝尝看。
        """,
        after="""
        +1h han# 同批号已有 2 位客户反映火味，转给采购看看要不要在详情页写明「新焙」。
        +2m han> tag 新焙
        +23h han[solved]: 退款 228 元已原路退回，请留意到账。
        """,
    ),
    Talk(
        "jinze", "3 08:52", menu="thirty", host="maya", subject="仓库收到无单号退件", tags=("门店", "退货"),
        said="""
        c: 上海仓收到一个没有退货单号的包裹，寄件人写「王」
        a: 里面是什么？
        c: 两罐白牡丹，没开封
        a: 我查一下最近的退货申请…… 是 LL-20774 的王女士，单号她忘了写。
        c: 那我按 LL-20774 入库
        a: 对，谢谢 🙏
        """,
    ),
    Talk(
        "qian", "3 10:40", menu="einvoice", host="lin", subject="电子发票抬头写错", tags=("发票",), rating=(5, ""),
        said="""
        c: 发票抬头少了一个字，能重开吗
        a: 您好，可以，原来的红冲后重开，请发正确的抬头。
        c: 杭州远山文化传播有限公司
        a: 重开好了，五分钟内到您邮箱。
        c: 收到，谢谢
        """,
    ),
    Talk(
        "zhaomin", "3 14:28", menu="quality", host="maya", subject="茶罐打不开", tags=("质量",),
        rating=(4, "方法有效"),
        said="""
        c: 新到的铁罐盖子死活打不开 😂
        a: 您好，可能是运输温差造成的负压。用热毛巾捂罐盖一分钟，再沿边轻轻撬。
        +5m c: 开了！
        a: 太好了，下次放室温半小时再开就不会这么紧。
        """,
    ),
    Talk(
        "hanmei", "2 09:45", menu="thirty", host="han", way="refused", subject="要求退三年前的茶", tags=("退货",),
        reason="购买已超过三年且已全部饮用，不符合退货条件；已向客户说明",
        said="""
        c: 三年前买的茶不好喝，我要退
        a: 韩女士您好，超过三十天又已经喝完的，我们没有办法退。
        c: 那我就打 12315
        a: 您有这个权利。我们可以送您一张 20 元的券，表示一点心意。
        c: 不要券，就要退
        a: 很抱歉，这个确实不能退，还请理解。
        """,
    ),
    Talk(
        "jiang", "2 15:55", menu="lamp", host="han", way="unsolved", subject="营灯充不进电", tags=("保修", "营灯"),
        group="after",
        said="""
        c: 营灯充一晚上还是红灯
        a: 您好，请换一根数据线和 5V 的充电头试试，快充头有时候不认。
        c: 换了三个了
        a: 那需要检测电池板，我给您登记保修。
        c: 要等多久？下周要去露营
        a: 我问一下能不能先寄一个备用的给您。
        """,
        after="""
        +18h c: 有消息了吗？周五就出发了
        """,
    ),
    Talk(
        "kongwen", "1 11:10", menu="vat", host="lin", way="unsolved", subject="书院对公付款与发票流程",
        tags=("发票", "对公"),
        handler="lin",
        said="""
        c: 校庆茶礼要走对公付款，先开票还是先付款？
        a: 孔老师好，都可以。先开票的话需要签一份简单的合同。
        c: 我们财务要求先见票
        a: 明白，我把合同模板发您邮箱，盖章回传后当天开票。
        c: 好的谢谢
        """,
        after="""
        +2h lin[pending]: 合同模板已发到 kongwen@qinghe.example，盖章扫描回传即可。
        """,
    ),
    Talk(
        "zhengkai", "1 16:40", menu="signin", host="ben", subject="收不到登录验证码", tags=("账户",), rating=(3, ""),
        said="""
        c: 一直收不到短信验证码
        a: 您好，请看看短信是否被拦截到了「通知类」。
        c: 没有
        a: 我看到运营商那边有延迟，刚刚恢复了，请再试一次。
        +3m c: 这次收到了
        """,
    ),
    Talk(
        "heqing", "65m", menu="thirty", host="han", way="unsolved", subject="尺寸不合适，换大号茶布", tags=("换货",),
        handler="han",
        said="""
        c: 茶布买小了，想换 60 厘米的
        a: 您好，可以换，差价 20 元。小的没用过吧？
        c: 没用过，吊牌还在
        a: 好的，顺丰明天上门取，新的今天就发。
        """,
    ),
    Talk(
        "xuhao", "1 20:35", menu="thirty", way="waited", subject="退货运费谁出", tags=("退货",),
        said="""
        c: 请问退货运费谁出？
        +9m c: 还要等多久呀
        """,
        form="我想退一罐没拆封的白牡丹（LL-21011），请问运费谁出？另外是上门取还是自己寄？谢谢。",
    ),
)  # fmt: skip
