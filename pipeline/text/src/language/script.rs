//! Which script a text is in, and whether Chinese is in simplified or traditional characters.
//!
//! In: a text. Out: letters counted by script, up to a limit. Characters of Chinese, Japanese and Korean count double,
//! since one of them stands for about two letters: a brand name in Latin letters must not win over a Chinese sentence.

/// The scripts we tell apart; Japanese is kana with or without kanji.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Arabic,
    Chinese,
    Cyrillic,
    Hangul,
    Hebrew,
    Japanese,
    Latin,
    Thai,
}

/// Letters by script.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ScriptCounts {
    arabic: usize,
    cyrillic: usize,
    han: usize,
    simplified: usize,
    traditional: usize,
    hangul: usize,
    hebrew: usize,
    japanese_han: usize,
    kana: usize,
    latin: usize,
    thai: usize,
}

impl ScriptCounts {
    /// Counts the first `limit` letters; also gives the byte where it stopped (the end of a word for Latin letters).
    pub(super) fn count(text: &str, limit: usize, table: &HanTable) -> (Self, usize) {
        let mut counts = Self::default();
        let mut seen = 0;
        for (index, character) in text.char_indices() {
            if seen >= limit && !character.is_alphabetic() {
                return (counts, index);
            }
            let counter = match character as u32 {
                0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => &mut counts.latin,
                0x400..=0x52F => &mut counts.cyrillic,
                0x5D0..=0x5EA => &mut counts.hebrew,
                0x620..=0x64A | 0x66E..=0x6D3 | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC => &mut counts.arabic,
                0xE01..=0xE30 | 0xE32..=0xE33 | 0xE40..=0xE46 => &mut counts.thai,
                0x1100..=0x11FF | 0x3131..=0x318E | 0xAC00..=0xD7A3 => &mut counts.hangul,
                0x3041..=0x3096 | 0x30A1..=0x30FA | 0x30FC | 0xFF66..=0xFF9D => &mut counts.kana,
                0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F => {
                    match table.form(character) {
                        Form::Simplified => counts.simplified += 1,
                        Form::Traditional => counts.traditional += 1,
                        Form::Japanese => counts.japanese_han += 1,
                        Form::Shared => {}
                    }
                    &mut counts.han
                }
                _ => continue,
            };
            *counter += 1;
            seen += 1;
            // Scripts without spaces have no word to finish.
            if seen >= limit * 2 {
                return (counts, index + character.len_utf8());
            }
        }
        (counts, text.len())
    }

    /// The script with the most weight and its share of the weight; ties go to the script that is not Latin.
    pub(super) fn leading(&self) -> Option<(Script, f64)> {
        let east = 2 * (self.han + self.kana);
        // A kana now and then stands in Chinese brand names; kanji alone with forms only Japan uses is Japanese.
        let is_japanese = self.kana * 10 > self.han || (self.kana == 0 && self.japanese_han * 8 > self.han);
        let weights = [
            (if is_japanese { Script::Japanese } else { Script::Chinese }, east),
            (Script::Hangul, 2 * self.hangul),
            (Script::Thai, self.thai),
            (Script::Arabic, self.arabic),
            (Script::Hebrew, self.hebrew),
            (Script::Cyrillic, self.cyrillic),
            (Script::Latin, self.latin),
        ];
        let total: usize = weights.iter().map(|&(_, weight)| weight).sum();
        let mut best = weights[0];
        for candidate in &weights[1..] {
            if candidate.1 > best.1 {
                best = *candidate;
            }
        }
        (best.1 > 0).then(|| (best.0, best.1 as f64 / total as f64))
    }
}

/// Frequent kanji in forms that neither Chinese script uses.
const JAPANESE_ONLY: &str = "払駅図検対売気発転満帰変続伝価総労戦沢広緑両円歩毎経済応壊択様込働畑渋栄覧観録専団囲覚悪単営徴徳拡拠挙揺";

