"""Talks about orders on their way: where, damaged, to another address, at the customs."""

from __future__ import annotations

from typing import Final

from gateway.demo.script import Talk

TALKS: Final = (
    Talk(
        "liuyang", "5 09:50", menu="where", host="han", subject="订单 LL-20817 三天没有物流", tags=("物流",),
        rating=(4, ""),
        said="""
        c: 我的订单 LL-20817 三天了没动静
        a: 您好，我是韩雪，马上帮您查。
        a: 包裹昨天在杭州中转场分拣时面单破损，已经补打，今天凌晨发出了，预计明天到。
        c: 能不能催一下，等着送人
        a: 已经给快递公司加了加急备注，明天下午 6 点前没到您随时找我。
        c: 好吧，谢谢
        """,
    ),
    Talk(
        "zhengkai", "5 13:41", menu="damaged", host="han", way="unsolved", subject="LL-20790 包裹压坏、茶罐变形",
        tags=("破损", "补发"), handler="han", urgency="high",
        said="""
        c: 收到的箱子一角全压烂了，还湿了一块 {parcel}
        a: 非常抱歉！看到照片了。里面的茶罐有变形吗？
        c: 两罐里有一罐瘪了，铝膜没破
        a: 明白。瘪的一罐我们今天补发，旧的不用寄回。补发出库后我把单号发您。
        c: 湿的那块会不会影响茶
        a: 铝膜没破就不影响，不过保险起见，您打开闻一下，有异味我们整单重发。
        c: 好，我晚上看看
        """,
        after="""
        +2h han# 已向承运商提交理赔 CL-77120，附上客户照片。{parcel}
        +21h c: 打开闻了，没有异味。补发的单号有了吗？
        +25m han: 补发单号 YT 9021 7765 3308，今天已揽收。再次抱歉！
        +28h c: 收到了，包装很结实
        +20m han[solved]: 太好了，祝您喝得开心 🍵
        """,
    ),
    Talk(
        "chu", "5 15:12", menu="address", host="maya", subject="改收货地址到公司", tags=("改地址",),
        rating=(5, "秒改"),
        said="""
        c: 刚下单 LL-20902，地址写成老家了，能改吗
        a: 可以的，还没出库。新的地址发我一下。
        c: 上海市徐汇区漕溪北路 88 号 1702，褚健收
        a: 改好了，请刷新订单核对一下。
        c: 对了，谢谢
        """,
    ),
    Talk(
        "hanmei", "4 09:05", menu="where", host="han", subject="快递放驿站没通知", tags=("物流", "投诉"),
        rating=(2, "快递太差"),
        said="""
        c: 快递没打电话就放驿站，我腿脚不方便
        a: 韩女士非常抱歉。您的地址备注了「送上门」，是承运商没有照做。
        c: 每次都这样！
        a: 我现在联系网点，让快递员今天重新送上门，并且给您的地址改用顺丰。
        a: 网点答应中午 12 点前送到。
        c: 行吧
        """,
        note="已把该客户默认承运商改为顺丰，并投诉网点。",
    ),
    Talk(
        "jiang", "4 11:26", menu="damaged", host="han", way="unsolved", subject="LL-20855 少了一个杯子",
        tags=("少件", "补发"), handler="han",
        said="""
        c: 钛壶套装里只有一个杯子，应该是两个吧？
        a: 是的，标配两个 100 毫升的杯子。请问收纳袋内层看过了吗？有时候会叠在壶里面。
        c: 翻了，没有
        a: 好的，我们核对一下出库称重。
        +5m a: 出库重量少了 52 克，确实漏装了。马上给您补一个，实在抱歉。
        c: 没事，补来就好
        """,
        after="""
        +3h han[pending]: 补发的杯子已出库，圆通 YT 9021 7802 1146。收到后告诉我们一声就好。
        +40h c: 收到了，谢谢
        +30m han[solved]: 不客气，祝您户外愉快！
        """,
    ),
    Talk(
        "huali", "4 14:44", menu="where", host="maya", subject="门店调拨单 DB-331 未到", tags=("门店", "调拨"),
        said="""
        c: 杭州店的调拨单 DB-331 应该昨天到，还没看到
        a: Hi 华丽，我查一下。
        a: 车在嘉兴换车，耽误了一天，今天下午 3 点前到店。
        c: 好，我安排人收
        a: 一共 14 箱，请按清单点一下，少了当场拍照。
        c: 收到
        """,
    ),
    Talk(
        "zhouw", "3 09:58", menu="customs", host="maya", way="unsolved", subject="寄加拿大的茶被海关要求补材料",
        tags=("海关", "国际"), handler="maya",
        said="""
        c: 寄给温哥华朋友的茶被海关扣了，要什么成分证明
        a: 您好，加拿大要求提供成分说明和产地证明，我们可以出英文版。
        c: 多久能给
        a: 今天之内。请把海关通知单拍给我，或者告诉我上面的参考号。
        c: CBSA-2204-7719
        a: 收到，我来准备文件，并且直接发给承运商清关组。
        """,
        after="""
        +4h maya# 文件已发 clearance@carrier.example，等回复。
        +2m maya> pending conditions
        +22h maya: 承运商已收到文件，海关复核一般 3 到 5 个工作日。有消息我第一时间告诉您。
        """,
    ),
    Talk(
        "shenyi", "3 13:05", menu="address", host="han", way="unsolved", subject="已出库的订单要改地址",
        tags=("改地址", "拦截"), handler="han", urgency="high",
        said="""
        c: LL-20944 昨天出库了，可是我临时出差，能改寄到成都吗
        a: 已经出库就要让承运商转寄，费用 12 元，时间会多一到两天，可以吗？
        c: 可以的
        a: 请发一下成都的地址和电话。
        c: 成都市锦江区东大街 66 号 丽朵酒店前台，电话没变
        a: 好的，我提交转寄申请，成功以后通知您。
        """,
        after="""
        +2h han: 转寄已受理，新单号不变，预计后天到成都。
        +44h c: 到了，前台帮我收了 👍
        +15m han[solved]: 好的，旅途顺利！
        """,
    ),
    Talk(
        "xuhao", "3 16:20", menu="where", host="han", subject="显示签收但没收到", tags=("物流",),
        rating=(4, "原来在邻居家"),
        said="""
        c: 物流显示已签收，可我没收到！
        a: 别急，我马上查签收底单。
        +3m a: 签收人写的是「邻居 1203 李」，是您家隔壁吗？
        c: 啊是的，我去问问
        +6m c: 拿到了哈哈 谢谢
        a: 拿到就好 😄
        """,
    ),
    Talk(
        "sunli", "2 09:12", menu="where", host="han", subject="礼盒订单多久发货", rating=(4, ""), tags=("物流",),
        said="""
        c: 前天拍的怎么还没发
        a: 您好，您买的礼盒需要现包装，排到今天下午出库。
        c: 哦哦好的，周末能到吧
        a: 到杭州一般隔天，周五就能到。
        c: 🙏
        """,
    ),
    Talk(
        "lvming", "2 10:30", menu="damaged", host="han", way="unsolved", subject="云岭丽江店一批 40 箱淋雨",
        tags=("大客户", "破损", "理赔"), handler="han", urgency="high", impact="high",
        note="VIP。40 箱里至少 6 箱进水，丽江店周末满房，需要 48 小时内补到。",
        said="""
        c: 丽江店刚到的 40 箱茶，有几箱湿透了，卸货的时候下大雨 {parcel}
        a: 吕总，非常抱歉。请先让同事把湿的和干的分开放，湿的拍照，不要签「完好」。
        c: 已经分开了，6 箱湿的。周末满房，不够用
        a: 我马上安排从昆明仓补 8 箱，今晚专车，明天中午前到丽江。
        zhou# 我批准走专车，费用走理赔。每两小时更新一次进度给吕总。
        c: 那就看你们的了
        a: 车牌和司机电话稍后发您。
        """,
        after="""
        +50m han: 专车云 A·7Q219，王师傅 138 8800 2107，8 箱已装车，19:30 出发。
        +1m zhou> star
        +1m ann> star
        +15h c: 货到了，完好。湿的 6 箱怎么处理？
        +30m han: 辛苦您！湿的 6 箱我们明天派人取回，同时开红字发票冲减。
        +3h han# 保险公司要验货照片原图，已向丽江店要。
        """,
    ),
    Talk(
        "wudi", "2 13:48", menu="address", host="maya", subject="想合并两个订单", tags=("改订单",),
        said="""
        c: 两个订单能一起发吗
        a: 您好，可以合并，运费退您一份。
        c: 好 LL-21003 和 LL-21004
        a: 合并好了，退的 10 元两天内原路返回。
        c: 谢啦
        """,
    ),
    Talk(
        "liuyang", "1 10:05", menu="damaged", host="han", way="unsolved", subject="LL-20988 玻璃公道杯碎了",
        tags=("破损", "补发"), handler="han",
        said="""
        c: 公道杯碎了，别的都好 {parcel}
        a: 抱歉！收到照片了，我们补发一个，碎的请小心处理，不用寄回。
        c: 补的能不能多包几层
        a: 一定，我写了特别备注。
        """,
        after="""
        +2h han: 补发单号 SF 1180 2301 5526，请查收。
        """,
    ),
    Talk(
        "huali", "1 15:30", menu="where", host="maya", way="unsolved", subject="杭州店盘点少 3 罐熟普",
        tags=("门店", "盘点"), group="after",
        said="""
        c: 盘点发现熟普少 3 罐，调拨单上写的是 36，实收 33
        a: 收到的那天有点数照片吗？
        c: 有，我找找
        a: 好的，我先开一张单子给仓库，他们查监控和称重。
        """,
        after="""
        +1h c: 照片在这里，托盘上能数出 33 罐 {orders}
        """,
    ),
    Talk(
        "yangf", "150m", menu="where", host="han", subject="预售茶什么时候发", rating=(5, ""), tags=("物流", "预售"),
        said="""
        c: 预售的秋白茶哪天发？
        a: 您好，第一批后天出库，按付款顺序发，您排在第一批。
        c: 太好了
        a: 出库会有短信，注意查收哦。
        """,
    ),
    Talk(
        "hanmei", "2 12:20", menu="where", way="left",
        said="""
        c: 有人吗
        c: 我的快递又没送上门
        """,
    ),
)  # fmt: skip
