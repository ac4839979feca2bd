"""Talks of colleagues with the IT support: VPN, wireless network, printers, passwords."""

from __future__ import annotations

from typing import Final

from gateway.demo.script import Talk

TALKS: Final = (
    Talk(
        "yan", "5 08:58", menu="vpn", host="wu", way="unsolved", subject="VPN 809 报错，平江路店连不上",
        tags=("vpn",),
        handler="wu", urgency="high",
        said="""
        c: VPN 连不上了，报 809 {screen}
        a: 早，我是吴桐。昨天还能用吗？
        c: 昨天下班还好的
        a: 请把日志发我一下：托盘图标右键 → 导出日志。
        c: {log}
        a: 日志里写设备证书过期了。全店几台电脑都这样吗？
        c: 两台收银的也不行
        ben# 证书是去年今天批量签的，恐怕所有门店今天都会过期。我去看证书服务器。
        a: 是证书到期，我们正在批量续签，十点前推送到各店，到时候重启一次就好。
        c: 好，先用手工单顶着
        """,
        after="""
        +20m ben# 确认：112 台设备的证书今天到期，自动续签任务上个月就停了。
        +2m ben> tag 证书
        +1m ben> impact high
        +35m wu: 续签已推送，请重启电脑再连一次。
        +25m c: 三台都好了 👍
        +10m wu[solved]: 好的。续签任务也修好了，以后会提前 30 天自动续。
        """,
    ),
    Talk(
        "huali", "5 09:31", menu="vpn", host="ben", subject="杭州店 VPN 证书过期", tags=("vpn", "证书"),
        rating=(5, "十分钟搞定"),
        said="""
        c: 杭州店 VPN 也连不上
        a: Hi, same cause as in Suzhou: 设备证书今天到期。续签已经推送。
        a: 请重启一次电脑再试。
        +8m c: 好了
        a: 👌
        """,
    ),
    Talk(
        "jinze", "5 13:10", menu="printer", host="wu", subject="仓库面单打印机打歪", tags=("打印机",),
        rating=(5, "吴工威武"),
        said="""
        c: 2 号面单打印机打出来都偏 5 毫米
        a: 换过纸卷吗？
        c: 早上换了新的
        a: 新纸卷窄 2 毫米，需要重新校准：开机时按住进纸键，红灯闪两下松手，它会自己走三张。
        +4m c: 走了三张，现在正了
        a: 好的，以后换不同规格的纸都要做一次。
        """,
    ),
    Talk(
        "ravi", "4 09:18", menu="printer", host="ben", channel="demo-en",
        subject="Receipt printer prints blank paper",
        tags=("printer",), rating=(5, "Quick and friendly"),
        said="""
        c: Hi Ben, the receipt printer feeds paper but nothing is on it
        a: Morning Ravi. Thermal paper only prints on one side. Scratch it with a fingernail: which side turns dark?
        c: the inner side
        a: Then the roll is in backwards. Turn it round so that the outer side faces the head.
        +2m c: 😅 works
        a: Happens to all of us.
        """,
    ),
    Talk(
        "tom", "4 11:44", menu="password", host="ben", channel="demo-en", subject="Locked out after holiday",
        tags=("password",),
        said="""
        c: back from three weeks off and my account is locked
        a: Welcome back, Tom. It locks after 20 days without a sign-in. Are you at your usual laptop?
        c: yes
        a: I've sent a push to your phone to confirm it's you.
        c: confirmed
        a: Unlocked. You will be asked for a new password at the next sign-in.
        c: in. thanks!
        """,
    ),
    Talk(
        "yan", "4 15:02", menu="wifi", host="wu", way="unsolved", subject="平江路店 Wi-Fi 时断时续", tags=("wifi",),
        handler="wu",
        said="""
        c: 店里 Wi-Fi 每隔十几分钟断一次，扫码点单都受影响
        a: 顾客的网络也断吗，还是只有收银？
        c: 都断
        a: 我看到店里的 AP 一直在换信道，隔壁新开的店信号很强。我先固定到 149 信道，观察一天。
        c: 好
        """,
        after="""
        +19h c: 今天还是断了两次，都在中午
        +40m wu# 中午断电重启的可能性大，AP 接在灯箱同一路电上？需要去现场。
        +5m wu[pending]: 约了明天上午 10 点到店检查供电，请帮忙留一把配电箱钥匙。
        """,
    ),
    Talk(
        "jinze", "3 09:47", menu="printer", host="wu", way="unsolved", subject="A4 打印机卡纸，报 13.20",
        tags=("打印机",), handler="wu",
        said="""
        c: 办公室 A4 打印机老是卡纸，代码 13.20
        a: 先把后盖打开，看看定影器那里有没有碎纸。
        c: 有一小片，拿出来了，还是卡
        a: 那是取纸轮老化了，我申请一套新的，明后天到。
        c: 这两天怎么办
        a: 可以先用 2 楼的彩打，驱动我远程给你装好。
        """,
        after="""
        +3h wu# 取纸轮 RM2-5452，采购单 PO-1187。
        +1m wu> pending conditions
        +45h wu: 配件到了，今天下午 4 点来换。
        """,
    ),
    Talk(
        "huali", "3 17:05", menu="password", host="ben", subject="新同事开通账号", tags=("账号",), rating=(5, ""),
        said="""
        c: 新同事下周一入职，账号怎么开
        a: 你好，请发姓名、岗位和入职日期。
        c: 罗佳，店员，下周一
        a: 建好了，初始密码会在周一早上发到你的手机，请当面交给她。
        c: 好的
        """,
    ),
    Talk(
        "tom", "2 10:16", menu="vpn", host="ben", channel="demo-en", subject="VPN drops on hotel Wi-Fi",
        tags=("vpn",),
        rating=(4, "Worked on port 443"),
        said="""
        c: VPN connects for a minute, then drops. I'm in a hotel
        a: Many hotels block UDP. In the client: Settings → Transport → "TCP 443 only".
        c: trying
        +3m c: stable so far!
        a: Good. It's a little slower, so switch back when you're home.
        """,
    ),
    Talk(
        "yan", "2 16:33", menu="printer", host="wu", subject="标签机色带用完", tags=("打印机",),
        said="""
        c: 标签机提示 ribbon out，库房还有色带吗
        a: 有的，A 柜第二层，型号 110×74 蜡基，装的时候墨面朝外。
        c: 找到了，装好了
        a: 👍
        """,
    ),
    Talk(
        "ravi", "1 09:55", menu="wifi", host="ben", channel="demo-en", way="unsolved",
        subject="Guest Wi-Fi for the pop-up in Singapore", tags=("wifi", "event"), handler="ben",
        said="""
        c: We open on Saturday and need guest Wi-Fi for about 80 people
        a: Does the mall give you a wired line?
        c: yes, 200 Mbit/s, one port
        a: Then I'll send two access points and a pre-configured switch today. You only plug them in.
        c: great, please mark the box FRAGILE this time 😉
        a: In big red letters.
        """,
        after="""
        +5h ben: Shipped with DHL 5521 880 417, arrives Thursday. A drawing of the cables is in the box.
        +1m ben> pending customer
        """,
    ),
    Talk(
        "jinze", "35m", menu="vpn", host="wu", subject="远程桌面很卡", tags=("vpn",), rating=(4, ""),
        said="""
        c: 在家连仓库的远程桌面特别卡
        a: 把远程桌面的「体验」调成低速宽带，再关掉打印机和声音的重定向试试。
        c: 好多了
        a: 嗯，VPN 线路现在也有点忙，晚点会更好。
        """,
    ),
)  # fmt: skip
