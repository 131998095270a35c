// LearningCurves draws loss and accuracy of the epochs as an SVG picture. Pure.
#pragma once

#include <span>
#include <string>

#include "train/trainer.h"

namespace credence::train {

// Two panels side by side, training and validation in each. An empty record gives empty panels.
std::string LearningCurves(std::span<const EpochRecord> epochs);

}  // namespace credence::train
