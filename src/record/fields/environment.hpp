#pragma once

#include "record/fields/field.hpp"
#include "transfer_tune/record/run_report.hpp"

namespace tt::report {

void fields(auto& visit, Like<EncoderReport> auto& r) {
  visit("path", r.path, "directory that it was read from");
  visit("model_type", r.model_type, "Hugging Face's name of the family");
  visit("hidden_size", r.hidden_size, "width");
  visit("num_hidden_layers", r.num_hidden_layers, "depth");
  visit("parameters", r.parameters, "without the head");
  visit("random_weights", r.random_weights, "only its architecture was taken; it started from random weights",
        Since{2});
  visit("weights_sha256", r.weights_sha256, "of the weight file; empty: random weights");
  visit("tokenizer", r.tokenizer, "in one line");
  visit("prompt", r.prompt, "put in front of every text; empty: none", Since{7});
  visit("max_length", r.max_length, "tokens that a text is cut to");
  visit("newly_initialised", r.newly_initialised, "parameters that the checkpoint did not hold");
  visit("unused", r.unused, "tensors of the checkpoint that were not used");
}

void fields(auto& visit, Like<HeadReport> auto& r) {
  visit("type", r.type, "mean, cls or native");
  visit("normalize", r.normalize, "whether the pooled vector is scaled to length 1");
  visit("dropout", r.dropout, "before the classifier");
}

void fields(auto& visit, Like<EnvironmentReport> auto& r) {
  visit("program_version", r.program_version, "of transfer-tune");
  visit("libtorch_version", r.libtorch_version, "of the loaded library");
  visit("requested_device", r.requested_device, "by config or command line");
  visit("device", r.device, "in effect");
  visit("requested_precision", r.requested_precision, "by config or command line");
  visit("precision", r.precision, "in effect");
  visit("requested_frozen_int8", r.requested_frozen_int8, "by config or command line", Since{2});
  visit("frozen_int8", r.frozen_int8, "frozen layers trained on in 8-bit integers", Since{2});
  visit("requested_threads", r.requested_threads, "by config or command line; 0: all cores");
  visit("threads", r.threads, "in effect");
  visit("cpu_capability", r.cpu_capability, "instruction sets that LibTorch uses");
  visit("kernels", r.kernels, "instruction set of the program's own kernels", Since{3});
  visit("products", r.products, "library that computes matrix products", Since{3});
  visit("seed", r.seed, "of every random draw");
}

void fields(auto& visit, Like<StageTime> auto& r) {
  visit("stage", r.stage, "of the run");
  visit("seconds", r.seconds, "spent in it");
}

void fields(auto& visit, Like<LatencyReport> auto& r) {
  visit("texts", r.texts, "timed one at a time");
  visit("median_seconds", r.median_seconds, "one text by itself, text to probabilities");
  visit("p95_seconds", r.p95_seconds, "95th percentile of the same");
  visit("texts_per_second", r.texts_per_second, "many texts at once");
}

void fields(auto& visit, Like<ResumedReport> auto& r) {
  visit("fit", r.fit, "that was at work: its stage and the number of its fits so far");
  visit("epoch", r.epoch, "whole epochs of it");
  visit("step", r.step, "steps of the epoch that was not whole");
}

void fields(auto& visit, Like<TimingReport> auto& r) {
  visit("stages", r.stages, "in order");
  visit("seconds_to_first_forward", r.seconds_to_first_forward,
        "from the program's start, its libraries loaded, to the first forward pass over training texts");
  visit("total_seconds", r.total_seconds, "from the program's start to its results written");
  visit("peak_rss_bytes", r.peak_rss_bytes, "largest resident memory");
  visit("latency", r.latency, "of predictions; null: not measured", Since{2});
  visit("resumed", r.resumed, "where the run went on after it had been stopped; empty: it ran in one sitting",
        Since{8});
  visit("earlier_seconds", r.earlier_seconds,
        "of the sittings before the last, until what each saved; total_seconds are the last one's", Since{8});
}

}  // namespace tt::report
