#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {

namespace {

device_view a_device(const std::string& name) {
  device_view made;
  made.id = "dev-1";
  made.fields.fields.name = name;
  made.fields.fields.driver = "external";
  made.revision = 7;
  return made;
}

command_record a_command(const std::string& channel) {
  command_record made;
  made.id = "0190a5b0-0000-7000-8000-000000000001";
  made.device = "tank-1";
  made.channel = channel;
  made.value = 20.5;
  return made;
}

/// Answers `what` with `answer`, or the error that is due.
template <class Answer, class Request>
caf::result<Answer> tell(const plant_ptr& p, const char* name, const Request& what, Answer answer) {
  if (auto why = p->note(name, what)) return why;
  return answer;
}
template <class Request>
caf::result<void> tell(const plant_ptr& p, const char* name, const Request& what) {
  if (auto why = p->note(name, what)) return why;
  return caf::unit;
}

}  // namespace

limiter_actor::behavior_type fake_limiter(limiter_actor::pointer self, plant_ptr p) {
  return {
      [=](admit& what) -> caf::result<caf::message> {
        {
          std::lock_guard lock{p->gate};
          p->costs.push_back(what.cost);
          p->account_keys.push_back(what.principal_key);
          if (what.note) *what.note = {300, 299, 60, p->grants > 0 ? 0u : 17u};
          if (p->grants-- <= 0) return refuse(errc::over_limit);
        }
        if (!what.target) return refuse(errc::not_ready);
        return self->delegate(what.target, std::move(what.request));
      },
      [](caf::atom_constant<caf::atom("sweep")>) {}};
}

log_in_actor::behavior_type fake_accounts(log_in_actor::pointer, plant_ptr p) {
  token_pair pair{"access", "refresh", "bearer", 1800};
  return {
      [=](const complete_setup& what) { return tell(p, "complete_setup", what, pair); },
      [=](const log_in& what) { return tell(p, "log_in", what, pair); },
      [=](const refresh_login& what) { return tell(p, "refresh_login", what, pair); },
      [=](const log_out& what) { return tell(p, "log_out", what); }};
}

devices_actor::behavior_type fake_devices(devices_actor::pointer self, plant_ptr p) {
  return {
      [=](const create_device& what) {
        return tell(p, "create_device", what, a_device(what.fields.fields.name));
      },
      [=](const list_devices& what) {
        return tell(p, "list_devices", what, device_page{{a_device("tank-1")}, {}});
      },
      [=](const read_device& what) { return tell(p, "read_device", what, a_device(what.device)); },
      [=](const change_device& what) {
        return tell(p, what.patch.text.c_str(), what, a_device(what.device));
      },
      [=](const remove_device& what) { return tell(p, "remove_device", what); },
      [=](const restore_device& what) {
        return tell(p, "restore_device", what, a_device("tank-1"));
      },
      [=](const list_channels& what) { return tell(p, "list_channels", what, channel_page{}); },
      [=](const create_channel& what) {
        return tell(p, "create_channel", what, what.fields.fields);
      },
      [=](const change_channel& what) { return tell(p, "change_channel", what, channel{}); },
      [=](const remove_channel& what) { return tell(p, "remove_channel", what); },
      [=](const list_drivers& what) { return tell(p, "list_drivers", what, driver_page{}); },
      [=](const send_command& what) {
        return tell(p, "send_command", what, a_command(what.channel));
      },
      [=](const await_outcome& what) -> caf::result<command_record> {
        if (p->loses_outcomes) return self->make_response_promise<command_record>();
        auto made = a_command("setpoint");
        made.status = p->outcome;
        return tell(p, "await_outcome", what, made);
      },
      [=](const read_command& what) { return tell(p, "read_command", what, a_command("x")); },
      [=](const cancel_command& what) { return tell(p, "cancel_command", what, a_command("x")); },
      [=](const list_commands& what) { return tell(p, "list_commands", what, command_page{}); },
      [](const read_readiness&) { return field_readiness{}; }};
}

