"""Encodes the English texts with the teacher, all-mpnet-base-v2 (mean of its token vectors, length one).

In: a folder with the teacher's files, the corpus. Out: teacher.npy, float16, one row per English text. Rows already there are
kept, so that it can be run again after the corpus has grown.
"""

import hashlib
import pickle
import sys
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import MPNetModel

from corpus import Corpus  # noqa: F401  (the pickle needs it)

SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
BATCH = 256
TOKENS = 64


def load(folder):
    weights = folder / "model.safetensors"
    if hashlib.sha256(weights.read_bytes()).hexdigest() != SHA256:
        sys.exit(f"{weights}: not the teacher that this model was made from")
    model = MPNetModel.from_pretrained(folder, dtype=torch.bfloat16, add_pooling_layer=False)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(TOKENS)
    tokenizer.no_padding()
    return model.eval(), tokenizer


@torch.inference_mode()
def encode(texts, model, tokenizer):
    vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float16)
    encoded = [entry.ids for entry in tokenizer.encode_batch(texts)]
    order = sorted(range(len(texts)), key=lambda index: len(encoded[index]))
    started = time.time()
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        length = max(len(encoded[index]) for index in batch)
        ids = torch.full((len(batch), length), model.config.pad_token_id, dtype=torch.long)
        mask = torch.zeros((len(batch), length), dtype=torch.long)
        for row, index in enumerate(batch):
            ids[row, : len(encoded[index])] = torch.tensor(encoded[index])
            mask[row, : len(encoded[index])] = 1
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).float()
        means = torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=1)
        vectors[batch] = means.numpy().astype(np.float16)
        if start // BATCH % 100 == 0:
            print(f"{start:>8} of {len(order)}  {time.time() - started:.0f} s", flush=True)
    return vectors


if __name__ == "__main__":
    folder, corpus_file, out = map(Path, sys.argv[1:4])
    english = pickle.load(open(corpus_file, "rb")).english
    model, tokenizer = load(folder)
    known = {}
    texts_file = out.with_suffix(".texts")
    if out.exists() and texts_file.exists():
        known = dict(zip(pickle.load(open(texts_file, "rb")), np.load(out)))
    missing = [text for text in english if text not in known]
    known.update(zip(missing, encode(missing, model, tokenizer) if missing else []))
    np.save(out, np.stack([known[text] for text in english]))
    pickle.dump(english, open(texts_file, "wb"))
    print(f"{len(missing)} encoded, {len(english)} in all")
