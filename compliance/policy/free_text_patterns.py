"""Shapes of what must not stand in free text: not one word, but words in a certain company (REQ-042, 114, 115).

Rules: (1) a shape names a person's own affair: a subject, a label or a unit stands in it, for the bare word is the
daily bread of medicine (孕妇用药, HIV guidelines, 167号门诊楼302室); (2) texts come with their width levelled and
Chinese numerals as they are; (3) each shape is of one code, and every repetition has an end, so that no text costs its
square; (4) topics that only look alike are data (``free_text.toml``, ``[allowed]``).
"""

import re

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: Surnames that seldom begin another word.
_COMMON = "王李张刘陈杨黄赵吴周徐孙朱胡郭宋郑梁谢韩唐冯董萧曹袁邓傅沈彭吕苏卢蒋蔡贾魏薛阎潘杜戴夏钟汪姜姚谭廖邹熊陆郝孔"
_NUMERAL = "〇零一二三四五六七八九十百千两"
_NUMBER = rf"(?:\d(?:[ ,]?\d){{0,9}}(?:\.\d{{1,4}})?|[{_NUMERAL}几]{{1,9}})"
_N = rf"(?:\d(?: ?\d){{0,5}}|[{_NUMERAL}]{{1,6}})"
_MANY = rf"(?:\d(?:[ ,]?\d){{1,9}}|[{_NUMERAL}几]{{2,9}})"
_PACK = r"(?:盒|支|瓶|片|单|张处方|张方|例用药|万元?(?:销量|产出))"
_SPAN = r"(?:个?月|周|星期|季度?|年|month|mo|week|wk|quarter|year|yr)"

#: Whose affair it is: the person the note is about, or somebody of theirs.
_SELF = "(?:他|她|本人|自己|主任|院长|教授|医生|大夫|医师|老师|护士长|该客户|此人|其)"
_KIN = (
    "(?:家人|家属|家里人?|亲人|亲属|老人|父|母|爸|妈|爹|娘|爱人|配偶|夫人|太太|孩子|儿子|女儿|公婆|岳父|岳母"
    "|兄弟|姐妹|哥哥|弟弟|姐姐|妹妹)"
)
_NOT_PATIENTS = "".join(
    f"(?<!{who}{link})" for who in ("患者", "病人", "患儿") for link in ("", "及", "和", "与", "的")
)
_ILL = (
    "(?:住院|生病|患病|病重|病危|病逝|去世|过世|离世|做手术|动手术|手术后|确诊|得了|查出|瘫痪|中风|搭桥|透析"
    "|脑梗|心梗|抢救)"
)
_MARKED = "(?:乙肝|乙型肝炎|丙肝|丙型肝炎|艾滋病?|HIV|AIDS|HBV|HCV|梅毒|淋病|肺结核|精神分裂症?|双相障碍|癫痫)"
_STUDIED = (
    "(?:指南|共识|筛查|疫苗|防治|防控|治疗|用药|管理|教育|随访|研究|数据|试验|人群|群体|暴露|母婴|抗病毒|诊疗|领域|进展|"
    "会议|项目|课题|门诊|科|专家|专科|关怀|方案|知识|宣教|论文|药物|产品|适应证|适应症|合并)"
)
_THEN = "(?:可能|也|曾经?|以前|过去|一直|本身|最近|近期|去年|今年|刚|被|已经?){0,3}"
_HAS = "(?:身患|患有?|得过|得了?|确诊为?|查出|感染了?|有|是)"
_GRAVE = "(?:癌|瘤|白血病|尿毒症|肾衰竭?|糖尿病|高血压|冠心病|脑梗死?|中风|心梗|肝炎|抑郁症?|焦虑症|帕金森病?)"
_END = r"(?=[。;；,，、!！\s]|$)"
_PATIENT = "(?:患者|病人|病友|患儿)"

_ROAD = "(?:路|街|大道|巷|弄|胡同|道|村|新村|里)"
_DOOR = "(?:室|户|房)"
_BLOCK = "(?:栋|幢|座|号楼|单元)"
_HOME = "(?:单元|栋|幢|弄|小区|花园|公寓|家园|新村|家属院|家属楼|宿舍|苑|里弄|新苑|名邸|府)"
_PUBLIC = (
    "门诊|急诊|住院|病房|病区|病室|诊室|医院|卫生|科|教学|办公|会议|实验|行政|楼层|大学|学院|中心|大厦|研究|展馆"
    "|酒店|药房|示教"
)
_FAR = rf"(?:(?!{_PUBLIC})[^。;；\n，,]){{0,16}}?"

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_CUT = r"[ ·.\-]{0,2}"
_PLACE = "A-HJ-NP-Z0-9"

