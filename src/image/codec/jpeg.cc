// JPEG by libjpeg-turbo, row by row. A file that is read in several scans also costs its
// coefficients: 2 bytes a sample of the full-size picture while it is decoded.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>  // needs those before it
// clang-format on

#include <csetjmp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"
#include "image/codec/jpeg_segments.h"
#include "image/colour.h"

namespace credence::image::codec {
namespace {

// Each scan walks over the whole picture, even if it holds nothing. Encoders write about ten.
constexpr int kScansMax = 64;

// What to do about what the library warns of.
enum class Warnings {
  kPass,              // the header's cost no pixel (see jpeg_segments.h)
  kRefuse,            // damage
  kRefuseButPadding,  // bytes that pad the end of the data are none; some cameras write them
};

// The library's decoder of one file. What it finds wrong ends the step that it is in: the library
// jumps, so that steps hold nothing that has to be destroyed.
class Decoder {
 public:
  Decoder(Bytes file, Warnings warnings, const StopSign* stop)
      : file_(file), warnings_(warnings), stop_(stop) {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = [](j_common_ptr info) { Of(info).Fail(); };
    errors_.emit_message = [](j_common_ptr info, int level) {
      if (level < 0) Of(info).Warn();
    };
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = [](j_common_ptr info) { Of(info).LookUp(); };
    info_.client_data = this;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    if (created_) jpeg_destroy_decompress(&info_);
  }

  jpeg_decompress_struct& info() { return info_; }

  Result<void> ReadHeader() {
    return Do([this] {
      jpeg_create_decompress(&info_);
      created_ = true;
      info_.progress = &progress_;
      jpeg_mem_src(&info_, file_.data(), file_.size());
      jpeg_read_header(&info_, TRUE);
    });
  }
  // After ReadHeader.
  int channels() const { return info_.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3; }
  bool four_inks() const {
    return info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
  }
  bool several_scans() { return jpeg_has_multiple_scans(&info_) != FALSE; }
  std::uint64_t coefficient_bytes() const {
    std::uint64_t blocks = 0;
    for (int i = 0; i < info_.num_components; ++i) {
      const jpeg_component_info& one = info_.comp_info[i];
      blocks += RoundUp(one.width_in_blocks, one.h_samp_factor) *
                RoundUp(one.height_in_blocks, one.v_samp_factor);
    }
    return blocks * sizeof(JBLOCK);
  }

  // Runs `step`, which calls the library.
  // Errors: what the library says. Not every JPEG is damaged that it does not read.
  template <class Step>
  Result<void> Do(const Step& step) {
    if (setjmp(back_) == 0) {
      step();
      return {};
    }
    const std::string_view text = message_;
    if (text.starts_with("Insufficient memory")) return OutOfMemory();
    if (text.starts_with("Unsupported")) return Error{Code::kUnsupportedFormat, std::string(text)};
    return Invalid(text);
  }

 private:
  static Decoder& Of(j_common_ptr info) { return *static_cast<Decoder*>(info->client_data); }
  static std::uint64_t RoundUp(std::uint64_t count, int step) {
    const auto by = static_cast<std::uint64_t>(step);
    return (count + by - 1) / by * by;
  }

  void Format() { errors_.format_message(reinterpret_cast<j_common_ptr>(&info_), message_); }
  [[noreturn]] void Fail() {
    Format();
    std::longjmp(back_, 1);
  }
  void Warn() {
    if (warnings_ == Warnings::kPass) return;
    Format();
    const std::string_view text = message_;
    if (warnings_ == Warnings::kRefuse || !text.ends_with("extraneous bytes before marker 0xd9")) {
      std::longjmp(back_, 1);
    }
    warnings_ = Warnings::kPass;  // it is behind the last pixel
  }
  void LookUp() {
    if (info_.input_scan_number > kScansMax) {
      std::snprintf(message_, sizeof message_, "over %d scans", kScansMax);
    } else if (stop_ != nullptr && ++looks_ % 16 == 0 && stop_->Raised()) {
      std::snprintf(message_, sizeof message_, "not wanted any more");
    } else {
      return;
    }
    std::longjmp(back_, 1);
  }

