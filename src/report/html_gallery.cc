#include <array>

#include "image/adapt.h"
#include "report/append.h"
#include "report/html_parts.h"
#include "report/html_svg.h"

namespace credence::report::html {
namespace {

std::string Base64(const std::vector<std::uint8_t>& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (j < n ? bytes[i + j] : 0u);
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= n ? kDigits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

std::string ClassName(const calibration::Evaluation& evaluation, std::int32_t k) {
  return evaluation.class_names[static_cast<std::size_t>(k)];
}

}  // namespace

std::string Gallery(const std::vector<calibration::Exhibit>& exhibits,
                    const calibration::Evaluation& evaluation, Captions captions) {
  if (exhibits.empty()) return "<p>There are none.</p>\n";
  std::string out = "<div class=\"gallery\">\n";
  for (const calibration::Exhibit& exhibit : exhibits) {
    const fitting::CardRow& row = exhibit.row;
    const std::string answer = ClassName(evaluation, row.predicted);
    const bool labelled = captions == Captions::kLabelled && row.label >= 0;
    const std::string label = labelled ? ClassName(evaluation, row.label) : "";
    std::string alt = exhibit.name + ": ";
    if (labelled) alt += "labelled " + label + ", ";
    alt += "answered " + answer + " with confidence " + PercentText(row.confidence);
    const std::string verdict(reliability::VerdictName(row.verdict));
    Append(out,
           "<figure><img src=\"data:image/png;base64,%s\" width=\"%d\" height=\"%d\" alt=\"%s\" "
           "title=\"%s\"/><figcaption>",
           Base64(image::EncodePng(exhibit.picture)).c_str(), exhibit.picture.width,
           exhibit.picture.height, Escape(alt).c_str(), Escape(exhibit.name).c_str());
    if (labelled) Append(out, "<b>%s</b> as ", Escape(label).c_str());
    Append(out, "<b>%s</b><br/>%s<br/><span class=\"%s\">%s</span></figcaption></figure>\n",
           Escape(answer).c_str(), PercentText(row.confidence).c_str(), verdict.c_str(),
           verdict.c_str());
  }
  return out + "</div>\n";
}

}  // namespace credence::report::html