/// Pairs of a simplified and a traditional character, each used in one of the two scripts only.
const PAIRS: &str = "\
们們国國车車这這个個来來时時说說会會对對没沒还還为為吗嗎开開关關问問题題电電话話机機单單订訂货貨买買卖賣钱錢费費样樣让讓给給过過进進远遠长長张張门門间間见見现現实實发發经經边邊头頭动動东東无無号號码碼\
输輸锁鎖骑騎轮輪换換坏壞损損报報检檢测測诉訴请請谢謝谁誰该該认認识識证證设設计計许許谈談调調读讀课課员員务務优優总總网網线線级級结結绝絕维維续續统統继繼红紅约約组組终終脸臉师師带帶帮幫应應当當显顯类類\
预預领領频頻额額顾顧须須顺順气氣热熱点點产產业業两兩严嚴丢丟习習书書乱亂争爭亲親亿億仅僅从從众眾体體价價伤傷侧側偿償儿兒兴興养養农農决決况況减減处處备備够夠夺奪奖獎妈媽学學宝寶审審宽寬导導将將尽盡\
层層岁歲币幣广廣庆慶库庫异異归歸录錄忆憶怀懷态態恼惱恶惡悬懸惊驚惯慣愿願战戰户戶扩擴护護拟擬择擇据據断斷旧舊术術权權条條极極构構标標树樹档檔桥橋梦夢楼樓欢歡残殘毁毀毕畢汉漢汇匯沟溝济濟灭滅灯燈灵靈烦煩\
烧燒爱愛状狀独獨献獻环環画畫疗療监監盖蓋盘盤确確离離种種积積称稱稳穩穷窮窃竊简簡签簽粮糧紧緊罗羅罚罰职職联聯听聽脑腦脚腳节節药藥虑慮虽雖补補装裝规規视視觉覺触觸译譯试試询詢详詳语語误誤责責账賬质質购購\
贵貴贴貼资資赔賠赶趕跃躍转轉软軟轻輕载載较較辆輛达達运運连連迟遲选選递遞邮郵邻鄰释釋钟鐘钮鈕铁鐵银銀错錯键鍵镜鏡闪閃闭閉阅閱队隊阳陽阴陰际際险險随隨难難雾霧静靜页頁项項顶頂风風飞飛饭飯饮飲馆館马馬驱驅\
验驗骗騙鱼魚鸟鳥黄黃齐齊龙龍";

/// In which writing a Han character occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Shared,
    Simplified,
    Traditional,
    Japanese,
}

/// The form of every character of the main Han block, looked up by code point.
pub(super) struct HanTable {
    forms: Vec<Form>,
}

const HAN_START: u32 = 0x4E00;
const HAN_END: u32 = 0xA000;

impl HanTable {
    pub(super) fn new() -> Self {
        let mut forms = vec![Form::Shared; (HAN_END - HAN_START) as usize];
        let mut set = |character: char, form: Form| {
            if let Some(slot) = forms.get_mut((character as u32).wrapping_sub(HAN_START) as usize) {
                *slot = form;
            }
        };
        for (place, character) in PAIRS.chars().enumerate() {
            set(character, if place % 2 == 0 { Form::Simplified } else { Form::Traditional });
        }
        for character in JAPANESE_ONLY.chars() {
            set(character, Form::Japanese);
        }
        Self { forms }
    }

    fn form(&self, character: char) -> Form {
        self.forms.get((character as u32).wrapping_sub(HAN_START) as usize).copied().unwrap_or(Form::Shared)
    }
}

impl ScriptCounts {
    /// Which script a Chinese text is in, and the share of its distinctive characters that are of that script.
    pub(super) fn chinese_script(&self) -> (&'static str, f64) {
        let total = self.simplified + self.traditional;
        if total == 0 {
            return ("zh-Hans", 0.5);
        }
        let (label, count) = if self.simplified >= self.traditional {
            ("zh-Hans", self.simplified)
        } else {
            ("zh-Hant", self.traditional)
        };
        (label, count as f64 / total as f64)
    }
}
