"""Measures an embedding in Model2Vec's layout on the labelled sets: the figures of the model card.

In: the folder of the model, the folder of the data. Out: tables on standard output. Nothing is fitted but k-means.
"""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score
from tokenizers import Tokenizer

from corpus import is_held_out, rows

SIB = {
    "de": "deu_Latn", "fr": "fra_Latn", "es": "spa_Latn", "it": "ita_Latn", "pt": "por_Latn", "nl": "nld_Latn", "sv": "swe_Latn",
    "pl": "pol_Latn", "cs": "ces_Latn", "hu": "hun_Latn", "ro": "ron_Latn", "el": "ell_Grek", "ru": "rus_Cyrl", "uk": "ukr_Cyrl",
    "tr": "tur_Latn", "ar": "arb_Arab", "he": "heb_Hebr", "hi": "hin_Deva", "th": "tha_Thai", "vi": "vie_Latn", "id": "ind_Latn",
    "ja": "jpn_Jpan", "ko": "kor_Hang", "zh": "zho_Hans",
}


class Static:
    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tensors = load_file(folder / "model.safetensors")
        self.vectors = tensors["embeddings"].astype(np.float32)
        if "scales" in tensors:
            self.vectors *= tensors["scales"][:, None]
        self.unknown = self.tokenizer.token_to_id("[UNK]")

    def encode(self, texts):
        out = np.zeros((len(texts), self.vectors.shape[1]), dtype=np.float32)
        for row, entry in zip(out, self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)):
            ids = [i for i in entry.ids if i != self.unknown]
            if ids:
                row += self.vectors[ids].sum(0)
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def accuracy(gold, found):
    _, g = np.unique(gold, return_inverse=True)
    table = np.zeros((found.max() + 1, g.max() + 1), dtype=int)
    np.add.at(table, (found, g), 1)
    return table[linear_sum_assignment(-table)].sum() / len(g)


def k_means(vectors, gold, seeds=5):
    runs = [KMeans(len(set(gold)), n_init=3, random_state=seed).fit_predict(vectors) for seed in range(seeds)]
    figures = np.array([(accuracy(gold, run), normalized_mutual_info_score(gold, run)) for run in runs])
    return figures.mean(0), figures.std(0)


def xsid(data):
    for path in sorted((data / "cross-lingual/xsid").glob("*.valid.conll")):
        for block in path.read_text(encoding="utf-8").split("\n\n"):
            fields = dict(re.findall(r"^# ([a-z-]+)\s*[=:]\s*(.*)$", block, re.MULTILINE))
            if "text" in fields and "intent" in fields:
                yield fields["text"].strip(), fields["intent"].strip(), path.name.split(".")[0]


def sib200(data, folder):
    return {row["index_id"]: row["text"] for row in rows(data / "cross-lingual/sib200" / folder / "dev.tsv", "\t")}


def main(folder, data):
    model = Static(folder)
    sets = {
        "natcs": [(r["utterance"], r["intent"]) for r in map(json.loads, open(data / "clustering/natcs/development-utterances.jsonl"))],
        "banking77 (half not trained on)": [
            (r["text"], r["category"]) for r in csv.DictReader(open(data / "clustering/banking77/train.csv")) if is_held_out(r["text"])
        ],
    }
    for name, labelled in sets.items():
        mean, spread = k_means(model.encode([text for text, _ in labelled]), [label for _, label in labelled])
        print(f"{name}: k-means at the gold number, ACC {mean[0]:.3f} ± {spread[0]:.3f}, NMI {mean[1]:.3f} ± {spread[1]:.3f}")

    texts, intents, languages = zip(*xsid(data))
    more = {"da", "no", "sr", "lt", "kk"}
    trained = np.array([language in SIB or language in more or language == "en" for language in languages])
    vectors = model.encode(texts)
    for name, chosen in (("all 19", np.ones(len(texts), bool)), ("trained", trained)):
        found = KMeans(len(set(intents)), n_init=5, random_state=0).fit_predict(vectors[chosen])
        intent = normalized_mutual_info_score(np.array(intents)[chosen], found)
        language = normalized_mutual_info_score(np.array(languages)[chosen], found)
        print(f"xsid, {name} languages: NMI with intent {intent:.3f}, with language {language:.3f}")

    english = sib200(data, "eng_Latn")
    recalls = {}
    for language, code in SIB.items():
        other = sib200(data, code)
        ids = sorted(english.keys() & other.keys())
        left, right = model.encode([other[i] for i in ids]), model.encode([english[i] for i in ids])
        recalls[language] = float(np.mean((left @ right.T).argmax(1) == np.arange(len(ids))))
    print("sib200 dev, recall@1 to English among", len(ids), {k: round(v, 2) for k, v in recalls.items()})
    print(f"median of {len(recalls)}: {np.median(list(recalls.values())):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
