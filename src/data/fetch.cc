#include "data/fetch.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include "data/digest.h"
#include "fetch/download.h"
#include "fetch/http.h"

namespace credence::data {
namespace {

namespace fs = std::filesystem;

FileReport Check(const CatalogFile& file, const fs::path& path) {
  FileReport report{std::string(file.name), FileState::kMissing, {}};
  const Result<FileDigests> digests = DigestFile(path);
  if (!digests) {
    if (digests.error().code != Code::kNotFound) report.state = FileState::kWrong;
    report.detail = digests.error().message;
    return report;
  }
  const bool right = digests->file == file.sha256 ||
                     (!file.content_sha256.empty() && digests->content == file.content_sha256);
  report.state = right ? FileState::kPresent : FileState::kWrong;
  if (!right) {
    report.detail =
        path.string() + ": SHA-256 is " + digests->file + "; expected " + std::string(file.sha256);
  }
  return report;
}

fetch::DownloadOptions TransferOptions(const CatalogFile& file, const FetchOptions& options) {
  fetch::DownloadOptions transfer;
  transfer.bytes_max = file.bytes;
  transfer.https_only = options.url.empty();
  transfer.connect_timeout = options.connect_timeout;
  transfer.stall_timeout = options.stall_timeout;
  if (options.progress) {
    transfer.progress = [&options, &file](std::uint64_t done) {
      return options.progress({std::string(file.name), done, file.bytes});
    };
  }
  return transfer;
}

// Downloads from one place, going on where an attempt broke off, and checks what came.
Result<void> FetchFrom(const std::string& url, const CatalogFile& file, const fs::path& part,
                       const FetchOptions& options) {
  std::error_code ignored;
  Result<void> done;
  for (int attempt = 0; attempt < std::max(options.attempts, 1); ++attempt) {
    const bool there = fs::exists(part, ignored);
    if (there && fs::file_size(part, ignored) > file.bytes) fs::remove(part, ignored);
    if (there && fs::file_size(part, ignored) == file.bytes) {
      done = {};
    } else {
      done = fetch::Download(url, part, TransferOptions(file, options));
    }
    if (done || done.error().code != Code::kUnavailable) break;
  }
  if (!done && done.error().code != Code::kTooLarge) return done;
  const FileReport checked = done ? Check(file, part) : FileReport{};
  if (done && checked.state == FileState::kPresent) return {};
  fs::remove(part, ignored);
  return done ? Error{Code::kDataLoss, fetch::WithoutCredentials(url) + ": " + checked.detail}
              : Error{Code::kDataLoss, done.error().message};
}

Result<std::string> FetchFile(const CatalogSet& set, const CatalogFile& file,
                              const fs::path& folder, const FetchOptions& options) {
  std::vector<std::string> places(set.mirrors.begin(), set.mirrors.end());
  if (!options.url.empty()) places = {options.url + (options.url.ends_with('/') ? "" : "/")};
  const fs::path path = folder / file.name;
  const fs::path part = path.string() + ".part";
  Error error{Code::kDataLoss, ""};
  for (const std::string& place : places) {
    const std::string url = place + std::string(file.name);
    const Result<void> done = FetchFrom(url, file, part, options);
    if (done) {
      std::error_code code;
      fs::rename(part, path, code);
      if (!code) return fetch::WithoutCredentials(url);
      return Error{Code::kNotFound, path.string() + ": cannot be written: " + code.message()};
    }
    const Error& reason = done.error();
    if (reason.code == Code::kDeadlineExceeded) return Error{Code::kUnavailable, reason.message};
    if (reason.code == Code::kNotFound) return reason;
    if (reason.code != Code::kDataLoss) error.code = Code::kUnavailable;
    error.message += (error.message.empty() ? "" : "; ") + reason.message;
  }
  return error;
}

Result<void> WriteClasses(const CatalogSet& set, const fs::path& folder) {
  if (set.classes.empty()) return {};
  const fs::path path = folder / "classes.txt";
  std::ofstream out(path, std::ios::binary);
  for (const std::string_view name : set.classes) out << name << '\n';
  out.close();
  if (out) return {};
  return Error{Code::kNotFound, path.string() + ": cannot be written"};
}

}  // namespace

std::vector<FileReport> Verify(const CatalogSet& set, const fs::path& folder) {
  std::vector<FileReport> reports;
  for (const CatalogFile& file : set.files) reports.push_back(Check(file, folder / file.name));
  return reports;
}

Result<std::vector<FileReport>> Fetch(const CatalogSet& set, const fs::path& folder,
                                      const FetchOptions& options) {
  if (!options.url.empty() && !options.url.starts_with("https://") &&
      !options.url.starts_with("http://")) {
    return Error{Code::kInvalidArgument, "url '" + fetch::WithoutCredentials(options.url) +
                                             "' is neither https:// nor http://"};
  }
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) return Error{Code::kNotFound, folder.string() + ": cannot be made: " + code.message()};
  std::vector<FileReport> reports = Verify(set, folder);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (reports[i].state == FileState::kPresent) continue;
    Result<std::string> from = FetchFile(set, set.files[i], folder, options);
    if (!from) return Annotate(from.error(), set.files[i].name);
    reports[i].state = FileState::kFetched;
    reports[i].detail = std::move(*from);
  }
  if (Result<void> written = WriteClasses(set, folder); !written) return written.error();
  return reports;
}

}  // namespace credence::data
