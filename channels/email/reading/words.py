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
    "from": r"From|Von|De|Šalje|Saatja|Expeditorul|Od koho|Від кого|Da|Van|Från|Fra|Od|От(?: кого)?|Від|発信者|发件人"
    r"|發件人|寄件者|寄件人|差出人|送信者|送信元"
    r"|보낸 ?사람"
    r"|발신|Lähettäjä|Gönderen|Kimden|Feladó|Expéditeur|Remitente|Remetente|Mittente|Absender|Avsändare"
    r"|Afsender|Avsender"
    r"|Nadawca|Отправитель|Odesílatel|De la|Από|Từ|Dari",
    "date": r"Date|Sent|Dato|Dată|Odoslané|Відправлено|Poslano|Kuupäev|Saadetud|Sent at|Sent on|Date sent|Datum"
    r"|Gesendet(?: am)?|Envoyé(?: le)?|Enviado(?: el| em)?|Data"
    r"|Inviato(?: il)?"
    r"|Verzonden|Skickat|Sendt|Wysłano|Wysłane|Отправлено|Дата|Дата и время|Надіслано|发送时间|發送時間"
    r"|发送日期|发件时间|传送时间"
    r"|日期|寄件日期|傳送時間|時間|时间|送信日時|送信日|日時|日付|보낸 ?날짜|날짜|Fecha|Päivämäärä|Lähetetty"
    r"|Tarih|Gönderildi"
    r"|Odesláno|Küldve|Dátum|Trimis|Ngày|Đã gửi|Tanggal|Dikirim",
    "to": r"To|An|À|Prima|Za|Pre|Destinatarul|Saaja|Para|A|Aan|Till|Til|Do|Кому|收件人|收件者|宛先|收信人|받는 ?사람"
    r"|수신|Pour|Komu|Destinataires?"
    r"|Destinatari[oa]s?"
    r"|Empfänger|Mottagare|Modtager|Mottaker|Vastaanottaja|Kime|Címzett|Către|Προς|Đến|Kepada",
    "subject": r"Subiectul|Subject|Betreff|Objet|Sujet|Naslov|Predmet|Teema|Asunto|Assunto|Oggetto|Onderwerp|Ämne|Emne"
    r"|Temat|Тема|主题|主旨|主題|标题|件名"
    r"|題名|제목"
    r"|Aihe|Konu|Předmět|Predmet|Tárgy|Subiect|Θέμα|Chủ đề|Subjek",
    "cc": r"Dw|Kópia|Cc|Bcc|Kopie(?: \(CC\))?|Kopia|Kopi|Copie(?: à)?|Copia|CC|抄送|副本|密送|参照|참조|Копия|Копія|Kopio|Bilgi"
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
    r"wrote|writes|said|schrieb|schreef|geschreven|a écrit|écrivait|écrit|ha scritto|scrisse|scrive|escribió"
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
FORWARD_SUBJECT = (
    r"Fwd?|Fw|WG|TR|RV|ENC|I|Doorst|VS|VB|VL|VS|PD|Пересл|Fwd|転送|转发|轉寄|轉發|转寄|İLT|Továbbítás|PDF|FS|Reenv"
)
r"|Rv|Tr|Wg|전달"

# --- Signatures of programs and phones ---

