#pragma once

#include "record/fields/field.hpp"
#include "transfer_tune/record/feature_map_report.hpp"

namespace tt::report {

void fields(auto& visit, Like<FeaturePlaneReport> auto& r) {
  visit("x", r.x, "one a text, rounded; the largest distance from the middle is 1");
  visit("y", r.y, "one a text");
  visit("explained", r.explained, "share of the features' variance in this plane");
  visit("same_neighbour", r.same_neighbour,
        "share of texts whose nearest other text by cosine, in all dimensions, has the same label");
}

void fields(auto& visit, Like<FeatureMapReport> auto& r) {
  visit("labels", r.labels, "one a text: ids in the order of labels; -1: unknown to the classifier");
  visit("trained_on", r.trained_on, "there is no test file: these are training texts");
  visit("changed", r.changed, "adaptation changed the encoder");
  visit("before", r.before, "by the pretrained encoder, in the plane of the first two principal components");
  visit("after", r.after, "by the adapted encoder, turned to fit before");
}

}  // namespace tt::report
