"""The words by which mail programs of many languages are recognised, and the sentences about what was odd. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import N_


class Oddity(StrEnum):
    """What was odd about a mail, as sentences of the catalogue."""

    HEADERS_CUT = N_("Its headers are larger than allowed; only their beginning was read.")
    HEADERS_BROKEN = N_("Its headers are broken; lines that are none were left out.")
    TOO_MANY_PARTS = N_("It has more parts, or deeper nested ones, than allowed; the rest was left as it is.")
    BOUNDARY_WRONG = N_("The boundary between its parts is missing or wrong.")
    NO_FROM = N_("It names no sender.")
    SEVERAL_FROM = N_("It names several senders; the first one counts.")
    TOO_MANY_ADDRESSES = N_("It names more addresses than allowed; the rest was left out.")
    DATE_WRONG = N_("Its date cannot be understood.")
    CHARSET_WRONG = N_("Its text is not in the charset that it names; the charset was guessed.")
    TEXT_CUT = N_("Its text is longer than allowed; the rest is in the original mail.")
    HTML_CUT = N_("Its HTML is longer than allowed; the whole is in the original mail.")
    TNEF_BROKEN = N_("Its winmail.dat cannot be opened; it is attached as it is.")
    ENCRYPTED = N_("It is encrypted, and only its recipient's key can open it.")
    PART_BROKEN = N_("A part of it could not be understood; it is attached as it is.")


# --- Header names of quoted blocks: what Outlook, Foxmail, QQ and many others put above the mail they answer ---

HEADER_NAMES = {
    "from": r"From|Von|De|发信人|寄信人|發信人|Šalje|Saatja|Expeditorul|Od koho|Від кого|Da|Van|Från|Fra|Od"
    r"|От(?: кого)?|Від|発信者|发件人"
    r"|發件人|寄件者|寄件人|差出人|送信者|送信元"
    r"|보낸 ?사람"
    r"|발신|Lähettäjä|Gönderen|Kimden|Feladó|Expéditeur|Remitente|Remetente|Mittente|Absender|Avsändare"
    r"|Afsender|Avsender"
    r"|Nadawca|Отправитель|Odesílatel|De la|Από|Từ|Dari",
    "date": r"Date|Sent|发信时间|發信時間|傳送日期|Dato|Dată|Odoslané|Відправлено|Poslano|Kuupäev|Saadetud|Sent at"
    r"|Sent on|Date sent|Datum"
    r"|Gesendet(?: am)?|Envoyé(?: le)?|Enviado(?: el| em)?|Data"
    r"|Inviato(?: il)?"
    r"|Verzonden|Skickat|Sendt|Wysłano|Wysłane|Отправлено|Дата|Дата и время|Надіслано|发送时间|發送時間"
    r"|发送日期|发件时间|传送时间"
    r"|日期|寄件日期|傳送時間|時間|时间|送信日時|送信日|日時|日付|보낸 ?날짜|날짜|Fecha|Päivämäärä|Lähetetty"
    r"|Tarih|Gönderildi"
    r"|Odesláno|Küldve|Dátum|Trimis|Ngày|Đã gửi|Tanggal|Dikirim",
    "to": r"To|An|À|收信人|至|Prima|Za|Pre|Destinatarul|Saaja|Para|A|Aan|Till|Til|Do|Кому|收件人|收件者|宛先|收信人"
    r"|받는 ?사람"
    r"|수신|Pour|Komu|Destinataires?"
    r"|Destinatari[oa]s?"
    r"|Empfänger|Mottagare|Modtager|Mottaker|Vastaanottaja|Kime|Címzett|Către|Προς|Đến|Kepada",
    "subject": r"Subiectul|Subject|Betreff|Objet|Sujet|Naslov|Predmet|Teema|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne"
    r"|Temat|Тема|主题|主旨|主題|标题|件名"
    r"|題名|제목"
    r"|Aihe|Konu|Předmět|Predmet|Tárgy|Subiect|Θέμα|Chủ đề|Subjek",
    "cc": r"Dw|Kópia|Cc|Bcc|Kopie(?: \(CC\))?|Kopia|Kopi|Copie(?: à)?|Copia|CC|抄送|副本|密送|参照|참조|Копия|Копія"
    r"|Kopio|Bilgi"
    r"|Másolat"
    r"|Kopie an",
    "other": r"Reply[- ]?To|Importance|Priority|Attachments?|Organization|Antwort an|Anlagen?|Wichtigkeit"
    r"|Pièces? jointes?"
    r"|附件|重要性"
    r"|答复|回复|回复至|Répondre à|Responder a|Вложения|添付(?:ファイル)?|優先度|Mailing list|X-[\w-]+"
    r"|Message-ID|Sender",
}

# --- Attribution: "On …, X wrote:" ---

WROTE = (
    r"wrote|writes|said|schrieb(?:en Sie|st du)?|schreef|geschreven|a écrit|écrivait|écrit|ha scritto|scrisse"
    r"|scrive|escribió"
    r"|escribi[oó]|escribe"
    r"|escreveu|skrev|skreiv|napisał(?:\(?a\)?)?|pisze|написала?|написал\(а\)|пишет|писал[аи]?|пише"
    r"|написав(?:\(ла\))?|написа"
    r"|kirjoitti|yazdı|yazmış|napsala?|napsal\(a\)|napísala?|napísal\(a\)|ezt írta|írta|a scris|έγραψε|đã viết"
    r"|menulis|va escriure"
    r"|je napisao(?:/la)?|je napisala|kirjutas|rašė|rakstīja|كتب|เขียนว่า|写道|寫道|写到|撰写|撰寫|来信|來信"
    r"|さん(?:は|が)書きました|書きました|wrote as follows|のメール|님이 작성|님이 (?:다음 내용을 )?썼습니다|작성"
)
OPENERS = (
    r"On|At|In (?:article|message|a message)|Le|El|Em|Il(?: giorno)?|Op|Am|Den|På|W dniu|Dnia|Dne|Dňa|Vào"
    r"|Pada(?: tanggal)?|În|La|Στις|На"
    r"|I|Ons?dag|在|于|於|Quoting|Em"
)
DAYS_AND_MONTHS = (
    r"mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|lun|mer|jeu|ven|sam|dim|dom|mié"
    r"|jue|vie|sáb|seg|ter|qua"
    r"|qui|sex|mo|di|mi|do|fr|sa|so|ma|wo|za|zo|pon|wt|śr|czw|pt|sob|niedz|man|tir|ons|tor|fre|lør|søn|mån|tis|lör"
    r"|sön|ti|ke|to|pe|la|su"
    r"|po|út|st|čt|pá|ne|пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|周"
    r"|星期|週|月|火|水|木|金|土|日"
    r"|янв|фев|мар|апр|ма|июн|июл|авг|сен|окт|ноя|дек|pzt|sal|çar|per|cum|cmt|paz"
)
QUOTING = (
    r"Quoting|Quote from|Zitat von|Citando(?: a)?|Citation de|Citat från|Cytowanie|Цитирую|Lainaus|Citerar|Citerer|引用"
)

# --- Delimiters ---

ORIGINAL = (
    r"Original Message|Original|Original mail|Original E-?mail|Reply message|Reply Message"
    r"|Ursprüngliche (?:Nachricht|Mail)"
    r"|Original-?Nachricht|Originalnachricht|Message d['’]origine|Message original|E-?mail d['’]origine"
    r"|Message initial|Courriel original"
    r"|Mensaje original|Mensagem [Oo]riginal|Messaggio [Oo]riginale|Messaggio originario"
    r"|Oorspronkelijk(?:e)? [Bb]ericht|Origineel bericht"
    r"|Ursprungligt [Mm]eddelande|Originalmeddelande|Oprindelig(?:e)? [Mm]eddelelse|Original besked|Opprinnelig melding"
    r"|Alkuperäinen viesti|Wiadomość oryginalna|Oryginalna wiadomość|Исходное сообщение|Исходное письмо"
    r"|Первоначальное сообщение"
    r"|Оригинальное сообщение|Вихідне повідомлення|Původní (?:zpráva|e-mail)|Pôvodná správa|Eredeti üzenet"
    r"|Orijinal [Mm]esaj|Özgün İleti"
    r"|Mesaj original|原始邮件|原始郵件|原邮件|原郵件|原信|原始信息|原始訊息|原件|邮件原件|回复的原邮件"
    r"|回复的邮件|回复邮件|原始邮件信息"
    r"|元のメッセージ|元のメール|オリジナル ?メッセージ|Original Message Text|원본 ?메[시세]지|원본 ?메일"
    r"|Thư gốc|Pesan Asli"
)
FORWARDED = (
    r"Forwarded [Mm]essage|Message transmis|Preposlaná správa|Proslijeđena poruka|Перенаправлене повідомлення"
    r"|Forwarded [Mm]ail|Forwarded by .{1,80}|Begin [Ff]orwarded [Mm]essage"
    r"|Weitergeleitete (?:Nachricht|E-?Mail|Mail)"
    r"|Anfang der weitergeleiteten (?:Nachricht|E-?Mail)|Message transféré|Message réexpédié"
    r"|Début du message (?:réexpédié|transféré)"
    r"|Courriel transféré|Mensaje reenviado|Inicio del mensaje reenviado|Mensagem [Ee]ncaminhada|Mensagem reencaminhada"
    r"|Início da mensagem (?:encaminhada|reencaminhada)|Messaggio [Ii]noltrato|Inizio messaggio inoltrato"
    r"|Doorgestuurd [Bb]ericht"
    r"|Begin doorgestuurd bericht|Vidarebefordrat [Mm]eddelande|Vidarebefordrat brev|Videresendt [Mm]e(?:ddelelse"
    r"|lding)|Videresendt besked"
    r"|Välitetty viesti|Edelleenlähetetty viesti|Wiadomość przekazana(?: dalej)?|Przekazana wiadomość"
    r"|Treść przekazanej wiadomości"
    r"|Пересылаемое сообщение|Переадресованное сообщение|Начало переадресованного (?:сообщения|письма)"
    r"|Пересланное сообщение"
    r"|Переслане повідомлення|Пересланное письмо|Přeposlaná zpráva|Továbbított (?:üzenet|levél)|İletilen [Ii]leti"
    r"|Yönlendirilmiş [Ii]leti"
    r"|İletilmiş mesaj|Mesaj redirecționat|转发邮件信息|转发的邮件|转发邮件|转发的原邮件|轉寄郵件|轉寄的郵件"
    r"|轉寄訊息|轉寄邮件|已转发邮件|已轉寄(?:的)?郵件|轉寄信件"
    r"|转寄|转发信息|开始转发的邮件|以下是转发的邮件|開始轉寄郵件|已轉寄的訊息|下面是被转发的邮件"
    r"|転送(?:された)?(?:メッセージ|メール)|転送メール"
    r"|전달된 ?메[시세]지|전달된 ?메일|Thư đã chuyển tiếp|Pesan terusan"
)
FORWARD_SUBJECT = r"Fwd?|WG|TR|RV|ENC|I|Doorst|VS|VB|VL|PD|Пересл|転送|转发|轉寄|轉發|转寄|İLT|Továbbítás|FS|Reenv|전달"

# --- Signatures of programs and phones ---

_DEVICE = (
    r"iPhone|iPad|iPod|Android|安卓|手机|手機|平板|移动设备|Galaxy|Samsung|三星|华为|華為|HUAWEI|荣耀|小米"
    r"|Xiaomi|Redmi|OPPO"
    r"|vivo|魅族|一加|中兴|联想|诺基亚|Nokia|BlackBerry|Windows|Mac|Outlook|Foxmail|Thunderbird|邮箱大师|邮箱"
    r"|邮件应用|郵件"
    r"|企业微信|微信|WeChat|钉钉|飞书|QQ|客户端|浏览器"
)
_PROGRAM = (
    r"mobile|phone|cell|tablet|handheld|wireless|iPhone|iPad|iPod|Android|BlackBerry|Samsung|Galaxy|HUAWEI"
    r"|Honor|Xiaomi|Mi\b"
    r"|Redmi|OPPO|vivo|OnePlus|Pixel|Nokia|HTC|Sony|Xperia|Motorola|moto|LG|ZTE|Windows|Surface|Apple|Mac\b"
    r"|MacBook|Outlook"
    r"|Mail\b|mail\b|mail\.ru|Yandex|Yahoo|AOL|Gmail|Spark|Proton|Tutanota|Tuta\b|Thunderbird|K-9|FairEmail"
    r"|Nine|BlueMail"
    r"|myMail|Edison|Canary|Zoho|Fastmail|HEY|Foxmail|QQ|WeChat|WeCom|DingTalk|Lark|Aqua|TypeApp|Boxer|eM Client|Newton"
    r"|Polymail|Mailbird|Superhuman|Front|Airmail|Mailspring|Missive|Shortwave|Notion|Telegram|Verizon|T-Mobile|Smart"
    r"|\S{2,20}mail\b"
)
SENT_FROM = r"[(\[<*_\s]{0,3}(?:" + "|".join(
    (
        rf"Sent (?:from|via|with|using|by) (?:my |a |an |the )?(?:{_PROGRAM}).{{0,80}}",
        r"Sent from my [^\s,]+(?: [^\s,]+){0,2}",
        r"Get (?:Outlook|BlueMail|TypeApp|Spark|Yahoo Mail) for .{1,60}|Get the Yahoo.{1,40}"
        r"|Posted by .{1,60} on .{1,60}",
        # German
        r"(?:Diese Nachricht wurde )?[Vv]on meine[mr] .{1,60}?(?: gesendet)?|Von (?:Outlook|Mail"
        r"|Yahoo) .{1,30} gesendet",
        r"Gesendet (?:von|mit|über|aus) (?:meine[mr]|der|einem|Mail|Outlook|iPhone|iPad|Android|Yahoo|Samsung"
        r"|Windows).{0,60}",
        r"Outlook für .{1,20} beziehen|Holen Sie sich Outlook.{1,30}|Hol dir Outlook.{1,30}",
        # French, Spanish, Portuguese, Italian, Romanian
        r"Envoyé (?:de|depuis|à partir de|avec|via) .{1,60}|(?:Obtenir|Téléchargez|Télécharger) Outlook.{1,40}",
        r"Enviado (?:desde|a través de|con|de(?:l| meu| o)?|a partir d[eo]|do|via|pelo) .{1,60}",
        r"(?:Obtener|Obter o|Obter) Outlook para .{1,40}|(?:Scarica|Ottieni) Outlook per .{1,40}",
        r"Inviato (?:da|dal|dalla|con) .{1,60}|Trimis de pe .{1,40}",
        # Dutch and the north
        r"(?:Verzonden|Verstuurd) (?:vanaf|met) .{1,60}|Outlook voor .{1,20} downloaden|Download Outlook voor .{1,40}",
        r"Skickat (?:från|med) .{1,60}|Sendt fra .{1,60}|Lähetetty .{1,60}|(?:Hanki|Hämta|Hent) Outlook .{1,40}",
        # The east
        r"Отправлено (?:с|из|от|со|через) .{1,60}|(?:Відправлено|Надіслано) з .{1,60}",
        r"(?:Скачать|Загрузить|Получить) Outlook для .{1,40}",
        r"Wysłan[eoy] (?:z|ze|za pomocą) .{1,60}|Pobierz (?:aplikację )?Outlook .{1,40}",
        r"(?:Odesláno|Odoslané) z .{1,60}|Elküldve .{1,60}|.{1,30}(?:['’][dt][ae]n|umdan|imden|ımdan) gönderildi",
        r"Gửi từ .{1,40}|Dikirim dari .{1,40}",
        # Chinese
        r"(?:发|發|发送|發送|寄件|传送|傳送)自(?!内心|內心|肺腑)(?:于|於)?(?:我的)?\s*.{1,30}|寄自我的 .{1,20}",
        rf"[来來]自(?:我的)?\s*.{{0,20}}(?:{_DEVICE})(?:手机版|客户端|App|版)?",
        rf"(?:从|從|自|由|通过|透過|使用|用)(?:我的)?\s*.{{0,20}}(?:{_DEVICE}).{{0,12}}"
        r"(?:发送|發送|发出|寄出|傳送|传送)的?(?:邮件|郵件)?",
        r"(?:获取|獲得|取得|下载|下載) ?.{0,20}Outlook.{0,20}|签名由.{0,30}定制|本邮件由.{1,20}发送",
        # Japanese and Korean
        r"(?:私の)?.{0,30}から送信(?:しています|されました)?|.{0,30}(?:を入手|を取得)|Yahoo! ?Mail.{0,20}"
        r"|.{1,20}에서 보냄",
    )
) + r")\s*(?:<?https?://\S*>?|\[https?://\S*\])?\s*[)\]>*_]{0,3}\s*[.。]?"  # fmt: skip
VIRUS_FREE = (
    r"Virus-free\..*|Virenfrei\..*|Libre de virus\..*|Garanti sans virus\..*|Senza virus\..*|Livre de vírus\..*"
    r"|Без вирусов\..*|无病毒。.*|無病毒。.*"
    r"|This e-?mail has been checked for viruses by .*|Diese E-Mail wurde von .* auf Viren (?:geprüft|überprüft).*"
    r"|L'absence de virus dans ce courrier électronique .*|El software de antivirus .* ha analizado.*"
    r"|Это сообщение (?:свободно|проверено).*"
)
DISCLAIMER = (
    r"(?:This|The information (?:contained )?in this|The contents? of this) (?:e-?mail|message|communication"
    r"|transmission|electronic mail)\b.{0,200}"
    r"(?:confidential|privileged|intended|addressee|recipient)"
    r"|(?:CONFIDENTIALITY|CONFIDENTIAL|LEGAL|PRIVACY|IMPORTANT)(?: (?:NOTICE|NOTE|DISCLAIMER|INFORMATION))\b"
    r"|Confidentiality (?:Notice|Note)\b|(?:E-?mail )?Disclaimer\s*[:：]|(?:This"
    r"|Please) .{0,30}consider the environment before printing"
    r"|Please (?:consider|think of) the environment before|If you are not the intended recipient"
    r"|Diese (?:E-?Mail|Nachricht)\b.{0,120}(?:vertraulich|Empfänger|rechtlich geschützt)"
    r"|Der Inhalt dieser (?:E-?Mail|Nachricht)\b.{0,120}vertraulich"
    r"|Ce (?:message|courriel|mail|courrier)\b.{0,160}(?:confidentiel|destinataire)|Este (?:mensaje|correo|e-?mail"
    r"|mensagem|documento)\b.{0,160}(?:confidencial|destinatari)"
    r"|Esta mensagem\b.{0,160}(?:confidencia|destinat)|AVISO LEGAL\b|Questo messaggio\b.{0,160}(?:riservat"
    r"|confidenzial|destinatari)|Dit (?:e-?mail)?bericht\b.{0,160}(?:vertrouwelijk|geadresseerde)"
    r"|(?:Это|Данное|Настоящее) (?:электронное )?(?:сообщение|письмо)\b.{0,200}(?:конфиденциальн|предназнач)"
    r"|Информация,? содержащаяся в (?:этом|данном)\b"
    r"|Niniejsza wiadomość\b.{0,160}(?:poufn|adresat)|Detta meddelande\b.{0,160}(?:konfidentiell|mottagare)"
    r"|(?:本|此)(?:电子)?邮件.{0,60}(?:保密|机密|秘密|商业秘密|收件人|接收人|法律)|(?:本"
    r"|此)(?:電子)?郵件.{0,60}(?:保密|機密|收件人)|保密(?:声明|提示|协议)"
    r"|免责声明|【?保密(?:声明|提示)】?"
    r"|(?:本|この)(?:電子)?メール(?:には|は|に|及び|および).{0,80}(?:機密|秘密|受信者|宛先|名宛人)|이 (?:메일"
    r"|이메일|전자우편).{0,80}(?:기밀|비밀|수신인)"
    r"|Bu (?:e-posta|mesaj)\b.{0,160}gizli"
)
REPLY_ABOVE = (
    r"reply above this line|type your reply above|write (?:a |your )?reply above|请在此行上方回复"
    r"|请在本行上方回复|請在此行上方回覆"
    r"|请在这行以上回复|この行より上に"
    r"|above this line to reply|répondez au-dessus de cette ligne|Antwort(?:en)? (?:bitte )?(?:oberhalb"
    r"|über) dieser (?:Linie|Zeile)"
)
