"""Learns one vector per token so that a sentence lands where the teacher puts its English side.

In: corpus, teacher vectors, tokenizer. Out: a folder in Model2Vec's layout (tokenizer.json, model.safetensors with int8
`embeddings` and one f32 `scales` per row). The only parameters are the token vectors; a sentence is the normalised sum of its
tokens' vectors, so that the length of a vector is its token's weight.

Loss per pair: cosine distance of both sides to the teacher's vector, and the cross-entropy between the teacher's and the
model's similarities of a block, English side against other side, which is a contrastive term that knows which "negatives"
mean nearly the same. A block holds sentences that are near each other, so that negatives are hard. To a part of what customers
write, set phrases are added on the other side (greetings, small talk, fillers) while the target stays, so that these weigh little.
"""

import argparse
import pickle
import shutil
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from corpus import Corpus  # noqa: F401

BLOCK = 512
ANCHORS = 16  # rows of a batch that the others are grouped about
SURROUNDINGS = 400  # combinations of set phrases per language


class Bags:
    """Token ids of many texts, flat."""

    def __init__(self, texts, tokenizer):
        unknown = tokenizer.token_to_id("[UNK]")
        ids = [[i for i in entry.ids if i != unknown][:96] for entry in tokenizer.encode_batch_fast(texts)]
        self.lengths = np.array([len(row) for row in ids], dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.flat = np.fromiter((i for row in ids for i in row), dtype=np.int32, count=int(self.lengths.sum()))

    def gather(self, rows, draw=None, drop=0.0):
        lengths, starts = self.lengths[rows], self.starts[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - starts, lengths)
        ids = self.flat[places]
        if draw is not None and drop > 0:
            keep = draw.random(len(ids), dtype=np.float32) >= drop
            keep[offsets[:-1][lengths > 0]] = True
            kept = np.add.reduceat(keep, offsets[:-1][lengths > 0]) if len(ids) else np.zeros(0, dtype=np.int64)
            counts = np.zeros(len(rows), dtype=np.int64)
            counts[lengths > 0] = kept
            ids, offsets = ids[keep], np.concatenate([[0], np.cumsum(counts)])
        return torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(offsets[:-1])


def directions(vectors, dimensions):
    """The teacher's principal axes about its mean: (mean, axes)."""
    mean = vectors.mean(0)
    covariance = np.cov((vectors - mean).T)
    _, axes = np.linalg.eigh(covariance)
    return mean, np.ascontiguousarray(axes[:, ::-1][:, :dimensions])


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def surroundings(corpus, draw):
    """What may stand around a problem, put together by chance: `SURROUNDINGS` texts of each language, languages in order."""
    texts = []
    for language, phrases in corpus.set_phrases.items():
        for _ in range(SURROUNDINGS):
            said = list(draw.choice(phrases, draw.integers(1, 5), replace=False))
            texts.append(" ".join(said + list(draw.choice(corpus.fillers[language], draw.integers(0, 4)))))
    return texts


def prepare(corpus, teacher, tokenizer, dimensions, draw):
    """Bags and targets of every kind of pair: arrays of (English bag, other bag, target row), by kind.

    The last bags are the surroundings; `speaks` has a bag's place among their languages, -1 for none.
    """
    mean, axes = directions(teacher.astype(np.float32), dimensions)
    targets = unit((teacher.astype(np.float32) - mean) @ axes).astype(np.float32)
    others = [other for _, other, _ in corpus.pairs] + [other for _, other, _ in corpus.support]
    issue_texts = [text if isinstance(text, str) else corpus.english[text] for _, text, _ in corpus.issues]
    bags = Bags(corpus.english + others + issue_texts + surroundings(corpus, draw), tokenizer)
    speaks = np.full(len(bags.lengths), -1)
    place = {language: number for number, language in enumerate(corpus.set_phrases)}
    first = len(corpus.english)
    pairs = np.array([(english, first + index, english) for index, (english, _, _) in enumerate(corpus.pairs)])
    languages = np.array([language for _, _, language in corpus.pairs])
    first += len(corpus.pairs)
    speaks[first : first + len(corpus.support)] = [place.get(language, -1) for _, _, language in corpus.support]
    support = np.array([(english, first + index, english) for index, (english, _, _) in enumerate(corpus.support)]).reshape(-1, 3)
    first += len(corpus.support)
    alone = np.array([(row, row, row) for row in corpus.alone])
    speaks[corpus.alone] = place["en"]
    speaks[first : first + len(corpus.issues)] = [place.get(language, -1) for _, _, language in corpus.issues]
    # Issues of the phrase books: the target is the middle of the issue's English sentences, with a part of its own for those.
    issue = np.array([number for number, _, _ in corpus.issues])
    english_rows = np.array([text if isinstance(text, int) else -1 for _, text, _ in corpus.issues])
    extra, by_issue = [], {}
    for number in np.unique(issue):
        members = np.flatnonzero((issue == number) & (english_rows >= 0))
        by_issue[number] = members
        extra.append(targets[english_rows[members]].mean(0))
    first_target = len(targets)
    targets = np.concatenate([targets, unit(np.array(extra)).astype(np.float32)])
    return bags, targets, pairs, languages, support, alone, speaks, (issue, by_issue, first, first_target)


def start_vectors(bags, targets, pairs, alone, vocabulary, dimensions):
    """Each token starts at the mean target of the sentences that have it, the rarer the longer."""
    sums = torch.zeros((vocabulary, dimensions))
    counts = torch.zeros(vocabulary)
    for side in (0, 1):
        for chunk in np.array_split(np.concatenate([pairs, alone]), 200):
            ids, offsets = bags.gather(chunk[:, side])
            lengths = torch.from_numpy(bags.lengths[chunk[:, side]])
            rows = torch.repeat_interleave(torch.from_numpy(targets[chunk[:, 2]]), lengths, dim=0)
            sums.index_add_(0, ids, rows)
            counts.index_add_(0, ids, torch.ones(len(ids)))
    share = counts / counts.sum()
    weight = 1e-4 / (1e-4 + share)
    return sums / (counts + 3.0).unsqueeze(1) * weight.unsqueeze(1) + 0.01 * torch.randn(vocabulary, dimensions)


def quantise(vectors):
    scales = np.abs(vectors).max(1) / 127.0
    values = np.where(scales[:, None] > 0, vectors / np.maximum(scales, 1e-12)[:, None], 0)
    return np.clip(np.rint(values), -127, 127).astype(np.int8), scales.astype(np.float32)


def read(folder):
    tensors = load_file(folder / "model.safetensors")
    return torch.from_numpy(tensors["embeddings"].astype(np.float32) * tensors["scales"][:, None])


def write(folder, tokenizer_file, vectors):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(tokenizer_file, folder / "tokenizer.json")
    values, scales = quantise(vectors)
    save_file({"embeddings": values, "scales": scales}, folder / "model.safetensors")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("teacher", type=Path)
    arguments.add_argument("tokenizer", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--start", type=Path, help="a folder that this wrote before, with the same tokenizer, to go on from")
    arguments.add_argument("--stay", type=float, default=0.0, help="how much of the start remains in the mean of both")
    arguments.add_argument("--dimensions", type=int, default=256)
    arguments.add_argument("--steps", type=int, default=9000)
    arguments.add_argument("--batch", type=int, default=4096)
    arguments.add_argument("--rate", type=float, default=0.01)
    arguments.add_argument("--drop", type=float, default=0.1)
    arguments.add_argument("--contrast", type=float, default=0.3)
    arguments.add_argument("--temperature", type=float, default=0.05)
    arguments.add_argument("--support-share", type=float, default=0.08)
    arguments.add_argument("--issue-share", type=float, default=0.2)
    arguments.add_argument("--alone-share", type=float, default=0.2)
    arguments.add_argument("--surrounded", type=float, default=0.4)
    arguments.add_argument("--save-every", type=int, default=1000)
    options = arguments.parse_args()

    torch.manual_seed(7)
    draw = np.random.default_rng(7)
    corpus = pickle.load(open(options.corpus, "rb"))
    teacher = np.load(options.teacher)
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    bags, targets, pairs, languages, support, alone, speaks, phrases = prepare(corpus, teacher, tokenizer, options.dimensions, draw)
    first_surroundings = len(bags.lengths) - SURROUNDINGS * len(corpus.set_phrases)
    issue, by_issue, first_issue_bag, first_target = phrases
    names, inverse = np.unique(languages, return_inverse=True)
    by_language = [pairs[inverse == number] for number in range(len(names))]
    share = np.array([len(rows) for rows in by_language], dtype=float) ** 0.6
    share /= share.sum()

    if options.start:
        start = read(options.start)
    else:
        start = start_vectors(bags, targets, pairs, alone, tokenizer.get_vocab_size(), options.dimensions)
    vectors = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.Adam([vectors], lr=options.rate, betas=(0.9, 0.99), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.rate, total_steps=options.steps, pct_start=0.05, div_factor=20, final_div_factor=100
    )
    target_table = torch.from_numpy(targets)
    sizes = {
        "support": int(options.batch * options.support_share) if len(support) else 0,
        "issue": int(options.batch * options.issue_share),
        "alone": int(options.batch * options.alone_share),
    }
    sizes["pairs"] = options.batch - sum(sizes.values())

    def sums_of(rows):
        ids, offsets = bags.gather(rows, draw, options.drop)
        return torch.nn.functional.embedding_bag(ids, vectors, offsets, mode="sum")

    started, running = time.time(), np.zeros(2)
    for step in range(options.steps):
        counts = draw.multinomial(sizes["pairs"], share)
        chosen = [rows[draw.integers(0, len(rows), count)] for rows, count in zip(by_language, counts)]
        chosen.append(alone[draw.integers(0, len(alone), sizes["alone"])])
        if sizes["support"]:
            chosen.append(support[draw.integers(0, len(support), sizes["support"])])
        picked = draw.integers(0, len(issue), sizes["issue"])
        english = np.array([draw.choice(by_issue[issue[row]]) for row in picked])
        chosen.append(np.stack([first_issue_bag + english, first_issue_bag + picked, first_target + issue[picked]], axis=1))
        batch = draw.permutation(np.concatenate(chosen))
        target = target_table[torch.from_numpy(batch[:, 2])]
        order = torch.argsort((target @ target[:ANCHORS].T).argmax(1), stable=True)
        batch, target = batch[order.numpy()], target[order]

        sides = [sums_of(batch[:, 0]), sums_of(batch[:, 1])]
        speaker = speaks[batch[:, 1]]
        surrounded = np.flatnonzero((speaker >= 0) & (draw.random(len(batch)) < options.surrounded))
        around = first_surroundings + speaker[surrounded] * SURROUNDINGS + draw.integers(0, SURROUNDINGS, len(surrounded))
        sides[1] = sides[1].index_add(0, torch.from_numpy(surrounded), sums_of(around))
        left, right = (torch.nn.functional.normalize(side, dim=1) for side in sides)
        distance = 2.0 - (left * target).sum(1).mean() - (right * target).sum(1).mean()
        contrast = torch.zeros(())
        for first in range(0, options.batch, BLOCK):
            rows = slice(first, first + BLOCK)
            with torch.no_grad():
                wanted = torch.softmax(target[rows] @ target[rows].T / options.temperature, dim=1)
            similarity = right[rows] @ left[rows].T / options.temperature
            contrast = contrast - (wanted * torch.log_softmax(similarity, dim=1)).sum(1).mean()
            contrast = contrast - (wanted * torch.log_softmax(similarity.T, dim=1)).sum(1).mean()
        contrast = contrast / (2 * options.batch / BLOCK)
        loss = distance + options.contrast * contrast
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        running += (distance.item(), contrast.item())
        if (step + 1) % 100 == 0:
            print(f"{step + 1:>6}  distance {running[0] / 100:.4f}  contrast {running[1] / 100:.4f}  {time.time() - started:.0f} s", flush=True)
            running[:] = 0
        if (step + 1) % options.save_every == 0:
            write(options.out, options.tokenizer, vectors.detach().numpy())
    write(options.out, options.tokenizer, ((1 - options.stay) * vectors.detach() + options.stay * start).numpy())


if __name__ == "__main__":
    main()
