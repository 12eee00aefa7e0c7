"""Learns the sub-word vocabulary: BPE on lower-cased words, on as many sentences of each language as of the next.

In: the corpus. Out: tokenizer.json. Unknown characters become [UNK], which the reader drops.
"""

import pickle
import random
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from corpus import Corpus  # noqa: F401

SIZE = 80_000
LINES = 45_000  # of each language; English has four times as many


def lines(corpus):
    draw = random.Random(7)
    by_language = {"en": list(corpus.english)}
    for _, other, language in corpus.pairs:
        by_language.setdefault(language, []).append(other)
    own = {}
    for _, other, language in corpus.support:
        own.setdefault(language, []).append(other)
    for _, text, language in corpus.issues:
        own.setdefault(language, []).append(text if isinstance(text, str) else corpus.english[text])
    for language, texts in by_language.items():
        texts = sorted(set(texts))
        draw.shuffle(texts)
        share = LINES * 4 if language == "en" else LINES
        yield from texts[:share]
        for _ in range(3):
            yield from own.get(language, [])


if __name__ == "__main__":
    corpus_file, out = map(Path, sys.argv[1:3])
    corpus = pickle.load(open(corpus_file, "rb"))
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(r"\p{N}|[^\p{L}\p{M}\p{N}]"), "isolated")]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=["[UNK]"], min_frequency=3, limit_alphabet=6000, max_token_length=16, show_progress=False
    )
    tokenizer.train_from_iterator(lines(corpus), trainer)
    tokenizer.save(str(out), pretty=False)
    print(tokenizer.get_vocab_size(), out.stat().st_size)
    for text in ["The bike won't unlock!", "Das Fahrradschloss lässt sich nicht öffnen", "ใส่รหัสแล้วล็อกจักรยานไม่ขยับเลย", "バッテリーがすぐ切れます"]:
        print(tokenizer.encode(text).tokens)