_MARK = r"\s*(?:[:：=]|是|为)\s*"
_BARE_ID = r"(?=[-_A-Za-z0-9]*[0-9_])[A-Za-z][-_A-Za-z0-9]{5,19}"
_ANY_ID = r"[A-Za-z][-_A-Za-z0-9]{4,19}"
_WECHAT = r"(?:微信|薇信|威信|[vV]信|wechat|weixin|(?<![a-z])[vw]x(?![a-z]))"
_BOX = r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{2,64}"
_HOST = r"[A-Za-z0-9-]{1,63}"
_LAST = "(?:尾号|尾数|[末后](?:四|4|三|3|六|6)位)"
_AT = r"\s*(?:[(\[{<【（]\s*(?:at|@|艾特)\s*[)\]}>】）]|艾特)\s*"
_DOT = r"\s*(?:\.|[(\[{]\s*(?:dot|点)\s*[)\]}]|点|\bdot\b)\s*"
_TLD = r"(?:com|cn|net|org|edu|gov|hk|tw|mo|jp|de|uk|io|me)\b"

_SOMEBODY = "(?:老太太|老先生|老大爷|老奶奶|老爷爷|大爷|大妈|阿姨|小伙|姑娘|女士|先生|孕妇)"

_SHAPES: tuple[tuple[str, str, int], ...] = (
    # Patients.
    (
        "patient",
        rf"{_PATIENT}\s*(?:姓名)?[:：]?\s*(?:[{HAN}]{{1,3}}(?:某{{1,2}}|先生|女士)|[{_COMMON}][{HAN}]{{1,2}}(?=[,，、。;；\s]|$))",
        0,
    ),
    ("patient", rf"[{HAN}]某{{1,2}}[^。;；\n]{{0,6}}?(?:男|女|岁|患|诊断)", 0),
    ("patient", r"[男女]性?\s*[,，、/]?\s*\d{1,3}\s*岁|\d{1,3}\s*岁\s*[,，、/]?\s*[男女](?:性|患)", 0),
    ("patient", rf"[男女]性?\s*[,，、/]?\s*[{_NUMERAL}]{{1,4}}\s*岁", 0),
    ("patient", rf"[{_NUMERAL}]{{1,4}}\s*岁\s*[,，、/]?\s*[男女](?:性|患)", 0),
    ("patient", r"\bpatients?\s+(?:(?:named?|called)\s+)?(?-i:[A-Z][a-z]+)", re.I),
    ("patient", r"\b\d{1,3}[ -]?(?:y/o|yo\b|years?[ -]old)", re.I),
    (
        "patient",
        rf"(?:[该这此某]位?名?|一[名位例]|\d+\s*例|他的|她的)(?:的)?{_PATIENT}[^。;；,，\n]{{0,4}}{_MARKED}(?!{_STUDIED})",
        re.I,
    ),
    (
        "patient",
        rf"{_PATIENT}[^。;；,，\n]{{0,3}}{_MARKED}(?:病毒)?\s*(?:阳性|携带|病史|感染|大三阳|小三阳)(?!者?的?{_STUDIED})",
        re.I,
    ),
    ("patient", rf"{_PATIENT}(?:有|患有?|得了?|确诊为?|查出|感染了?|是)\s*{_MARKED}(?!{_STUDIED})", re.I),
    ("patient", r"床位\s*[:：]?\s*\d{1,3}(?!\d|\s*(?:张|余|多|个|以))", 0),
    ("patient", rf"患[{HAN}]{{1,8}}[病症癌炎]的{_SOMEBODY}", 0),
    # Health of the person.
    (
        "health",
        rf"{_SELF}{_THEN}{_HAS}?\s*{_MARKED}(?:病毒)?"
        rf"(?:携带者?|阳性|感染者?|患者|病史|病人)?(?!{_STUDIED}){_END}",
        re.I,
    ),
    ("health", rf"{_SELF}{_THEN}{_HAS}\s*[{HAN}]{{0,4}}?{_GRAVE}(?!患者|病人|{_STUDIED}){_END}", 0),
    ("health", rf"(?:{_SELF}|自己){_THEN}[{HAN}]{{0,4}}?{_GRAVE}症?(?:手术后|术后|化疗中|放疗中|住院)", 0),
    ("health", rf"孕妇(?:{_END}|(?=[{_COMMON}][{HAN}]{{0,2}}(?:女士|主任|医生|老师)|不便|暂不|不宜出差|休息))", 0),
    (
        "health",
        rf"{_MARKED}(?:病毒)?\s*(?:携带者?|阳性|感染者|大三阳|小三阳|病史|病人)(?!者?的?{_STUDIED}){_END}",
        re.I,
    ),
    (
        "health",
        rf"{_SELF}(?:最近|近期|近来|上周|本周|上月|本月|目前|现在|今天|昨天|正在?|因病|因|已|要|刚|又){{0,4}}"
        r"(?:住院|生病|病了|患病|病休|休病假|产假|待产|术后休养|做手术|动手术)"
        rf"(?!医|部|患|病|总|治|处|楼|号|(?:期间)?的?{_PATIENT})",
        0,
    ),
    (
        "health",
        r"\b(?:he|she|dr\.? ?\w+|prof\.? ?\w+)\b[^.;\n]{0,20}"
        r"\b(?:hiv|aids|hepatitis [bc]|hbv|epilep\w+|syphilis|pregnant|on sick leave|hospitali[sz]ed)\b"
        r"(?! (?:guideline|screening|vaccin|treatment|therap|educat|trial|program|care|research|stud|prevent|clinic))",
        re.I,
    ),
    (
        "patient",
        r"\b(?:the|this|a|his|her) patients?\b[^.;\n]{0,12}\b(?:is|has|with|was)\b[^.;\n]{0,12}"
        r"\b(?:hiv|aids|hepatitis [bc]|hbv|syphilis)\b",
        re.I,
    ),
    # Family.
    ("family", rf"{_NOT_PATIENTS}{_KIN}亲?[^。;；,，\n]{{0,4}}{_ILL}", 0),
    # Prescribing figures.
    (
        "prescribing",
        rf"(?:(?:每|本|上|当|一个?)?(?:月|周|季度?|年)[^。;；\n]{{0,8}}?"
        rf"|(?:处方|开方|上量|用量|开了|开出|消耗|产出|单产|月均|走量)[^。;；\n]{{0,6}}?){_NUMBER}\s*{_PACK}",
        0,
    ),
    ("prescribing", rf"{_NUMBER}\s*(?:多|余|来|左右)?\s*盒\s*(?:/|每|a )\s*(?:天|日|day)", re.I),
    (
        "prescribing",
        rf"(?:{_NUMBER}\s*(?:多|余|来|左右)?\s*盒|"
        rf"{_MANY}\s*(?:多|余|来|左右)?\s*(?:{_PACK}|[粒袋贴针]))\s*(?:/|每|per |a )\s*{_SPAN}",
        re.I,
    ),
    ("prescribing", r"\b(?:TRx|NRx|Rx\s*count)\b", re.I),
    ("prescribing", r"\b(?:prescri\w+|scripts?)\b[^.;\n]{0,16}\b\d+", re.I),
    (
        "prescribing",
        r"\b\d+\s*(?:boxes|packs|vials|units|scripts|rx)\s*(?:a|per|each|every|/)\s*(?:month|mo|week|wk|year|yr)\b",
        re.I,
    ),
    # Accounts by their label.
    (
        "account",
        r"(?:(?<![A-Za-z])QQ(?![A-Za-z])|扣扣|企鹅号)\s*"
        r"(?:号码?|群号?|账号|帐号|number|no\.?)?\s*(?:[:：=#]|是|为)?\s*"
        r"[1-9一二三四五六七八九](?: ?[0-9〇零一二三四五六七八九]){4,11}(?!\d)",
        re.I,
    ),
    (
        "account",
        rf"{_WECHAT}\s*(?:号码?|id|账号|帐号|账户)(?:{_MARK}{_ANY_ID}|\s*(?:{_BARE_ID}|(?!1[3-9]\d{{9}}(?!\d))\d{{5,20}}))",
        re.I,
    ),
    (
        "account",
        rf"(?:加|我的?|他的?|她的?|个人)?{_WECHAT}(?:{_MARK}|\s*)"
        rf"(?:{_BARE_ID}|(?!1[3-9](?: ?\d){{9}}(?!\d))\d(?: ?\d){{4,19}})",
        re.I,
    ),
    # Mail addresses written to slip past.
    ("email", rf"{_BOX}{_AT}{_HOST}(?:{_DOT}{_HOST}){{0,4}}?{_DOT}{_TLD}", re.I),
    ("email", rf"{_BOX}\s+at\s+{_HOST}(?:\s+dot\s+{_HOST}){{0,4}}?\s+dot\s+{_TLD}", re.I),
    ("email", rf"{_BOX}\s*#\s*{_HOST}(?:\.{_HOST}){{0,4}}?\.{_TLD}", re.I),
    ("email", rf"{_BOX}@{_HOST}(?:{_DOT}{_HOST}){{0,4}}?{_DOT}{_TLD}", re.I),
    # Ends of cards and telephones.
    (
        "bank_card",
        rf"(?:卡|账号|帐号|账户|银行|[工建农中招交]行)[^。;；\n]{{0,10}}{_LAST}\s*(?:[:：]|是|为)?\s*{_N}",
        0,
    ),
    ("bank_card", rf"{_LAST}\s*(?:[:：]|是|为)?\s*\d(?: ?\d){{2,5}}\s*的?[^。;；\n]{{0,6}}?卡", 0),
    # A number called a card or an account is one, whatever its check digit: people mistype it.
    (
        "bank_card",
        r"(?:银行卡|借记卡|信用卡|储蓄卡|收款账[户号]|(?<!工)(?<!胸)卡号)\D{0,6}\d(?:[ -]?\d){11,18}(?!\d)",
        0,
    ),
    ("bank_card", r"\b(?:bank card|card|account) (?:no\.?|number)\D{0,4}\d(?:[ -]?\d){11,18}(?!\d)", re.I),
    ("bank_card", r"\b(?:card|account)\b[^.;\n]{0,16}\b(?:ending|ends)\s*(?:in|with)?\s*\d{3,6}\b", re.I),
    ("phone", r"(?:手机|电话|号码?)?尾号\s*(?:[:：]|是|为)?\s*\d(?: ?\d){2,5}(?!\s*(?:限行|\d))", 0),
    ("id_number", rf"(?:身份证|证件)[^。;；\n]{{0,8}}?{_LAST}\s*(?:[:：]|是|为)?\s*\d(?: ?\d){{1,5}} ?[\dXx]", 0),
    # Number plates: ordinary, and of new energy vehicles.
    (
        "plate",
        rf"[{_PROVINCE}]{_CUT}[A-HJ-NP-Z]{_CUT}(?=(?:[^\d\n]{{0,3}}\d){{2}})(?:[DF]{_CUT}(?:[{_PLACE}]{_CUT}){{4}}\d|(?:\d{_CUT}){{5}}[DF]|(?:[{_PLACE}]{_CUT}){{4}}[{_PLACE}挂学警])(?![A-Za-z0-9])",
        0,
    ),
    # Homes.
    ("address", rf"[{HAN}]{{1,12}}{_ROAD}\s*{_N}\s*(?:号|弄){_FAR}{_HOME}{_FAR}{_N}\s*(?:{_DOOR}|号|单元)", 0),
    ("address", rf"[{HAN}]{{1,12}}{_ROAD}\s*{_N}\s*弄\s*{_N}\s*号", 0),
    (
        "address",
        rf"{_N}\s*(?:栋|幢|座|号楼)\s*{_N}\s*单元(?:\s*{_N}(?:\s*{_DOOR})?)?(?!{_FAR}(?:{_PUBLIC}))(?!\s*(?:{_PUBLIC}))",
        0,
    ),
    ("address", rf"(?:小区|花园|公寓|家园|新村|家属院|家属楼|宿舍|苑)\s*{_N}\s*{_BLOCK}{_FAR}{_N}\s*{_DOOR}?", 0),
    (
        "address",
        rf"(?:家住|住址|住在|家庭地址|家里?在|住家|[他她]家?住(?!院)|寄到家|家址)[:：]?[^。;；\n]{{0,24}}?{_N}\s*(?:号|弄|{_BLOCK}|{_DOOR})",
        0,
    ),
    ("address", r"\b(?:lives?|living|resid\w+)\s+(?:at|on|in)\s+(?:no\.?\s*)?\d+|\b(?:apt|apartment)\.?\s*#?\d+", re.I),
)
#: What stands in every shape of a code: a text without it is not searched for them. Most texts hold none.
_GATES: dict[str, str] = {
    "patient": r"患|病|床位|某|岁|patient|y/o|yo\b|year",
    "health": r"孕妇|癌|瘤|尿|肾|血压|冠心|脑梗|中风|心梗|抑郁|焦虑|帕金森|肝"
    r"|艾滋|梅毒|淋病|结核|精神分裂|双相|癫痫|病|住院|产假|待产|手术|h[ibc]v|aids|hepatitis|epilep|syphilis"
    r"|pregnant|sick leave|hospital",
    "family": _ILL,
    "prescribing": r"[盒支瓶片粒袋贴针单方药万]|rx|prescri|script|boxes|packs|vials|units",
    "account": r"qq|扣扣|企鹅|信|wechat|weixin|[vw]x",
    "email": r"at|@|艾特|#",
    "bank_card": r"尾|位|卡|收款账|ending|ends|card|account",
    "phone": r"尾号",
    "id_number": "身份证|证件",
    "plate": rf"[{_PROVINCE}]{_CUT}[A-HJ-NP-Z]",
    "address": rf"{_HOME}|家|住|号楼|座|live|living|resid|apt|apartment",
}
#: (code, what must stand somewhere, the shapes)
SHAPES = tuple(
    (code, re.compile(gate, re.IGNORECASE), tuple(re.compile(s, flags) for c, s, flags in _SHAPES if c == code))
    for code, gate in _GATES.items()
)