SENT_FROM = (
    r"(?:[(\[]?\s*)(?:Sent (?:from|via|with|using|by) (?:my |a |an |the )?(?:mobile|phone|iPhone|iPad|iPod|Android"
    r"|BlackBerry|Samsung|Galaxy"
    r"|HUAWEI|Xiaomi|Redmi|OPPO|vivo|OnePlus|Honor|Pixel|Nokia|HTC|Sony|Xperia|Motorola|moto|LG|ZTE|Mi\b|Windows"
    r"|Surface|Outlook|Mail\b|Yahoo"
    r"|AOL|Gmail|Spark|Proton|Mailbird|Superhuman|Front|Airmail|Tutanota|Tuta\b|Thunderbird|K-9|FairEmail|Nine"
    r"|BlueMail|myMail|Edison|Canary"
    r"|Zoho|Fastmail|HEY|Foxmail|WeChat|WeCom|DingTalk|Lark|Aqua|TypeApp|Boxer|eM Client|Newton|Polymail|QQ"
    r"|Verizon|T-Mobile|Smart"
    r"|tablet|handheld|cell|mail\b|wireless|Apple|Mac\b|MacBook|Telegram|Mailspring|Missive|Shortwave|Notion"
    r"|mail\.ru|Mail\.ru|Yandex).{0,80}"
    r"|Sent from my [^\s,]+(?: [^\s,]+){0,2}|Get (?:Outlook|BlueMail|TypeApp|Spark|Yahoo Mail) for .{1,60}"
    r"|Get the Yahoo.{1,40}|Verzonden met .{1,60}"
    r"|Von meinem .{1,40}(?: gesendet)?|Gesendet (?:von|mit|über|aus) .{1,60}"
    r"|(?:Diese Nachricht wurde )?von meinem .{1,40} gesendet"
    r"|Outlook für .{1,20} beziehen|Holen Sie sich Outlook.{1,30}|Hol dir Outlook.{1,30}"
    r"|Envoyé (?:de|depuis|à partir de|avec|via) .{1,60}|Obtenir Outlook pour .{1,40}|Télécharge[rz] Outlook.{1,40}"
    r"|Enviado (?:desde|a través de|con|de(?:l| meu| o)?|a partir d[eo]|do|via|pelo) .{1,60}"
    r"|Obtener Outlook para .{1,40}|Obter (?:o )?Outlook para .{1,40}"
    r"|Inviato da(?:l|lla)? .{1,60}|Inviato con .{1,60}|Scarica Outlook per .{1,40}|Ottieni Outlook per .{1,40}"
    r"|Skickat (?:från|med) .{1,60}|Sendt fra .{1,60}|Lähetetty .{1,60}|Hanki Outlook .{1,40}"
    r"|Hämta Outlook .{1,40}|Hent Outlook .{1,40}"
    r"|Отправлено (?:с|из|от|со|через) .{1,60}|Відправлено з .{1,60}|Надіслано з .{1,60}|Скачать Outlook для .{1,40}"
    r"|Загрузить Outlook для .{1,40}|Получить Outlook для .{1,40}"
    r"|Wysłan[eoy] (?:z|ze|za pomocą) .{1,60}|Pobierz (?:aplikację )?Outlook .{1,40}|Verzonden vanaf .{1,60}"
    r"|Verstuurd vanaf .{1,60}"
    r"|Verstuurd met .{1,60}|Outlook voor .{1,20} downloaden|Download Outlook voor .{1,40}|Odesláno z .{1,60}"
    r"|Odoslané z .{1,60}"
    r"|Elküldve .{1,60}|iPhone['’]?umdan gönderildi|.{1,30}(?:'dan|'den|umdan|imden|ımdan) gönderildi"
    r"|Trimis de pe .{1,40}|Gửi từ .{1,40}"
    r"|Dikirim dari .{1,40}|Posted by .{1,60} on .{1,60}|\S*에서 보냄|.{1,20}에서 보냄|나의 .{1,20}에서 보냄"
    r"|[发發發]自(?:我的|於?我的)?\s*.{1,30}|来自(?:我的)?\s*.{0,20}(?:手机|iPhone|iPad|邮箱|客户端|华为|小米"
    r"|荣耀)|從我的 .{1,20} (?:傳送|寄出)"
    r"|从我的\s*.{1,20}(?:发送|发出)|從我的.{1,20}傳送|由我的\s*.{1,20}(?:发送|寄出)|寄自我的 .{1,20}"
    r"|傳送自 .{1,30}|传送自 .{1,30}"
    r"|[获取獲得下载載]{2} ?.{0,10}Outlook.{0,20}|(?:获取|取得|下载|下載)\s*适用于\s*.{1,20}的\s*Outlook"
    r"|签名由.{0,30}定制|本邮件由.{1,20}发送"
    r"|使用(?: |我的)?.{0,20}(?:发送|寄出|傳送)的?(?:邮件)?|通过我的.{1,20}发送"
    r"|(?:私の)?.{0,20}(?:iPhone|iPad|Android|スマートフォン|携帯|Galaxy|Xperia"
    r"|BlackBerry)から送信(?:しています|されました)?|.{0,20}から送信"
    r"|Outlook for (?:iOS|Android) を入手"
    r"|(?:iOS|Android) ?版 ?Outlook ?を入手.{0,10}|Yahoo! ?Mail.{0,20}|Yahoo!メールを.{1,20}"
    r"|.{0,30}を入手)\s*(?:<?https?://\S*>?|\[https?://\S*\])?\s*[)\]]?\s*[.。]?"
)
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
