"""Made-up people, companies and places with Chinese names."""

from dataclasses import dataclass

from backend.crm.seeding.dice import Dice


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES = _words(
    """
    王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he
    高gao 林lin 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 韩han 冯feng 邓deng 曹cao 彭peng 曾zeng 萧xiao
    田tian 董dong 袁yuan 潘pan 蒋jiang 蔡cai 余yu 杜du 叶ye 程cheng 苏su 魏wei 吕lv 丁ding 任ren 沈shen 姚yao
    欧阳ouyang 上官shangguan
    """
)
_GIVEN = _words(
    """
    伟wei 芳fang 娜na 敏min 静jing 丽li 强qiang 磊lei 军jun 洋yang 勇yong 艳yan 杰jie 涛tao 明ming 超chao 霞xia
    平ping 刚gang 桂gui 辉hui 鹏peng 华hua 婷ting 雪xue 琳lin 宇yu 晨chen 欣xin 佳jia 浩hao 然ran 子zi 涵han
    梓zi 轩xuan 思si 雨yu 嘉jia 怡yi 志zhi 文wen 建jian 国guo 海hai 玉yu 春chun 晓xiao 东dong 凯kai
    """
)
_BRANDS = _words(
    """
    恒瑞hengrui 华信huaxin 中科zhongke 天宇tianyu 金鼎jinding 鸿达hongda 博远boyuan 瑞丰ruifeng 盛世shengshi
    新源xinyuan 东方dongfang 万通wantong 启明qiming 安泰antai 立信lixin 宏图hongtu 佳美jiamei 远航yuanhang
    永兴yongxing 卓越zhuoyue 晨光chenguang 海川haichuan 云峰yunfeng 星河xinghe 德润derun 凯旋kaixuan
    龙腾longteng 百川baichuan 正泽zhengze 嘉禾jiahe 蓝天lantian 同创tongchuang 联众lianzhong 锦程jincheng
    顺达shunda 众诚zhongcheng 亿佳yijia 飞扬feiyang 国泰guotai 长青changqing
    """
)
# Industry, and the words its companies carry in their names.
INDUSTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("信息技术", ("科技", "软件", "信息技术", "网络科技")),
    ("制造业", ("精密机械", "电子", "自动化设备", "新材料")),
    ("医疗健康", ("医疗器械", "生物科技", "医药")),
    ("零售", ("商贸", "百货", "食品")),
    ("教育", ("教育科技", "文化传播")),
    ("金融", ("投资管理", "融资租赁")),
    ("建筑地产", ("建设工程", "置业", "装饰工程")),
    ("物流", ("物流", "供应链管理", "国际货运")),
    ("能源", ("新能源", "电力设备", "环保科技")),
    ("农业", ("农业科技", "生态农业")),
)
_SUFFIXES = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "集团有限公司")
_ROADS = _words("中山路 人民路 解放路 建设路 科技路 创新大道 滨江大道 高新路 和平路 迎宾大道 工业园路 文化路")
_DOMAINS = ("example", "cn.example", "corp.example")


@dataclass(frozen=True, slots=True)
class Place:
    """A district: where a company sits, and the codes its numbers begin with."""

    region: str
    province: str
    city: str
    district: str
    district_code: str
    area_code: str


PLACES: tuple[Place, ...] = tuple(
    Place(*line.split())
    for line in (
        "华东 上海市 上海 浦东新区 310115 21",
        "华东 上海市 上海 徐汇区 310104 21",
        "华东 浙江省 杭州 西湖区 330106 571",
        "华东 江苏省 南京 鼓楼区 320106 25",
        "华东 江苏省 苏州 虎丘区 320505 512",
        "华南 广东省 广州 天河区 440106 20",
        "华南 广东省 深圳 南山区 440305 755",
        "华南 福建省 福州 鼓楼区 350102 591",
        "华北 北京市 北京 海淀区 110108 10",
        "华北 北京市 北京 朝阳区 110105 10",
        "华北 天津市 天津 南开区 120104 22",
        "华中 湖北省 武汉 洪山区 420111 27",
        "华中 湖南省 长沙 岳麓区 430104 731",
        "西南 四川省 成都 武侯区 510107 28",
        "西南 重庆市 重庆 渝北区 500112 23",
        "西北 陕西省 西安 雁塔区 610113 29",
        "东北 辽宁省 沈阳 和平区 210102 24",
        "东北 辽宁省 大连 沙河口区 210204 411",
    )
)


def _split(word: str) -> tuple[str, str]:
    """Return the Chinese characters of `word` and their pinyin."""
    pinyin = word.lstrip("".join(sign for sign in word if not sign.isascii()))
    return word.removesuffix(pinyin), pinyin


_SURNAME_PAIRS = tuple(map(_split, _SURNAMES))
_GIVEN_PAIRS = tuple(map(_split, _GIVEN))
_BRAND_PAIRS = tuple(map(_split, _BRANDS))


def person(dice: Dice) -> tuple[str, str]:
    """Return a person's name, and its pinyin as a mailbox is named."""
    surname, surname_pinyin = dice.pick(_SURNAME_PAIRS)
    first, first_pinyin = dice.pick(_GIVEN_PAIRS)
    if dice.chance(0.3):
        return surname + first, f"{surname_pinyin}.{first_pinyin}"
    second, second_pinyin = dice.pick(_GIVEN_PAIRS)
    return surname + first + second, f"{surname_pinyin}.{first_pinyin}{second_pinyin}"


def company(dice: Dice, place: Place) -> tuple[str, str, str, str]:
    """Return a company's name, short name, industry and mail domain (under the reserved `.example`)."""
    first, first_pinyin = dice.pick(_BRAND_PAIRS)
    second, second_pinyin = dice.pick(_BRAND_PAIRS)
    industry, words = dice.pick(INDUSTRIES)
    short = first + second[0] if dice.chance(0.5) else first
    domain = f"{first_pinyin}-{second_pinyin}.{dice.pick(_DOMAINS)}"
    return f"{place.city}{short}{dice.pick(words)}{dice.pick(_SUFFIXES)}", short, industry, domain


def address(dice: Dice, place: Place) -> str:
    """Return a street address in `place`."""
    city = "" if place.province.startswith(place.city) else f"{place.city}市"
    street = f"{dice.pick(_ROADS)}{dice.between(1, 999)}号{dice.between(1, 30)}幢{dice.between(101, 2909)}室"
    return f"{place.province}{city}{place.district}{street}"
