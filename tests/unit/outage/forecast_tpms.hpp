#pragma once

#include "gateway/attestation/tpm_credential.hpp"
#include "gateway/flows/judge_tpm.hpp"
#include "tests/fakes/quick_rsa_keys.hpp"
#include "tests/unit/outage/forecast_world.hpp"

namespace leafgate {

// Leaves with a TPM for a ForecastWorld. To be handed to ForecastWorld::start() by reference.
class ForecastTpms {
 public:
  static constexpr const char* payload = R"({"firmware":1})";
  static constexpr const char* other_payload = R"({"firmware":2})";

  // Enrolled here, in its order or not, or learnt from a relay; with the key for its hub, or without.
  void operator()(ForecastWorld& world, int number) {
    ForetoldLeaf leaf;
    leaf.id = "t-" + std::to_string(number);
    const auto endorsement = rsa_.next();
    leaf.shows.tpm = std::make_shared<const SoftwareTpm>(endorsement, rsa_.next());
    if (world.one_in(2)) leaf.shows.payload = payload;
    leaf.tells_payload_late = world.one_in(2);
    leaf.is_approved = world.one_in(3);
    Assignment a = world.told_of(leaf.id);
    const ShownTpm shown = read_tpm_keys(leaf.shows.tpm->keys()).value();
    a.credential = shown.endorsement.digest;
    a.tpm_storage = shown.storage.digest;
    RegistrationRequest earned_by;
    earned_by.payload = leaf.shows.payload;
    a.request_digest = digest_of(earned_by);
    const crypto::Secret hub_key(as_bytes("the key of its hub"));
    if (!world.one_in(10)) a.tpm_key = site_key(world, leaf.id, hub_key);
    const bool is_learnt = world.one_in(3);
    if (!is_learnt || world.one_in(4)) {
      Enrollment e = enrollment_of(world, leaf);
      if (!is_learnt) a.enrollment_id = reference(e);
      if (!is_learnt) a.enrollment_etag = world.one_in(10) ? "0" : "1";
      if (!world.one_in(12)) world.site.enrollments.put(std::move(e));
    }
    if (world.one_in(3)) change_later(world, leaf, endorsement);
    if (world.one_in(4)) leaf.comes_from = world.draw(ForecastWorld::last_day);
    world.keep(leaf.id, std::move(a));
    world.all.push_back(std::move(leaf));
  }

 private:
  static SealedKey site_key(ForecastWorld& world, const std::string& id, const crypto::Secret& key) {
    return world.site.trust.seal(key, tpm_key_row(RegistrationId::parse(id).value())).value();
  }
  Enrollment enrollment_of(ForecastWorld& world, const ForetoldLeaf& leaf) {
    Enrollment e;
    e.id = leaf.id;
    e.mechanism = Mechanism::tpm;
    e.etag = "1";
    e.enabled = !world.one_in(12);
    e.endorsement_key = leaf.shows.tpm->keys().endorsement_key;
    if (world.one_in(12)) e.endorsement_key = SoftwareTpm(rsa_.next(), rsa_.next()).keys().endorsement_key;
    if (world.one_in(12)) e.endorsement_key.clear();
    if (world.one_in(3)) e.offline_max_age = days(1 + world.draw(60));
    return e;
  }
  // A new owner, whose storage root key is another one, or something else that it asks for.
  void change_later(ForecastWorld& world, ForetoldLeaf& leaf, const SoftwareTpm::Key& endorsement) {
    leaf.next = leaf.shows;
    leaf.changes_on = 3 + world.draw(ForecastWorld::last_day - 6);
    if (world.one_in(2))
      leaf.next->tpm = std::make_shared<const SoftwareTpm>(endorsement, rsa_.next());
    else
      leaf.next->payload = other_payload;
  }

  QuickRsaKeys rsa_;
};

}  // namespace leafgate
