#include "persistence/log_order.hpp"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "persistence/big_endian.hpp"
#include "persistence/file_bytes.hpp"
#include "persistence/rocksdb_log.hpp"

namespace stellwerk {

namespace fs = std::filesystem;
using verdict = rocksdb::WalFilter::WalProcessingOption;

namespace {

// RocksDB's formats: a record begins with its checksum, length and kind, a batch with the number of
// its first change, little-endian.
constexpr std::size_t record_head_bytes = 7;
constexpr std::size_t sequence_bytes = 8;

std::uint64_t sequence_of(std::string_view batch) {
  std::uint64_t sequence = 0;
  for (auto byte = sequence_bytes; byte > 0;)
    sequence = sequence << 8u | static_cast<unsigned char>(batch[--byte]);
  return sequence;
}

/// 0 for another file.
std::uint64_t log_number(const fs::path& file) {
  if (file.extension() != ".log") return 0;
  auto name = file.stem().string();
  std::uint64_t number = 0;
  auto end = std::from_chars(name.data(), name.data() + name.size(), number).ptr;
  return end == name.data() + name.size() ? number : 0;
}

std::string file_name(std::uint64_t log) {
  auto digits = std::to_string(log);
  return std::string(6 - std::min<std::size_t>(digits.size(), 6), '0') + digits + ".log";
}

/// The first bytes of a log; fewer if it is shorter.
std::string head_of(const fs::path& log) {
  std::string bytes(record_head_bytes + sequence_bytes, '\0');
  std::ifstream in{log, std::ios::binary};
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

bool begins_with(const fs::path& log, std::string_view record) {
  auto head = head_of(log);
  return head.size() > record_head_bytes &&
         head.substr(record_head_bytes) == record.substr(0, sequence_bytes);
}

/// Whether what the head of its first record announces is there.
bool holds_a_record(const fs::path& log) {
  auto head = head_of(log);
  if (head.size() <= record_head_bytes) return false;
  auto length = static_cast<unsigned char>(head[4]) + 256u * static_cast<unsigned char>(head[5]);
  std::error_code unreadable;
  return length > 0 && fs::file_size(log, unreadable) >= record_head_bytes + length;
}

constexpr std::string_view promise_mark = "synced up to ";
// RocksDB's greatest, and one; so a promise's first byte is 0, that of its complement no UTF-8.
constexpr auto sequence_end = std::uint64_t{1} << 56u;

struct promises {
  std::optional<std::uint64_t> least, most;

  void note(std::uint64_t one) {
    least = std::min(least.value_or(one), one);
    most = std::max(most.value_or(one), one);
  }
};

/// RocksDB leaves out the rest of a block behind damage, so these are not looked for in records.
void find_promises(const fs::path& log, promises& found) {
  std::ifstream in{log, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  for (auto at = bytes.find(promise_mark); at != bytes.npos; at = bytes.find(promise_mark, at)) {
    at += promise_mark.size();
    auto rest = std::string_view{bytes}.substr(at);
    auto number = take_big_endian<std::uint64_t>(rest);
    auto inverted = take_big_endian<std::uint64_t>(rest);
    if (number && inverted && *inverted == ~*number && *number < sequence_end) found.note(*number);
  }
}

/// Whether more is said to have been synced than was read up to `end`. `stored`: number of a change
/// that tables hold.
bool lost_synced(const fs::path& folder, const log_order& order, std::uint64_t stored) {
  promises found;
  for (auto& file : fs::directory_iterator{folder})
    if (log_number(file.path()) >= std::max<std::uint64_t>(order.first_log(), 1))
      find_promises(file.path(), found);
  if (!found.most) return false;
  if (order.end() > 0) return *found.most >= order.end();
  // Where nothing could be read, the first promise may be the own one of what is lost.
  return *found.most > *found.least || *found.most > stored;
}

}  // namespace

void log_order::ColumnFamilyLogNumberMap(
    const std::map<std::uint32_t, std::uint64_t>& log_numbers,
    const std::map<std::string, std::uint32_t>& names
) {
  static_cast<void>(names);
  if (log_numbers.empty()) return;
  auto least = std::ranges::min_element(log_numbers, {}, [](auto& one) { return one.second; });
  first_log_ = least->second;
  log_ = std::max<std::uint64_t>(first_log_, 1) - 1;
}

std::string log_order::gap_before(std::uint64_t log, std::string_view record, std::uint32_t count)
    const {
  if (log != log_) {
    // Others there that RocksDB left out are in tables already and wait to be removed.
    std::error_code unreadable;
    for (auto& file : fs::directory_iterator{folder_, unreadable})
      if (auto between = log_number(file.path());
          between > log_ && between < log && !holds_a_record(file.path()))
        return file_name(between) + " holds nothing, though a later log does";
    if (!begins_with(folder_ / file_name(log), record)) return file_name(log) + " lost its begin";
  }
  if (count > 0 && next_ && sequence_of(record) != *next_)
    return file_name(log_) + " lost records, or " + file_name(log) + " did";
  return {};
}

verdict log_order::LogRecordFound(
    unsigned long long log, const std::string& path, const rocksdb::WriteBatch& batch,
    rocksdb::WriteBatch* new_batch, bool* changed
) {
  static_cast<void>(path);
  static_cast<void>(new_batch);
  static_cast<void>(changed);
  std::string_view record = batch.Data();
  if (gap_.empty()) gap_ = gap_before(log, record, batch.Count());
  if (!gap_.empty())
    return what_ == at_gap::refuse ? verdict::kCorruptedRecord
           : what_ == at_gap::stop ? verdict::kStopReplay
                                   : verdict::kIgnoreCurrentRecord;
  log_ = log;
  if (batch.Count() > 0) next_ = sequence_of(record) + batch.Count();
  return what_ == at_gap::look_past ? verdict::kIgnoreCurrentRecord : verdict::kContinueProcessing;
}

void promise_synced(rocksdb::WriteBatch& batch, std::uint64_t sequence) {
  batch.PutLogData(std::string{promise_mark} + to_big_endian(sequence) + to_big_endian(~sequence));
}

bool is_open_elsewhere(const fs::path& folder) {
  open_file lock{::open((folder / "LOCK").c_str(), O_RDWR | O_CLOEXEC)};
  struct flock wanted {};
  wanted.l_type = F_WRLCK;
  return lock && ::fcntl(lock.number(), F_GETLK, &wanted) == 0 && wanted.l_type != F_UNLCK;
}

log_survey survey_logs(const fs::path& folder, rocksdb::Env* env) {
  auto lines = std::make_shared<rocksdb_log>();
  log_order order{folder, at_gap::look_past};
  rocksdb::DBOptions options;
  if (env != nullptr) options.env = env;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  options.max_open_files = 64;
  options.info_log = lines;
  options.wal_filter = &order;
  std::vector<std::string> families;
  auto status = rocksdb::DB::ListColumnFamilies(options, folder.string(), &families);
  std::vector<rocksdb::ColumnFamilyDescriptor> all;
  for (auto& one : families) all.emplace_back(one, rocksdb::ColumnFamilyOptions{});
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  if (status.ok())
    status = rocksdb::DB::OpenForReadOnly(options, folder.string(), all, &handles, &opened);
  std::unique_ptr<rocksdb::DB> db{opened};
  for (auto* one : handles) db->DestroyColumnFamilyHandle(one);
  if (!status.ok()) return {status.ToString(), true, false};
  log_survey found{
      order.gap().empty() ? lines->left_out() : order.gap(),
      lost_synced(folder, order, db->GetLatestSequenceNumber()), true};
  if (found.lost && found.gap.empty()) found.gap = "the last log lost its end";
  return found;
}

}  // namespace stellwerk