sample_store_actor::behavior_type fake_historian(sample_store_actor::pointer, plant_ptr p) {
  return {
      [=](const append_samples& what) -> caf::result<post_answer> {
        if (auto why = p->note("append_samples", what)) return why;
        p->stored.insert(p->stored.end(), what.items.begin(), what.items.end());
        return post_answer{static_cast<std::uint32_t>(what.items.size()), what.refused};
      },
      [=](const read_latest& what) -> caf::result<latest_values> {
        if (auto why = p->note("read_latest", what)) return why;
        latest_values made;
        for (auto& one : p->stored)
          if (std::ranges::find(what.series, one.series) != what.series.end())
            made.items.push_back(one);
        return made;
      }};
}

sample_range_actor::behavior_type fake_history(sample_range_actor::pointer, plant_ptr p) {
  return {
      [=](const read_range& what) -> caf::result<range_page> {
        if (auto why = p->note("read_range", what)) return why;
        range_page made;
        for (auto& one : p->stored)
          if (one.time >= what.from && one.time < what.to &&
              std::ranges::find(what.series, one.series) != what.series.end())
            made.items.push_back(one);
        made.items.erase(made.items.begin(), made.items.begin() + what.skip);
        made.more = made.items.size() > what.limit;
        if (made.more) made.items.resize(what.limit);
        return made;
      },
      [=](const read_series& what) -> caf::result<series_answer> {
        if (auto why = p->note("read_series", what)) return why;
        p->last_series = what;
        series_answer made{60'000, what.to, {}};
        for (auto one : what.series) made.points.push_back({"[[" + std::to_string(one) + "]]"});
        return made;
      },
      [=](const export_samples& what) -> caf::result<export_piece> {
        if (auto why = p->note("export_samples", what)) return why;
        if (what.begins) ++p->exports_begun;
        auto at = what.begins ? 0u : what.skip;
        return export_piece{
            p->export_pieces.at(at), 1, at + 1 < p->export_pieces.size(), what.from, at + 1};
      }};
}

journal_actor::behavior_type fake_journal(journal_actor::pointer, plant_ptr p) {
  return {
      [=](const query_journal& what) { return tell(p, "query_journal", what, journal_page{}); },
      [=](const read_journal& what) {
        journal_slice made;
        std::lock_guard lock{p->gate};
        for (auto& one : p->journal) {
          if (one.seq > what.after && one.seq <= what.after + what.limit) made.items.push_back(one);
          made.last_seq = one.seq;
        }
        return made;
      },
      [=](const explain_entry& what) { return tell(p, "explain_entry", what, explanation{}); },
      [=](const read_verdict& what) { return tell(p, "read_verdict", what, journal_verdict{}); },
      [=](const read_journal_keys& what) {
        return tell(p, "read_journal_keys", what, journal_keys{});
      },
      [=](const export_journal& what) -> caf::result<journal_piece> {
        if (auto why = p->note("export_journal", what)) return why;
        if (!what.run) p->last_range = what.range;
        p->pieces_told = what.run ? p->pieces_told + 1 : 0;
        auto more = p->pieces_told + 1 < p->export_pieces.size();
        auto run = what.run ? nullptr : p->export_run;  // with the first piece only
        return journal_piece{p->export_pieces.at(p->pieces_told), more, run};
      }};
}

backups_keeper::behavior_type fake_backups(backups_keeper::pointer, plant_ptr p) {
  auto one = [](const std::string& id) {
    backup_view made;
    made.id = id;
    return made;
  };
  return {
      [=](const create_backup& what) { return tell(p, "create_backup", what, one("backup-1")); },
      [=](const list_backups& what) {
        return tell(p, "list_backups", what, backup_list{{one("backup-1")}});
      },
      [=](const read_backup& what) { return tell(p, "read_backup", what, one(what.id)); },
      [=](const verify_backup& what) { return tell(p, "verify_backup", what, one(what.id)); },
      [=](const remove_backup& what) { return tell(p, "remove_backup", what); }};
}

streams_actor::behavior_type fake_streams(streams_actor::pointer, plant_ptr p) {
  return {
      [](const sample_batch&) {}, [](const journal_batch&) {},
      [=](const join_streams& what) {
        std::lock_guard lock{p->gate};
        p->fanouts.push_back(what.who);
      }};
}

}  // namespace stellwerk::gateway
