"""One peer on one intent task; prints one JSON line with what it reached.

    peers.py trainer --policy full|frozen|top-K --encoder DIR --train T.csv --test S.csv [--bf16] [--group-by-length]
    peers.py st-lr   --encoder DIR --train T.csv --test S.csv
    peers.py st-lr-latency --encoder DIR --train T.csv --test S.csv

trainer is Hugging Face's Trainer over AutoModelForSequenceClassification; st-lr is scikit-learn's LogisticRegression
over sentence-transformers' embeddings, st-lr-latency the same answering one text at a time. The CSV files have a header
and two columns, text and label. Whole-process time and memory are for the caller to measure.
"""

import argparse
import csv
import json
import os
import statistics
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

LATENCY_TEXTS = 200


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return [row[0] for row in rows], [row[1] for row in rows]


def share(predictions, truth):
    return sum(a == b for a, b in zip(predictions, truth)) / len(truth)


def train_with_trainer(options, train, test):
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    labels = sorted(set(train[1]))
    ids = {label: i for i, label in enumerate(labels)}
    tokenizer = AutoTokenizer.from_pretrained(options.encoder)
    model = AutoModelForSequenceClassification.from_pretrained(options.encoder, num_labels=len(labels))
    if options.policy != "full":
        for parameter in model.base_model.parameters():
            parameter.requires_grad_(False)
    if options.policy.startswith("top-"):
        for layer in model.base_model.encoder.layer[-int(options.policy.removeprefix("top-")) :]:
            for parameter in layer.parameters():
                parameter.requires_grad_(True)

    class Encoded(torch.utils.data.Dataset):
        def __init__(self, texts, names):
            self.fields = tokenizer(texts, truncation=True, max_length=options.max_length)
            self.labels = [ids[name] for name in names]

        def __len__(self):
            return len(self.labels)

        def __getitem__(self, i):
            return {**{name: values[i] for name, values in self.fields.items()}, "labels": self.labels[i]}

    grouping = {"train_sampling_strategy": "group_by_length"} if options.group_by_length else {}
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=options.epochs,
            learning_rate=options.learning_rate,
            per_device_train_batch_size=options.batch_size,
            per_device_eval_batch_size=64,
            warmup_steps=0.1,
            weight_decay=0.01,
            bf16=options.bf16,
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            seed=options.seed,
            **grouping,
        )
        trainer = Trainer(
            model=model,
            args=arguments,
            train_dataset=Encoded(*train),
            processing_class=tokenizer,
            data_collator=DataCollatorWithPadding(tokenizer),
        )
        trainer.train()
        answers = trainer.predict(Encoded(*test))
    # A sampler that groups by length permutes the test texts too.
    return {"accuracy": share(answers.predictions.argmax(-1).tolist(), answers.label_ids.tolist())}


def embed_and_regress(options, train, test):
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression

    encoder = SentenceTransformer(options.encoder, device="cpu")
    regression = LogisticRegression(C=30, max_iter=1000).fit(encoder.encode(train[0], batch_size=32), train[1])
    if options.method == "st-lr":
        return {"accuracy": share(regression.predict(encoder.encode(test[0], batch_size=32)), test[1])}
    seconds = []
    for text in test[0][:LATENCY_TEXTS]:
        start = time.perf_counter()
        regression.predict(encoder.encode([text]))
        seconds.append(time.perf_counter() - start)
    return {"milliseconds": 1000 * statistics.median(seconds)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("method", choices=["trainer", "st-lr", "st-lr-latency"])
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--policy", default="full")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--group-by-length", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    work = train_with_trainer if options.method == "trainer" else embed_and_regress
    print(json.dumps(work(options, read(options.train), read(options.test))))


if __name__ == "__main__":
    main()