  const Bytes file_;
  Warnings warnings_;
  const StopSign* const stop_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf back_{};
  char message_[JMSG_LENGTH_MAX] = "";
  unsigned looks_ = 0;
  bool created_ = false;
};

Result<Header> ReadJpegHeader(Bytes file) {
  Decoder decoder(file, Warnings::kPass, nullptr);
  if (const auto read = decoder.ReadHeader(); !read) return read.error();
  const jpeg_decompress_struct& info = decoder.info();
  if (info.jpeg_color_space == JCS_UNKNOWN) {
    return Invalid(std::to_string(info.num_components) +
                   " components, whose colours are not known");
  }
  auto header = MakeHeader(Format::kJpeg, info.image_width, info.image_height, decoder.channels());
  if (!header) return header;
  header->several_scans = decoder.several_scans();
  if (header->several_scans) header->beside = decoder.coefficient_bytes();
  return header;
}

// CMYK as Adobe stores it (0: full ink) -> RGB; `to` may be `from`.
void RowOfInksToRgb(const std::uint8_t* from, int width, std::uint8_t* to) {
  for (int x = 0; x < width; ++x, from += 4) {
    const int light = from[3];
    for (int c = 0; c < 3; ++c) {
      const int product = (255 - from[c]) * light + 128;  // / 255, rounded, as Pillow does
      *to++ = static_cast<std::uint8_t>(light - (((product >> 8) + product) >> 8));
    }
  }
}

// Where a row of an aligned buffer begins that is read again at once: the library writes aligned
// rows past the cache.
constexpr std::size_t kOff = 8;

// Decodes the rows of `decoder`, whose header is read, into `pixels` of 1 or 3 channels.
Result<void> DecodeRows(Decoder& decoder, Pixels& pixels) {
  jpeg_decompress_struct& info = decoder.info();
  const bool inks = decoder.four_inks(), plain = decoder.channels() == 1;
  const bool to_grey = !plain && pixels.channels == 1;
  info.out_color_space = inks ? JCS_CMYK : plain ? JCS_GRAYSCALE : JCS_RGB;
  std::vector<std::uint8_t> line;
  if (inks || to_grey) line.resize(static_cast<std::size_t>(pixels.width) * 4 + kOff);
  std::uint8_t* const apart = line.empty() ? nullptr : line.data() + kOff;
  return decoder.Do([&] {
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
      std::uint8_t* const row = pixels.row(static_cast<int>(info.output_scanline));
      std::uint8_t* from = apart != nullptr ? apart : row;
      jpeg_read_scanlines(&info, &from, 1);
      if (inks) RowOfInksToRgb(from, pixels.width, to_grey ? from : row);
      if (to_grey) RowOfRgbToGrey(from, pixels.width, row);
    }
    jpeg_finish_decompress(&info);
  });
}

Result<void> DecodeJpeg(Bytes file, const DecodeOptions& options, Decoded& out) {
  const Result<JpegSegments> segments = ReadSegments(file);
  if (!segments) return segments.error();
  if (segments->scans > kScansMax) {
    return Invalid(std::to_string(segments->scans) + " scans; the limit is " +
                   std::to_string(kScansMax));
  }
  const Bytes shown = segments->mended.empty() ? file : Bytes(segments->mended);
  // With restart markers, bytes that pad could stand before the end, too.
  const Warnings warnings = segments->restarts ? Warnings::kRefuse : Warnings::kRefuseButPadding;
  Decoder decoder(shown, warnings, options.stop);
  if (const auto read = decoder.ReadHeader(); !read) return read;
  const jpeg_decompress_struct& info = decoder.info();
  const bool grey = options.grey || decoder.channels() == 1;
  out.pixels.Reshape(static_cast<int>(info.image_width), static_cast<int>(info.image_height),
                     grey ? 1 : 3);
  if (const auto done = DecodeRows(decoder, out.pixels); !done) return done;
  out.orientation = segments->orientation;
  return {};
}

}  // namespace

const Codec kJpeg = {Format::kJpeg, "JPEG", ReadJpegHeader, DecodeJpeg, /*greys=*/true};

}  // namespace credence::image::codec
