"""Talks in English with customers abroad."""

from __future__ import annotations

from typing import Final

from gateway.demo.script import Talk

TALKS: Final = (
    Talk(
        "emily", "5 17:02", menu="brewing", host="maya", channel="demo-en",
        subject="Brewing White Peony without a gaiwan",
        tags=("brewing",), rating=(5, "Lovely, thank you Maya!"),
        said="""
        c: Hello! I got the Mountain White Peony but I only own a mug. Am I doomed?
        a: Hi Emily, not at all 😊 Two teaspoons, 85 °C water, three minutes, then lift the leaves out.
        c: And a second time?
        a: Up to four times. Add a minute each time.
        c: Mine looks like this, is that the right colour? {cup}
        a: That's exactly it. Pale gold.
        c: Wonderful!
        """,
    ),
    Talk(
        "daniel", "5 19:20", menu="customs", host="maya", channel="demo-en", way="unsolved", handler="maya",
        subject="LL-20811 held by customs in Seoul", tags=("customs",),
        said="""
        c: Tracking says "held by customs" since Tuesday, order LL-20811
        a: Hi Daniel, I'm sorry. Korea asks for the recipient's customs code (PCCC) for food. Was it on the order?
        c: I don't think there was a field for it
        a: You're right, and that's on us. If you send me the code I'll pass it to the carrier tonight.
        c: P200114708833
        a: Thank you. I'll write as soon as it moves.
        """,
        after="""
        +2h maya# The shop's form needs a PCCC field for KR. Told Ann.
        +1m maya> pending conditions
        +20h maya: Good news: customs released it this morning. Delivery should be on Monday.
        +26h c: It's here. The tea is great, thanks for sorting it out.
        +10m maya[solved]: So glad. The checkout has the field now.
        """,
    ),
    Talk(
        "olivia", "4 08:15", menu="cafe", host="lin", channel="demo-en", way="unsolved", handler="chen",
        group="sales",
        subject="Harbour Coffee: cold brew tea for 14 cafés", tags=("wholesale",),
        said="""
        c: Hi, Olivia from Harbour Coffee in Melbourne. We'd like your white tea for cold brew in 14 cafés
        a: Good morning Olivia! How much would you need a week?
        c: around 30 kg to begin with
        a: At that volume it's AUD 61 per kg, roasted to order, shipped monthly by air.
        c: Can we get a 1 kg sample first?
        a: Of course. My colleague Chen Mo looks after cafés, he'll send it with a quote.
        c: Perfect
        """,
        note="Sample 1 kg (no charge), quote for 30 kg a week, Incoterm DAP Melbourne.",
        after="""
        +6h chen: Dear Olivia, your sample left today by air, tracking AE 771 230 118 CN. The quote is in your mailbox.
        +1m chen> pending customer
        +52h c: Sample arrived, our baristas love it. Could you do 27 AUD for the offcuts grade as well?
        """,
    ),
    Talk(
        "sofia", "4 17:40", menu="damaged", host="maya", channel="demo-en", way="unsolved", handler="maya",
        subject="LL-20840: lantern arrived cracked", tags=("damaged", "replacement"), urgency="high",
        said="""
        c: Ciao, my lantern came with a crack in the wooden foot
        a: Oh no, I'm sorry Sofia. Could you show me?
        c: {lamp}
        a: Thank you, I see it, and one half stays dark too? Then it's more than the foot.
        c: yes I just noticed!
        a: I'm sending you a new one. Keep the old one for parts, or recycle it, as you like.
        c: grazie mille 🙏
        """,
        after="""
        +3h maya: Your new lantern is on its way: UPS 1Z 77F 440 12. It takes four to six days.
        +1m maya> pending customer
        """,
    ),
    Talk(
        "noah", "3 18:05", host="maya", channel="demo-en", subject="Do you ship to Iceland?", silence=True,
        tags=("delivery",),
        said="""
        c: do you ship to iceland
        a: Hi! Yes, by post, 8 to 12 days, €14. Orders over €90 go free.
        c: and duties?
        a: Tea is free of duty there, but VAT of 11 % is collected at the door. Anything else I can look up for you?
        """,
    ),
    Talk(
        "grace", "3 20:30", menu="thirty", host="maya", channel="demo-en", subject="Return of a travel pot",
        tags=("return",),
        rating=(5, "Easiest return ever"),
        said="""
        c: The titanium pot is beautiful but too small for us. Can I return it?
        a: Of course, within thirty days. Has it been used?
        c: once, with water
        a: That's fine. I'm sending you a label by e-mail; drop it at any USPS office.
        c: Got it. And the refund?
        a: Within two days after it arrives with us, to your card.
        """,
    ),
    Talk(
        "lucas", "2 18:44", menu="lamp", host="maya", channel="demo-en", way="unsolved", handler="maya",
        subject="Lantern flickers at low battery", tags=("warranty",),
        said="""
        c: My lantern flickers below 20 %. Known problem?
        a: Hi Lucas, in the first batch, yes. What is the number under the foot?
        c: B1-0442
        a: That's one of them. We'll exchange the board free of charge.
        c: I prefer e-mail from here, I'm on the road
        a: No problem, everything else by e-mail.
        """,
        after="""
        +1h maya: Hello Lucas, here is the label for the board exchange. It is valid for 30 days.
        +1m maya> pending customer
        +21h c: Posted it today from Freiburg.
        """,
    ),
    Talk(
        "hannah", "2 20:15", menu="where", host="maya", channel="demo-en", subject="LL-20966 stuck in Leipzig",
        tags=("delivery",),
        rating=(3, "OK, but the carrier is slow"),
        said="""
        c: My parcel has been in Leipzig for four days
        a: Hi Hannah, let me look at it with the carrier.
        +4m a: It missed a scan. It was loaded this morning and comes tomorrow.
        c: Let's hope so
        a: If it doesn't, write to me and I'll send a new one the same day.
        """,
    ),
    Talk(
        "isla", "1 18:20", menu="taste", host="maya", channel="demo-en", subject="A tea like Lapsang, but lighter",
        tags=("taste",),
        rating=(5, ""),
        said="""
        c: I love smoky teas but lapsang is a bit much. What would you suggest?
        a: Wuyi Cinnamon Rock: roasted rather than smoked. Think warm stone and cassia.
        c: Sold. Is there a small size?
        a: 25 g for €9. I've put one in your basket, and a sample of the ripe Pu'er on us.
        c: you're the best
        c: 🍵
        """,
    ),
    Talk(
        "noah", "1 19:40", host="lin", channel="demo-en", way="refused", subject="Advertising by a link spammer",
        reason="Advertising for backlinks, no request of a customer", tags=("spam",),
        said="""
        c: Dear webmaster we offer 500 quality backlinks for your tea business
        a: Hello, thank you, but this chat is for our customers. We are not interested.
        c: special price today only!!
        """,
    ),
    Talk(
        "grace", "200m", menu="where", host="maya", channel="demo-en", way="unsolved", handler="maya",
        subject="LL-21020: delivered to the wrong house", tags=("delivery",), urgency="high",
        said="""
        c: The photo of the delivery shows a red door. Ours is blue
        a: Oh dear. Is it one of your neighbours?
        c: nobody on our street has a red door
        a: Then I'll open a search with the carrier right now. They have 24 hours to answer.
        c: please hurry, it's a birthday present for Sunday
        a: If they haven't found it by tomorrow noon, I'll send a new one by express.
        """,
        after="""
        +40m maya# Search US-88213 opened. Reserve one gift box in the warehouse in case.
        """,
    ),
)  # fmt: skip
