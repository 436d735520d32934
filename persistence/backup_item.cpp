#include "persistence/backup_item.hpp"

#include <filesystem>

#include "actors/model/error.hpp"

namespace stellwerk {

namespace fs = std::filesystem;

backup_item::backup_item(
    const backup_folder& folder, const backup_source& source, std::uint64_t reserve
)
    : folder_(folder), source_(source), reserve_(reserve), in_(from_source()) {}

file_reader backup_item::from_source() const {
  if (source_.from.empty()) return file_reader{source_.content};
  return file_reader{source_.from, source_.size};
}

caf::error backup_item::cannot_write() const {
  if (out_->full()) return refuse(errc::storage_full);
  return refuse(errc::internal, "The copy of " + source_.path + " cannot be written");
}

caf::expected<bool> backup_item::step() {
  auto piece = in_->next();
  if (!piece && now_ == phase::read_back && !written_) return begin_to_write();  // damaged
  if (!piece) return refuse(errc::internal, source_.path + " cannot be read");
  if (piece->empty()) return end_of_piece();
  if (now_ == phase::write && !put(*piece)) return cannot_write();
  return true;
}

bool backup_item::put(std::string_view piece) {
  if (!stream_) return out_->add(piece);
  return out_->add(stream_->seal(number_++, in_->at_end(), piece));
}

caf::expected<bool> backup_item::end_of_piece() {
  auto seen = in_->sha256();
  if (now_ == phase::hash) {
    sha256_ = seen;
    return look_for_it();
  }
  if (now_ == phase::read_back) {
    if (seen == sha256_) return false;
    if (!written_) return begin_to_write();
    return refuse(errc::internal, "The copy of " + source_.path + " reads back otherwise");
  }
  if (seen != sha256_) return refuse(errc::internal, source_.path + " changed while it was read");
  if (!out_->keep_as(folder_.file(sha256_))) return cannot_write();
  written_ = true;
  return look_for_it();
}

caf::expected<bool> backup_item::look_for_it() {
  if (!written_ && !folder_.has_file(sha256_, source_.size)) return begin_to_write();
  now_ = phase::read_back;
  in_.emplace(folder_.file(sha256_), source_.size, folder_.seal(sha256_));
  return true;
}

caf::expected<bool> backup_item::begin_to_write() {
  std::error_code unknown;
  auto room = fs::space(folder_.path(), unknown).available;
  if (unknown || room < source_.size || room - source_.size < reserve_)
    return refuse(errc::storage_full);
  fs::remove(folder_.incoming(), unknown);
  now_ = phase::write;
  in_ = from_source();
  out_.emplace(folder_.incoming());
  if (!folder_.key()) return true;
  stream_.emplace(*folder_.key(), folder_.seal(sha256_).what);
  number_ = 0;
  if (!out_->add(stream_->head()) || (source_.size == 0 && !put({}))) return cannot_write();
  return true;
}

}  // namespace stellwerk
